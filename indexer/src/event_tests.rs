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

const BUCKET: &str = "holiday-images-123456789012-us-west-2";

fn only_task(event: &Value) -> Result<Task, SkippedRecord> {
    let mut tasks = read(event, BUCKET);
    assert_eq!(tasks.len(), 1);
    tasks.remove(0)
}

fn only(event: &Value) -> Result<Key, SkippedRecord> {
    only_task(event).map(|task| task.key)
}

fn put_of(encoded_key: &str) -> Value {
    let mut event = fixture(include_str!("../fixtures/put-2.1.json"));
    event["Records"][0]["s3"]["object"]["key"] = json!(encoded_key);
    event
}

fn came(event: &str) -> Told {
    Told::Came { event: event.to_owned() }
}

#[test]
fn every_kind_of_event_says_to_look_at_its_key() {
    for (event, key, told) in [
        (include_str!("../fixtures/put-2.1.json"), "images/summer/beach at noon.jpg", came("0055AED6DCD90281E5")),
        (include_str!("../fixtures/multipart-2.6.json"), "images/summer/panorama.png", came("0055AED6DCD90281E6")),
        (include_str!("../fixtures/delete-2.1.json"), "images/summer/beach at noon.jpg", Told::Nothing),
        (include_str!("../fixtures/delete-marker-2.5.json"), "images/summer/panorama.png", Told::MayBeThere),
        (include_str!("../fixtures/lifecycle-2.3.json"), "images/summer/panorama.png", Told::MayBeThere),
    ] {
        let task = only_task(&fixture(event)).expect("ours");
        assert_eq!((task.key.gallery(), task.key.as_str(), task.told), ("summer", key, told));
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
        let read = only(&put_of(encoded)).expect("ours");
        assert_eq!((read.gallery(), read.as_str()), (gallery, key), "{encoded}");
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
        let read = only(&put_of(&encode(&key))).expect("ours");
        assert_eq!(read.as_str(), key);
        assert_eq!(read.gallery(), format!("g {}", state % 7));
    }
}

#[test]
fn a_key_of_a_thousand_bytes_is_read() {
    let key = format!("images/long/{}.jpg", "日".repeat((1_000 - "images/long/.jpg".len()) / 3));
    assert_eq!(key.len(), 1_000);
    let encoded = encode(&key);
    assert!(encoded.len() > 2_900, "three characters for each byte of the name");
    assert_eq!(only(&put_of(&encoded)).expect("ours").as_str(), key);
}

#[test]
fn keys_that_are_not_ours_are_skipped() {
    for (encoded, reason) in [
        ("index.html", Skipped::InvalidKey(InvalidKey::OtherPrefix)),
        ("imagesx/a/b.jpg", Skipped::InvalidKey(InvalidKey::OtherPrefix)),
        ("thumbnails/images/a/b.jpg", Skipped::InvalidKey(InvalidKey::OtherPrefix)),
        ("images", Skipped::InvalidKey(InvalidKey::OtherPrefix)),
        ("images/", Skipped::InvalidKey(InvalidKey::NoFile)),
        ("images/a.jpg", Skipped::InvalidKey(InvalidKey::NoFile)),
        ("images/a/", Skipped::InvalidKey(InvalidKey::NoFile)),
        ("images//b.jpg", Skipped::InvalidKey(InvalidKey::NoFile)),
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
    assert_eq!(read(&json!({"Records": []}), BUCKET), []);
}

#[test]
fn a_record_that_is_not_ours_does_not_stop_the_others() {
    let mut event = fixture(include_str!("../fixtures/put-2.1.json"));
    let mut foreign = event["Records"][0].clone();
    foreign["s3"]["bucket"]["name"] = json!("another");
    let records = event["Records"].as_array_mut().expect("records");
    records.insert(0, foreign);
    records.insert(0, json!({"eventSource": "aws:sqs", "body": "{}"}));
    records.insert(0, json!("text"));
    let read = read(&event, BUCKET).into_iter();
    let reasons: Vec<_> = read.map(|read| read.map(|task| task.key).map_err(|skipped| skipped.reason)).collect();
    let key = Key::new("images/summer/beach at noon.jpg".to_owned()).expect("a key");
    let other = Skipped::OtherBucket("another".to_owned());
    assert_eq!(reasons, [Err(Skipped::NotS3), Err(Skipped::NotS3), Err(other), Ok(key)]);
}

#[test]
fn a_key_is_looked_at_once_for_one_event() {
    let put = fixture(include_str!("../fixtures/put-2.1.json"))["Records"][0].clone();
    let deleted = fixture(include_str!("../fixtures/delete-2.1.json"))["Records"][0].clone();
    for records in [[&put, &deleted], [&deleted, &put]] {
        let tasks = read(&json!({ "Records": records }), BUCKET);
        // It may have come after it went: events are in no order.
        assert_eq!(tasks[0].as_ref().map(|task| &task.told), Ok(&came("0055AED6DCD90281E5")));
        assert_eq!(tasks[1].as_ref().expect_err("the same key").reason, Skipped::Repeated);
    }
}

#[test]
fn a_skipped_record_names_the_gallery_of_its_key() {
    for (key, gallery) in [
        (Some("images/caf%C3%A9+1/a.jpg"), Some("café 1")),
        (Some("images/a/%FF.jpg"), Some("a")),
        (Some("images/%FF/a.jpg"), None),
        (Some("images//a.jpg"), None),
        (Some("images/a.jpg"), None),
        (Some("other/a/b.jpg"), None),
        (None, None),
    ] {
        let skipped = SkippedRecord { key: key.map(str::to_owned), reason: Skipped::NotS3 };
        assert_eq!(skipped.gallery().as_deref(), gallery, "{key:?}");
    }
}
