//! A row of the index table.

use crate::contents::{Picture, Rejection};
use crate::key::Key;
use crate::object::Object;

/// How long the row of a deleted object stays, in seconds. It holds off whoever looked before the deletion and writes after
/// it; a function runs for 15 minutes at most, and the table's expiry takes its time.
pub const KEPT_AFTER_DELETION: u64 = 24 * 60 * 60;

/// What the table shall hold for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub key: Key,
    /// Counts the writes of this row, from 1.
    pub rev: u64,
    pub state: State,
}

/// What a row says of its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Shown(Object, Picture),
    /// The object is there and is not to be shown.
    Rejected(Object, Rejection),
    /// There is an object that tells nothing of itself: [`Rejection::Unreadable`].
    Unreadable,
    /// There is no object.
    Deleted {
        /// Seconds since 1970, when the table drops the row.
        expires_at: u64,
        /// S3 told that an object came, and it was not found (S11).
        awaited: Option<Awaited>,
    },
}

/// How far it is with an object that came and was not found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaited {
    /// The next try decides.
    Since {
        /// When the try began that has missed it: seconds since 1970.
        since: u64,
    },
    /// A second try has not found it either: it was deleted.
    InVain {
        /// What names the event of that try.
        event: String,
    },
}

/// The value of an attribute, in DynamoDB's two types that are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text.
    S(String),
    /// A number, in decimal.
    N(String),
}

impl Row {
    /// The whole item, keys included.
    pub fn attributes(&self) -> Vec<(&'static str, Value)> {
        let text = |text: &str| Value::S(text.to_owned());
        let number = |number: u64| Value::N(number.to_string());
        let mut attributes =
            vec![("gallery", text(self.key.gallery())), ("file_path", text(self.key.as_str())), ("rev", number(self.rev))];
        if let State::Shown(object, _) | State::Rejected(object, _) = &self.state {
            let Object { size, etag, uploaded_at, version } = object;
            attributes.extend([("size", number(*size)), ("etag", text(etag)), ("uploaded_at", text(uploaded_at))]);
            attributes.extend(version.as_ref().map(|version| ("version", text(version))));
        }
        match &self.state {
            State::Shown(_, Picture { media_type, dimensions }) => {
                attributes.push(("media_type", text(media_type)));
                if let Some((width, height)) = *dimensions {
                    attributes.extend([("width", number(width.into())), ("height", number(height.into()))]);
                }
            }
            State::Rejected(_, rejection) => {
                attributes.extend([("hidden", text("rejected")), ("rejection", text(rejection.word()))]);
                attributes.extend(rejection.media_type().map(|media_type| ("media_type", text(media_type))));
            }
            State::Unreadable => {
                attributes.extend([("hidden", text("rejected")), ("rejection", text(Rejection::Unreadable.word()))]);
            }
            State::Deleted { expires_at, awaited } => {
                attributes.extend([("hidden", text("deleted")), ("expires_at", number(*expires_at))]);
                attributes.extend(awaited.as_ref().map(|awaited| match awaited {
                    Awaited::Since { since } => ("awaited", number(*since)),
                    Awaited::InVain { event } => ("awaited_in_vain", text(event)),
                }));
            }
        }
        attributes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(version: Option<&str>) -> Object {
        Object {
            size: 12,
            etag: "abc".to_owned(),
            uploaded_at: "2026-03-14T09:26:53Z".to_owned(),
            version: version.map(str::to_owned),
        }
    }

    /// The attributes as `name=value`, numbers without quotes.
    fn written(state: State) -> String {
        let row = Row { key: Key::new("images/rome/a b.png".to_owned()).expect("an image"), rev: 7, state };
        let shown = row.attributes().into_iter().map(|(name, value)| match value {
            Value::S(text) => format!("{name}='{text}'"),
            Value::N(number) => format!("{name}={number}"),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_shown_row_holds_all_that_is_known() {
        let picture = Picture { media_type: "image/png", dimensions: Some((240, 180)) };
        assert_eq!(
            written(State::Shown(object(Some("v1")), picture)),
            "gallery='rome' file_path='images/rome/a b.png' rev=7 size=12 etag='abc' uploaded_at='2026-03-14T09:26:53Z' \
             version='v1' media_type='image/png' width=240 height=180"
        );
        assert_eq!(
            written(State::Shown(object(None), Picture { dimensions: None, ..picture })),
            "gallery='rome' file_path='images/rome/a b.png' rev=7 size=12 etag='abc' uploaded_at='2026-03-14T09:26:53Z' \
             media_type='image/png'"
        );
    }

    #[test]
    fn hidden_rows_say_why() {
        assert_eq!(
            written(State::Rejected(object(None), Rejection::TooLarge)),
            "gallery='rome' file_path='images/rome/a b.png' rev=7 size=12 etag='abc' uploaded_at='2026-03-14T09:26:53Z' \
             hidden='rejected' rejection='too_large'"
        );
        assert_eq!(
            written(State::Rejected(object(None), Rejection::NotAccepted("image/gif"))),
            "gallery='rome' file_path='images/rome/a b.png' rev=7 size=12 etag='abc' uploaded_at='2026-03-14T09:26:53Z' \
             hidden='rejected' rejection='not_accepted' media_type='image/gif'"
        );
        assert_eq!(
            written(State::Unreadable),
            "gallery='rome' file_path='images/rome/a b.png' rev=7 hidden='rejected' rejection='unreadable'"
        );
        assert_eq!(
            written(State::Deleted { expires_at: 86_400, awaited: None }),
            "gallery='rome' file_path='images/rome/a b.png' rev=7 hidden='deleted' expires_at=86400"
        );
        assert_eq!(
            written(State::Deleted { expires_at: 86_400, awaited: Some(Awaited::Since { since: 1 }) }),
            "gallery='rome' file_path='images/rome/a b.png' rev=7 hidden='deleted' expires_at=86400 awaited=1"
        );
        assert_eq!(
            written(State::Deleted { expires_at: 86_400, awaited: Some(Awaited::InVain { event: "e".to_owned() }) }),
            "gallery='rome' file_path='images/rome/a b.png' rev=7 hidden='deleted' expires_at=86400 awaited_in_vain='e'"
        );
    }
}
