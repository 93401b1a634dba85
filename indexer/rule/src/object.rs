//! What S3 says of an object, and which objects are shown.

use crate::contents::{Contents, Picture, Rejection};

/// An object as it was at one moment: what a HEAD answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Bytes.
    pub size: u64,
    /// Without quotes. The same ETag and size mean the same bytes.
    pub etag: String,
    /// RFC 3339, UTC, whole seconds: S3's `Last-Modified`.
    pub uploaded_at: String,
    /// Where the bucket is or was versioned.
    pub version: Option<String>,
}

/// Which images are shown: `images.accepted_types` and `images.max_size_mib` of `gallery.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Media types, such as `image/png`.
    pub types: Vec<String>,
    /// Bytes.
    pub max_size: u64,
}

impl Accepted {
    /// Why an object of this size is not shown, whatever its bytes are.
    pub(crate) fn check_size(&self, size: u64) -> Result<(), Rejection> {
        match size {
            0 => Err(Rejection::Empty),
            size if size > self.max_size => Err(Rejection::TooLarge),
            _ => Ok(()),
        }
    }

    /// The same contents, or why this picture is not shown.
    pub(crate) fn check_type(&self, contents: Contents) -> Contents {
        contents.and_then(|picture| {
            if self.types.iter().any(|accepted| is_a(&picture, accepted)) {
                Ok(picture)
            } else {
                Err(Rejection::NotAccepted(picture.media_type))
            }
        })
    }
}

/// A type and its special case start with the same bytes, so one stands for the other.
fn is_a(picture: &Picture, accepted: &str) -> bool {
    match accepted {
        "image/apng" => picture.media_type == "image/png",
        "image/heic" | "image/heif" => matches!(picture.media_type, "image/heic" | "image/heif"),
        accepted => picture.media_type == accepted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(types: &[&str]) -> Accepted {
        Accepted { types: types.iter().map(|&name| name.to_owned()).collect(), max_size: 10 }
    }

    #[test]
    fn the_largest_size_is_accepted_and_nothing_is_not() {
        let accepted = accepted(&[]);
        assert_eq!(accepted.check_size(10), Ok(()));
        assert_eq!(accepted.check_size(11), Err(Rejection::TooLarge));
        assert_eq!(accepted.check_size(0), Err(Rejection::Empty));
    }

    #[test]
    fn special_cases_of_a_type_are_accepted() {
        for (types, media_type, ok) in [
            (&["image/png"][..], "image/png", true),
            (&["image/gif", "image/apng"], "image/png", true),
            (&["image/heif"], "image/heic", true),
            (&["image/heic"], "image/heif", true),
            (&["image/heic", "image/jpeg"], "image/avif", false),
            (&[], "image/png", false),
        ] {
            let picture = Picture { media_type, dimensions: None };
            let expected = if ok { Ok(picture) } else { Err(Rejection::NotAccepted(media_type)) };
            assert_eq!(accepted(types).check_type(Ok(picture)), expected, "{media_type} for {types:?}");
        }
    }
}
