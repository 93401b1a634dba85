//! Rows that the rule has written are right; whatever is changed about them or their object is found.

use super::*;
use crate::object::Object;
use crate::row::{Row, State};

const PNG: Picture = Picture { media_type: "image/png", dimensions: Some((30, 20)) };

fn key() -> Key {
    Key::new("images/rome/a.png".to_owned()).expect("an image")
}

fn accepted() -> Accepted {
    Accepted { types: vec!["image/png".to_owned(), "image/jpeg".to_owned()], max_size: 100 }
}

fn listed(size: u64) -> Listed {
    let (etag, uploaded_at) = ("abc".to_owned(), "2026-03-14T09:26:53Z".to_owned());
    Listed { key: key(), size, etag, uploaded_at, archived: Some(false) }
}

fn object(size: u64) -> Object {
    let Listed { etag, uploaded_at, .. } = listed(size);
    Object { size, etag, uploaded_at, version: Some("v".to_owned()) }
}

/// The row as the table gives it back, changed by `edit`.
fn edited(state: State, edit: impl Fn(&str) -> Option<Option<Value>>) -> Stored {
    let attributes = Row { key: key(), rev: 3, state }.attributes();
    Stored::read(|wanted| {
        let written = || attributes.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.clone());
        edit(wanted).unwrap_or_else(written)
    })
}

fn stored(state: State) -> Stored {
    edited(state, |_| None)
}

fn rejected(size: u64, rejection: Rejection) -> Stored {
    stored(State::Rejected(object(size), rejection))
}

fn found(listed: Option<&Listed>, stored: &Stored) -> Option<Difference> {
    difference(listed, Some(stored), &accepted())
}

#[test]
fn what_the_rule_writes_is_right() {
    assert_eq!(found(Some(&listed(12)), &stored(State::Shown(object(12), PNG))), None);
    assert_eq!(found(None, &stored(State::Deleted { expires_at: 1, awaited: None })), None);
    assert_eq!(found(Some(&listed(12)), &stored(State::Unreadable)), None);
    assert_eq!(found(None, &stored(State::Unreadable)), Some(Difference::Stale));
    for (size, rejection) in [
        (0, Rejection::Empty),
        (101, Rejection::TooLarge),
        (12, Rejection::NotAPicture),
        (12, Rejection::Broken("image/png")),
        (12, Rejection::NotAccepted("image/gif")),
    ] {
        assert_eq!(found(Some(&listed(size)), &rejected(size, rejection)), None, "{rejection:?}");
    }
    let archived = Listed { archived: Some(true), ..listed(12) };
    assert_eq!(found(Some(&archived), &rejected(12, Rejection::Archived)), None);
    let maybe = Listed { archived: None, ..listed(12) };
    assert_eq!(found(Some(&maybe), &rejected(12, Rejection::Archived)), None);
    assert_eq!(found(Some(&maybe), &stored(State::Shown(object(12), PNG))), None);
}

#[test]
fn nothing_to_compare_is_no_difference_and_an_image_without_a_row_is_one() {
    assert_eq!(difference(None, None, &accepted()), None);
    assert_eq!(difference(Some(&listed(12)), None, &accepted()), Some(Difference::Missing));
}

#[test]
fn every_attribute_that_a_listing_tells_is_compared() {
    let text = |text: &str| Some(Value::S(text.to_owned()));
    let edits: [(&str, Option<Value>); 12] = [
        ("size", Some(Value::N("13".to_owned()))),
        ("size", text("12")),
        ("etag", text("abd")),
        ("etag", None),
        ("uploaded_at", text("2026-03-14T09:26:54Z")),
        ("rev", None),
        ("media_type", None),
        ("media_type", text("image/gif")),
        ("media_type", text("text/html")),
        ("hidden", text("deleted")),
        ("hidden", text("rejected")),
        ("hidden", text("")),
    ];
    for (name, value) in edits {
        let row = edited(State::Shown(object(12), PNG), |attribute| (attribute == name).then(|| value.clone()));
        assert_eq!(found(Some(&listed(12)), &row), Some(Difference::Wrong), "{name}: {value:?}");
    }
    let archived = Listed { archived: Some(true), ..listed(12) };
    assert_eq!(found(Some(&archived), &stored(State::Shown(object(12), PNG))), Some(Difference::Wrong));
}

#[test]
fn a_rejection_holds_as_long_as_its_reason() {
    for (size, rejection) in [
        // `max_size` was raised, or lowered.
        (12, Rejection::TooLarge),
        (101, Rejection::NotAPicture),
        // `image/png` was added to the accepted types.
        (12, Rejection::NotAccepted("image/png")),
        // Restored.
        (12, Rejection::Archived),
    ] {
        assert_eq!(found(Some(&listed(size)), &rejected(size, rejection)), Some(Difference::Wrong), "{rejection:?}");
    }
    let without = edited(State::Rejected(object(12), Rejection::NotAPicture), |name| (name == "rejection").then_some(None));
    assert_eq!(found(Some(&listed(12)), &without), Some(Difference::Wrong), "nobody knows why");
}

#[test]
fn a_row_without_an_image_is_stale_unless_it_says_so_and_goes() {
    assert_eq!(found(None, &stored(State::Shown(object(12), PNG))), Some(Difference::Stale));
    assert_eq!(found(None, &rejected(12, Rejection::NotAPicture)), Some(Difference::Stale));
    for attribute in ["expires_at", "rev"] {
        let stays = edited(State::Deleted { expires_at: 1, awaited: None }, |name| (name == attribute).then_some(None));
        assert_eq!(found(None, &stays), Some(Difference::Stale), "{attribute}");
    }
    assert_eq!(found(Some(&listed(12)), &stored(State::Deleted { expires_at: 1, awaited: None })), Some(Difference::Wrong));
}

#[test]
fn a_row_under_a_key_that_no_image_of_its_gallery_has_is_foreign_and_can_be_expelled() {
    for (gallery, file_path) in
        [("rome", "notes"), ("rome", "images/paris/a.png"), ("rome", "images/rome/"), ("a/b", "images/a/b")]
    {
        let text = |name: &str, written: Option<Value>| match name {
            "gallery" => Some(Value::S(gallery.to_owned())),
            "file_path" => Some(Value::S(file_path.to_owned())),
            _ => written,
        };
        let shown = Row { key: key(), rev: 3, state: State::Shown(object(12), PNG) }.attributes();
        let attribute =
            |from: &[(&str, Value)], wanted: &str| from.iter().find(|(name, _)| *name == wanted).map(|(_, it)| it.clone());
        let row = Stored::read(|name| text(name, attribute(&shown, name)));
        assert_eq!(found(None, &row), Some(Difference::Foreign), "{gallery} {file_path}");
        let expelled = row.expelled(1_000);
        let row = Stored::read(|name| attribute(&expelled, name));
        assert_eq!((row.gallery.as_str(), row.file_path.as_str(), row.rev), (gallery, file_path, Some(4)));
        assert_eq!((found(None, &row), row.expires_at), (None, Some(1_000 + KEPT_AFTER_DELETION)));
    }
}
