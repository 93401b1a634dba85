//! Object keys of images: `images/GALLERY/FILE`, where FILE may hold further slashes.

/// Every key of an image starts so; what follows up to the next slash is its gallery.
const PREFIX: &str = "images/";

/// An object key under `images/`, decoded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    whole: String,
    gallery_len: usize,
}

/// Why a key has no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    #[error("the key is not under {PREFIX}")]
    OtherPrefix,
    #[error("the key names no file in a gallery")]
    NoFile,
}

impl Key {
    /// # Errors
    /// The key is not one of an image in a gallery.
    pub fn new(whole: String) -> Result<Self, InvalidKey> {
        let rest = whole.strip_prefix(PREFIX).ok_or(InvalidKey::OtherPrefix)?;
        match rest.split_once('/') {
            Some((gallery, file)) if !gallery.is_empty() && !file.is_empty() => {
                let gallery_len = gallery.len();
                Ok(Self { whole, gallery_len })
            }
            _ => Err(InvalidKey::NoFile),
        }
    }

    /// The whole object key.
    pub fn as_str(&self) -> &str {
        &self.whole
    }

    pub fn gallery(&self) -> &str {
        &self.whole[PREFIX.len()..PREFIX.len() + self.gallery_len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gallery_ends_at_the_first_slash() {
        for (key, gallery) in [("images/a/b", "a"), ("images/a/b/c.png", "a"), ("images/é 🖼/x", "é 🖼"), ("images/a//", "a")]
        {
            assert_eq!(Key::new(key.to_owned()).map(|key| key.gallery().to_owned()), Ok(gallery.to_owned()));
        }
    }

    #[test]
    fn other_keys_are_refused() {
        for key in ["", "image/a/b", "imagesX/a/b", "Images/a/b", "/images/a/b"] {
            assert_eq!(Key::new(key.to_owned()), Err(InvalidKey::OtherPrefix), "{key}");
        }
        for key in ["images/", "images/a", "images/a/", "images//b", "images//"] {
            assert_eq!(Key::new(key.to_owned()), Err(InvalidKey::NoFile), "{key}");
        }
    }
}
