//! What an image is, from its first bytes. Headers are parsed, pixels are never decoded, so a hostile file costs nothing.

use std::io::Cursor;

use exif::{In, Tag};
use imagesize::{Compression, ImageError, ImageType};

/// How many bytes are read of an image. Cameras put up to 64 KiB of EXIF, a colour profile and previews before the dimensions.
pub const FIRST_BYTES: usize = 256 * 1024;

/// What the bytes are: a picture, or why there is none to show.
pub type Contents = Result<Picture, Rejection>;

/// A picture, as far as its header tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Picture {
    /// By its magic bytes, not by its name or its `Content-Type`.
    pub media_type: &'static str,
    /// Pixels, width by height, as the picture appears: turned as its orientation says. `None` where the header lies behind
    /// the bytes that were read, as some TIFF and HEIC files have it.
    pub dimensions: Option<(u32, u32)>,
}

/// Why an object is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("it is empty")]
    Empty,
    #[error("it is too large")]
    TooLarge,
    #[error("it is not a picture of a known type")]
    NotAPicture,
    #[error("its header is broken ({0})")]
    Broken(&'static str),
    #[error("its type is not accepted ({0})")]
    NotAccepted(&'static str),
    #[error("it is archived, so nobody can read it")]
    Archived,
    #[error("it is encrypted with a key that the page's visitors do not have (SSE-C or KMS), so they cannot read it")]
    Unreadable,
}

impl Rejection {
    /// The word for it in a row.
    pub fn word(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLarge => "too_large",
            Self::NotAPicture => "not_a_picture",
            Self::Broken(_) => "broken",
            Self::NotAccepted(_) => "not_accepted",
            Self::Archived => "archived",
            Self::Unreadable => "unreadable",
        }
    }

    /// What the bytes are, where that is known.
    pub fn media_type(self) -> Option<&'static str> {
        match self {
            Self::Broken(media_type) | Self::NotAccepted(media_type) => Some(media_type),
            Self::Empty | Self::TooLarge | Self::NotAPicture | Self::Archived | Self::Unreadable => None,
        }
    }
}

impl Picture {
    /// Reads the first bytes of a file, which is `size` bytes long.
    ///
    /// # Errors
    /// They do not start a picture.
    pub fn read(first_bytes: &[u8], size: u64) -> Contents {
        let kind = imagesize::image_type(first_bytes).ok();
        let media_type = kind.and_then(media_type).ok_or(Rejection::NotAPicture)?;
        let complete = u64::try_from(first_bytes.len()).is_ok_and(|read| read >= size);
        let dimensions = match imagesize::blob_size(first_bytes) {
            Ok(found) => {
                let stored = u32::try_from(found.width).ok().zip(u32::try_from(found.height).ok());
                let (width, height) =
                    stored.filter(|&(width, height)| width > 0 && height > 0).ok_or(Rejection::Broken(media_type))?;
                Some(if lies_on_its_side(media_type, first_bytes) { (height, width) } else { (width, height) })
            }
            Err(ImageError::IoError(_)) if !complete => None,
            Err(_) => return Err(Rejection::Broken(media_type)),
        };
        Ok(Self { media_type, dimensions })
    }

    /// The same text, if it is a type that a picture can have.
    pub(crate) fn type_named(media_type: &str) -> Option<&'static str> {
        TYPES.iter().map(|(_, known)| *known).find(|known| *known == media_type)
    }
}

/// What a picture can be.
const TYPES: [(ImageType, &str); 9] = [
    (ImageType::Bmp, "image/bmp"),
    (ImageType::Gif, "image/gif"),
    // Any other file of this container is none: of a film, too, the first bytes are alike.
    (ImageType::Heif(Compression::Av1), "image/avif"),
    (ImageType::Heif(Compression::Hevc), "image/heic"),
    (ImageType::Jpeg, "image/jpeg"),
    (ImageType::Jxl, "image/jxl"),
    (ImageType::Png, "image/png"),
    (ImageType::Tiff, "image/tiff"),
    (ImageType::Webp, "image/webp"),
];

fn media_type(kind: ImageType) -> Option<&'static str> {
    TYPES.iter().find(|(known, _)| *known == kind).map(|(_, media_type)| *media_type)
}

/// Whether EXIF turns the picture by a quarter, one way or the other. HEIC and AVIF have a box of their own for that, which is
/// in their dimensions already, and EXIF does not count.
fn lies_on_its_side(media_type: &str, first_bytes: &[u8]) -> bool {
    if !matches!(media_type, "image/jpeg" | "image/png" | "image/webp" | "image/tiff") {
        return false;
    }
    let exif = exif::Reader::new().read_from_container(&mut Cursor::new(first_bytes));
    let orientation = exif.ok().and_then(|exif| exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0));
    matches!(orientation, Some(5..=8))
}

#[cfg(test)]
#[path = "contents_tests.rs"]
mod tests;
