//! Which rows say what the bucket holds, by its listing alone: without a look at each object.
//!
//! What a listing does not tell is taken from the row: the version, and what the first bytes were. Equal ETag and size mean equal
//! bytes, so those still hold.

use crate::contents::{Picture, Rejection};
use crate::key::Key;
use crate::object::Accepted;
use crate::row::{KEPT_AFTER_DELETION, Value};

/// An object as a listing of the bucket tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub key: Key,
    /// Bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// RFC 3339, UTC, whole seconds.
    pub uploaded_at: String,
    /// Whether it lies in an archive and nobody can read it. `None`: its storage class does not tell.
    pub archived: Option<bool>,
}

/// A row as the table holds it, whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub gallery: String,
    pub file_path: String,
    pub rev: Option<u64>,
    size: Option<u64>,
    etag: Option<String>,
    uploaded_at: Option<String>,
    media_type: Option<String>,
    hidden: Option<String>,
    rejection: Option<String>,
    expires_at: Option<u64>,
}

/// How a row and its object differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Difference {
    /// An image has no row.
    Missing,
    /// A row has no image, and does not say so.
    Stale,
    /// A row says something else than its image.
    Wrong,
    /// A row that no image can have: its key is none of its gallery.
    Foreign,
}

impl Stored {
    /// The attributes that [`Self::read`] asks for.
    pub const ATTRIBUTES: [&str; 10] =
        ["gallery", "file_path", "rev", "size", "etag", "uploaded_at", "media_type", "hidden", "rejection", "expires_at"];

    /// Reads a row; `attribute` gives the value of an attribute. What is missing or of another type is as good as not there.
    pub fn read(mut attribute: impl FnMut(&str) -> Option<Value>) -> Self {
        let mut text = |name| match attribute(name) {
            Some(Value::S(text)) => Some(text),
            _ => None,
        };
        let (gallery, file_path) = (text("gallery").unwrap_or_default(), text("file_path").unwrap_or_default());
        let (etag, uploaded_at, media_type) = (text("etag"), text("uploaded_at"), text("media_type"));
        let (hidden, rejection) = (text("hidden"), text("rejection"));
        let mut number = |name| match attribute(name) {
            Some(Value::N(number)) => number.parse().ok(),
            _ => None,
        };
        let (rev, size, expires_at) = (number("rev"), number("size"), number("expires_at"));
        Self { gallery, file_path, rev, size, etag, uploaded_at, media_type, hidden, rejection, expires_at }
    }

    /// The key of the image that the row is about; `None` if it can be about none.
    pub fn key(&self) -> Option<Key> {
        Key::new(self.file_path.clone()).ok().filter(|key| key.gallery() == self.gallery)
    }

    /// Whether it says that there is no object, and will go by itself.
    pub fn says_gone(&self) -> bool {
        self.rev.is_some() && self.hidden.as_deref() == Some("deleted") && self.expires_at.is_some()
    }

    /// Whether it says of an object only that nobody can read it: whether it is still that object takes a look.
    pub fn says_unreadable(&self) -> bool {
        let rejection = self.rejection.as_deref() == Some(Rejection::Unreadable.word());
        self.rev.is_some() && self.hidden.as_deref() == Some("rejected") && rejection
    }

    /// Whether it says what is listed, and shows what is accepted.
    fn says(&self, listed: &Listed, accepted: &Accepted) -> bool {
        if self.says_unreadable() {
            return true;
        }
        let of_this_object = self.rev.is_some()
            && self.size == Some(listed.size)
            && self.etag.as_ref() == Some(&listed.etag)
            && self.uploaded_at.as_ref() == Some(&listed.uploaded_at);
        of_this_object
            && match self.hidden.as_deref() {
                None => self.is_acceptable(listed, accepted) && listed.archived != Some(true),
                Some("rejected") => self.is_still_rejected(listed, accepted),
                Some(_) => false,
            }
    }

    fn is_acceptable(&self, listed: &Listed, accepted: &Accepted) -> bool {
        accepted.check_size(listed.size).is_ok() && self.media_type.as_ref().is_some_and(|it| accepted.takes(it))
    }

    /// The acceptance may have changed since.
    fn is_still_rejected(&self, listed: &Listed, accepted: &Accepted) -> bool {
        let Some(rejection) = self.rejection.as_deref() else { return false };
        match accepted.check_size(listed.size) {
            Err(now) => rejection == now.word(),
            Ok(()) if rejection == Rejection::Archived.word() => listed.archived != Some(false),
            Ok(()) if rejection == Rejection::NotAccepted("").word() => {
                self.media_type.as_ref().is_some_and(|it| !accepted.takes(it))
            }
            Ok(()) => [Rejection::NotAPicture, Rejection::Broken("")].iter().any(|same| rejection == same.word()),
        }
    }

    /// What to put in place of a [foreign](Difference::Foreign) row: hidden, and gone after a while. `now` is in seconds since 1970.
    pub fn expelled(&self, now: u64) -> Vec<(&'static str, Value)> {
        let number = |number: u64| Value::N(number.to_string());
        vec![
            ("gallery", Value::S(self.gallery.clone())),
            ("file_path", Value::S(self.file_path.clone())),
            ("rev", number(self.rev.unwrap_or(0) + 1)),
            ("hidden", Value::S("deleted".to_owned())),
            ("expires_at", number(now + KEPT_AFTER_DELETION)),
        ]
    }
}

/// How what is listed and what is stored under one key differ; `None` where the row is right.
pub fn difference(listed: Option<&Listed>, stored: Option<&Stored>, accepted: &Accepted) -> Option<Difference> {
    match (listed, stored) {
        (None, None) => None,
        (Some(_), None) => Some(Difference::Missing),
        (None, Some(row)) if row.says_gone() => None,
        (None, Some(row)) => Some(if row.key().is_some() { Difference::Stale } else { Difference::Foreign }),
        (Some(listed), Some(row)) => (!row.says(listed, accepted)).then_some(Difference::Wrong),
    }
}

impl Accepted {
    /// Whether a picture of this type is shown. A type that [`Picture`] does not know is none that the rule has written.
    fn takes(&self, media_type: &str) -> bool {
        Picture::type_named(media_type)
            .is_some_and(|media_type| self.check_type(Ok(Picture { media_type, dimensions: None })).is_ok())
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
