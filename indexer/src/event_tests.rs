//! Events as S3 sends them, and keys of every kind.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::*;

/// What S3 leaves as it is in the key of an event; a space becomes a plus, the rest is percent-encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b' ');

fn encode(key: &str) -> String {
    utf8_percent_encode(key, ENCODED).to_string().replace(' ', "+")
}

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).expect("a JSON file")
}

fn only(event: &Value) -> Result<Action, SkippedRecord> {
    let mut decisions = read(event);
    assert_eq!(decisions.len(), 1);
    decisions.remove(0)
}

/// The put of the fixture with one field replaced; `null` takes it away.
fn put_with(pointer: &str, value: Value) -> Value {
    let mut event = fixture(include_str!("../fixtures/put-2.1.json"));
    *event.pointer_mut(pointer).expect("in the fixture") = value;
    event
}

fn put_of(encoded_key: &str) -> Value {
    put_with("/Records/0/s3/object/key", json!(encoded_key))
}

#[test]
fn a_put_is_read() {
    let action = only(&fixture(include_str!("../fixtures/put-2.1.json"))).expect("ours");
    assert_eq!(action.key.as_str(), "images/summer/beach at noon.jpg");
    assert_eq!(action.key.gallery(), "summer");
    assert_eq!(action.sequencer.expect("has one").as_str(), "0055AED6DCD90281E500000000000000");
    let upload = Upload {
        size: 1_048_576,
        etag: "d41d8cd98f00b204e9800998ecf8427e".to_owned(),
        uploaded_at: "2026-03-14T09:26:53.589Z".to_owned(),
        version: None,
    };
    assert_eq!(action.change, Change::Put(upload));
}

#[test]
fn a_multipart_upload_into_a_versioned_bucket_is_read() {
    let action = only(&fixture(include_str!("../fixtures/multipart-2.6.json"))).expect("ours");
    let upload = Upload {
        size: 20_971_520,
        etag: "b54357faf0632cce46e942fa68356b38-4".to_owned(),
        uploaded_at: "2026-03-14T09:30:00.000Z".to_owned(),
        version: Some("096fKKXTRTtl3on89fVO.nfljtsv6qko".to_owned()),
    };
    assert_eq!(action.change, Change::Put(upload));
}

#[test]
fn a_delete_is_read_without_size_and_with_an_empty_one() {
    let bare = fixture(include_str!("../fixtures/delete-2.1.json"));
    let mut padded = bare.clone();
    padded["Records"][0]["s3"]["object"]["size"] = json!(0);
    padded["Records"][0]["s3"]["object"]["eTag"] = json!("");
    padded["Records"][0]["s3"]["object"]["versionId"] = json!("");
    for event in [bare, padded] {
        let action = only(&event).expect("ours");
        assert_eq!(action.key.as_str(), "images/summer/beach at noon.jpg");
        assert_eq!(action.change, Change::Remove);
    }
}

#[test]
fn a_delete_marker_removes_and_a_deleted_version_only_itself() {
    let marker = only(&fixture(include_str!("../fixtures/delete-marker-2.5.json"))).expect("ours");
    assert_eq!(marker.change, Change::Remove);
    let version = only(&fixture(include_str!("../fixtures/lifecycle-2.3.json"))).expect("ours");
    assert_eq!(version.change, Change::RemoveVersion("096fKKXTRTtl3on89fVO.nfljtsv6qko".to_owned()));
}

#[test]
fn every_event_name_and_version_has_its_meaning() {
    for version in ["2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.17"] {
        for (name, ours) in [
            ("ObjectCreated:Put", true),
            ("ObjectCreated:Post", true),
            ("ObjectCreated:Copy", true),
            ("ObjectCreated:CompleteMultipartUpload", true),
            ("ObjectRemoved:Delete", true),
            ("ObjectRemoved:DeleteMarkerCreated", true),
            ("LifecycleExpiration:Delete", true),
            ("LifecycleExpiration:DeleteMarkerCreated", true),
            ("ObjectTagging:Put", false),
            ("ObjectRestore:Completed", false),
            ("ObjectCreated", false),
            ("", false),
        ] {
            let mut event = put_with("/Records/0/eventVersion", json!(version));
            event["Records"][0]["eventName"] = json!(name);
            match only(&event) {
                Ok(action) => {
                    assert!(ours, "{name}");
                    assert_eq!(matches!(action.change, Change::Put(_)), name.starts_with("ObjectCreated:"));
                }
                Err(skipped) => {
                    assert!(!ours, "{name}");
                    assert_eq!(skipped.reason, Skipped::OtherEvent(name.to_owned()));
                    assert_eq!(skipped.key.as_deref(), Some("images/summer/beach+at+noon.jpg"));
                }
            }
        }
    }
}

#[test]
fn keys_are_decoded_as_s3_encodes_them() {
    for (encoded, gallery, key) in [
        ("images/a/b+c.jpg", "a", "images/a/b c.jpg"),
        ("images/a/b%2Bc.jpg", "a", "images/a/b+c.jpg"),
        ("images/a/100%25.jpg", "a", "images/a/100%.jpg"),
        ("images/a/%252B.jpg", "a", "images/a/%2B.jpg"),
        ("images/caf%C3%A9/%C3%A9t%C3%A9.jpg", "café", "images/café/été.jpg"),
        ("images/%E6%97%A5%E6%9C%AC/%E5%AF%8C%E5%A3%AB.png", "日本", "images/日本/富士.png"),
        ("images/%F0%9F%8F%96/%F0%9F%90%9A%2B1.gif", "🏖", "images/🏖/🐚+1.gif"),
        ("images/a/b/c/d.jpg", "a", "images/a/b/c/d.jpg"),
        ("images/a//d.jpg", "a", "images/a//d.jpg"),
    ] {
        let key_read = Key::from_event(encoded).expect("ours");
        assert_eq!((key_read.gallery(), key_read.as_str()), (gallery, key), "{encoded}");
    }
}

#[test]
fn every_key_survives_the_way_through_an_event() {
    let alphabet = [
        "a",
        "Z",
        "0",
        " ",
        "+",
        "%",
        "&",
        "=",
        "?",
        "#",
        "\"",
        "'",
        "<",
        "\\",
        ".",
        "/",
        "~",
        "é",
        "e\u{301}",
        "日本",
        "🏖",
        "👩‍👩‍👧",
        "\t",
    ];
    // A fixed walk through the combinations: every run tests the same 2,000 names.
    let mut state = 1_u64;
    for _ in 0..2_000 {
        let mut file = String::from("x");
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            file += alphabet[(state >> 33) as usize % alphabet.len()];
        }
        let key = format!("images/g {}/{file}", state % 7);
        let action = only(&put_of(&encode(&key))).expect("ours");
        assert_eq!(action.key.as_str(), key);
        assert_eq!(action.key.gallery(), format!("g {}", state % 7));
    }
}

#[test]
fn a_key_of_a_thousand_bytes_is_read() {
    let key = format!("images/long/{}.jpg", "日".repeat((1_000 - "images/long/.jpg".len()) / 3));
    assert_eq!(key.len(), 1_000);
    let encoded = encode(&key);
    assert!(encoded.len() > 2_900, "three characters for each byte of the name");
    assert_eq!(Key::from_event(&encoded).expect("ours").as_str(), key);
}

#[test]
fn keys_that_are_not_ours_are_skipped() {
    for (encoded, reason) in [
        ("index.html", Skipped::OtherPrefix),
        ("imagesx/a/b.jpg", Skipped::OtherPrefix),
        ("thumbnails/images/a/b.jpg", Skipped::OtherPrefix),
        ("images", Skipped::OtherPrefix),
        ("images/", Skipped::NoFile),
        ("images/a.jpg", Skipped::NoFile),
        ("images/a/", Skipped::NoFile),
        ("images//b.jpg", Skipped::NoFile),
        ("images/a/%FF.jpg", Skipped::NotUtf8),
        ("images/a/%E6%97.jpg", Skipped::NotUtf8),
    ] {
        let skipped = only(&put_of(encoded)).expect_err("not ours");
        assert_eq!(skipped, SkippedRecord { key: Some(encoded.to_owned()), reason });
    }
}

#[test]
fn events_without_records_are_skipped() {
    for event in [fixture(include_str!("../fixtures/test-event.json")), json!({}), json!([]), json!(null)] {
        assert_eq!(only(&event), Err(SkippedRecord { key: None, reason: Skipped::NoRecords }));
    }
    assert_eq!(read(&json!({"Records": []})), []);
}

#[test]
fn an_unreadable_record_does_not_stop_the_others() {
    let mut event = fixture(include_str!("../fixtures/put-2.1.json"));
    let records = event["Records"].as_array_mut().expect("records");
    records.insert(0, json!({"eventSource": "aws:sqs", "body": "{}"}));
    records.insert(0, json!("text"));
    let decisions = read(&event);
    assert_eq!(decisions.len(), 3);
    for decision in &decisions[..2] {
        assert!(matches!(decision, Err(SkippedRecord { key: None, reason: Skipped::NotS3(_) })), "{decision:?}");
    }
    assert!(decisions[2].is_ok());
}

#[test]
fn a_creation_without_size_or_etag_is_skipped() {
    for (field, name) in [("size", "size"), ("eTag", "ETag"), ("key", "key")] {
        let skipped = only(&put_with(&format!("/Records/0/s3/object/{field}"), Value::Null)).expect_err("incomplete");
        assert_eq!(skipped.reason, Skipped::Incomplete(name));
    }
}

#[test]
fn the_etag_has_no_quotes() {
    let action = only(&put_with("/Records/0/s3/object/eTag", json!("\"abc\""))).expect("ours");
    assert!(matches!(action.change, Change::Put(Upload { etag, .. }) if etag == "abc"));
}

#[test]
fn sequencers_of_different_length_compare_from_the_left() {
    let ordered = ["0055AED6DC", "0055aed6dcd9", "0055AED6DCD90281E5", "0055AED6DCD90281E6", "0065F2C0A1", "0F"];
    for pair in ordered.windows(2) {
        assert!(Sequencer::from_event(pair[0]) < Sequencer::from_event(pair[1]), "{pair:?}");
    }
    let action = only(&put_with("/Records/0/s3/object/sequencer", Value::Null)).expect("ours");
    assert_eq!(action.sequencer, None);
}
