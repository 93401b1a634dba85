//! The requests that DynamoDB gets, and what is made of its answers.

use gallery_index::{State, Told};
use serde_json::{Value, json};

use super::*;
use crate::test_support::{
    Answer, FIRST_BYTES, FORBIDDEN, FakeConnection, GONE, MARKER, NOT_ALLOWED, NOT_VALID, OBJECT, REFUSED_BY_5,
    REFUSED_BY_AWAITED, REFUSED_BY_AWAITED_IN_VAIN, REFUSED_BY_AWAITED_IN_VAIN_FOR_NO_NAME, REFUSED_BY_NOTHING, WRITTEN, key,
};

const KEY: &str = "images/café/a b.gif";

async fn update(answers: impl IntoIterator<Item = Answer>) -> (Result<Indexed, Error<CallError>>, FakeConnection) {
    update_told(Told::Nothing, answers).await
}

async fn update_told(
    told: Told,
    answers: impl IntoIterator<Item = Answer>,
) -> (Result<Indexed, Error<CallError>>, FakeConnection) {
    let connection = FakeConnection::new(answers);
    (connection.index().update(&Task { key: key(KEY), told }).await, connection)
}

#[tokio::test]
async fn a_new_object_takes_one_head_one_get_and_one_write() {
    let (indexed, connection) = update([OBJECT, FIRST_BYTES, WRITTEN]).await;
    assert_eq!(indexed.expect("written").looks, 1);
    assert_eq!(connection.operations(), ["HEAD", "GET", "PutItem"]);
    let body = json!({
        "TableName": "holiday-index",
        "Item": {
            "gallery": {"S": "café"},
            "file_path": {"S": KEY},
            "rev": {"N": "1"},
            "size": {"N": "18"},
            "etag": {"S": "abc"},
            "uploaded_at": {"S": "2026-03-14T09:26:53Z"},
            "version": {"S": "v1"},
            "media_type": {"S": "image/gif"},
            "width": {"N": "30"},
            "height": {"N": "20"},
        },
        "ConditionExpression": "attribute_not_exists(#rev)",
        "ExpressionAttributeNames": {"#rev": "rev"},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    assert_eq!(connection.requests()[2].body, body);
}

#[tokio::test]
async fn a_row_that_is_there_is_replaced_after_another_look_and_without_another_read() {
    let (indexed, connection) = update([OBJECT, FIRST_BYTES, REFUSED_BY_5, OBJECT, WRITTEN]).await;
    let Indexed { row, looks } = indexed.expect("written");
    assert_eq!((row.rev, looks), (6, 2));
    assert_eq!(connection.operations(), ["HEAD", "GET", "PutItem", "HEAD", "PutItem"]);
    let body = &connection.requests()[4].body;
    assert_eq!(body["ConditionExpression"], "#rev = :rev");
    assert_eq!(body["ExpressionAttributeValues"], json!({":rev": {"N": "5"}}));
    assert_eq!(body["Item"]["rev"], json!({"N": "6"}));
}

#[tokio::test]
async fn a_deleted_object_leaves_a_hidden_row_that_expires() {
    let (indexed, connection) = update([GONE, REFUSED_BY_5, GONE, WRITTEN]).await;
    let State::Deleted { expires_at, .. } = indexed.expect("written").row.state else { panic!("it is gone") };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    assert!((now + 86_300..=now + 86_400).contains(&expires_at), "in a day: {expires_at}");
    let item = &connection.requests()[3].body["Item"];
    assert_eq!(
        *item,
        json!({
            "gallery": {"S": "café"}, "file_path": {"S": KEY}, "rev": {"N": "6"},
            "hidden": {"S": "deleted"}, "expires_at": {"N": expires_at.to_string()},
        })
    );
}

/// S11: one look that finds nothing does not outweigh that S3 told of an object.
#[tokio::test(start_paused = true)]
async fn what_was_told_of_is_looked_for_more_than_once() {
    for told in [came("e"), Told::MayBeThere] {
        let (indexed, connection) = update_told(told, [GONE, GONE, GONE, OBJECT, FIRST_BYTES, WRITTEN]).await;
        let Indexed { row, looks } = indexed.expect("written");
        assert!(matches!(row.state, State::Shown(..)) && looks == 4, "{row:?} after {looks}");
        assert_eq!(connection.operations().len(), 6);
    }
    // A marker is no miss, and neither is anything else where nobody told of an object.
    for (told, answer) in [(came("e"), MARKER), (Told::MayBeThere, MARKER), (Told::Nothing, GONE)] {
        let (indexed, connection) = update_told(told, [answer, WRITTEN]).await;
        assert!(!indexed.expect("written").is_awaited());
        assert_eq!(connection.operations(), ["HEAD", "PutItem"]);
        assert_eq!(connection.requests()[1].body["Item"]["awaited"], Value::Null);
    }
    let (indexed, _) = update_told(Told::MayBeThere, [GONE, GONE, GONE, GONE, WRITTEN]).await;
    assert!(!indexed.expect("written").is_awaited());
}

/// It is hidden at once, and the second try decides, by the row that the first one left.
#[tokio::test(start_paused = true)]
async fn what_came_is_awaited_until_the_next_try() {
    let looks = [GONE; 4];
    let (indexed, connection) = update_told(came("e"), [&looks[..], &[WRITTEN]].concat()).await;
    assert!(indexed.expect("written").is_awaited());
    let item = &connection.requests()[4].body["Item"];
    assert_eq!(item["hidden"], json!({"S": "deleted"}));
    assert!(item["awaited"]["N"].is_string(), "since when: {item}");

    let (indexed, connection) = update_told(came("e"), [&looks[..], &[REFUSED_BY_AWAITED], &looks, &[WRITTEN]].concat()).await;
    let indexed = indexed.expect("written");
    assert!(!indexed.is_awaited() && indexed.row.rev == 6 && indexed.looks == 8, "{indexed:?}");
    let item = &connection.requests()[9].body["Item"];
    assert_eq!((&item["awaited"], &item["awaited_in_vain"]), (&Value::Null, &json!({"S": "e"})));

    // The row of an earlier deletion says nothing of an object that came since, and neither does what another event has waited for.
    for (event, refusal) in
        [("e", REFUSED_BY_5), ("later", REFUSED_BY_AWAITED_IN_VAIN), ("", REFUSED_BY_AWAITED_IN_VAIN_FOR_NO_NAME)]
    {
        let (indexed, _) = update_told(came(event), [&looks[..], &[refusal], &looks, &[WRITTEN]].concat()).await;
        assert!(indexed.expect("written").is_awaited(), "{event}");
    }
}

/// Lambda delivers an event again because of another record: what the second try has decided, the third need not wait for.
#[tokio::test(start_paused = true)]
async fn what_was_awaited_in_vain_is_not_awaited_anew() {
    let answers = [&[GONE; 4][..], &[REFUSED_BY_AWAITED_IN_VAIN], &[GONE; 4], &[WRITTEN]].concat();
    let (indexed, connection) = update_told(came("e"), answers).await;
    assert!(!indexed.expect("written").is_awaited());
    assert_eq!(connection.requests()[9].body["Item"]["awaited_in_vain"], json!({"S": "e"}), "nor the fourth");
}

fn came(event: &str) -> Told {
    Told::Came { event: event.to_owned() }
}

#[tokio::test]
async fn a_row_that_expired_meanwhile_is_made_anew() {
    let (indexed, connection) = update([GONE, REFUSED_BY_5, GONE, REFUSED_BY_NOTHING, OBJECT, FIRST_BYTES, WRITTEN]).await;
    assert_eq!(indexed.expect("written").row.rev, 1);
    assert_eq!(connection.requests()[6].body["ConditionExpression"], "attribute_not_exists(#rev)");
}

#[tokio::test]
async fn what_is_too_large_is_rejected_unread() {
    let large: Answer =
        (200, &[("content-length", "1001"), ("etag", "\"abc\""), ("last-modified", "Sat, 14 Mar 2026 09:26:53 GMT")], "");
    let (_, connection) = update([large, WRITTEN]).await;
    assert_eq!(connection.operations(), ["HEAD", "PutItem"]);
    assert_eq!(connection.requests()[1].body["Item"]["hidden"], json!({"S": "rejected"}));
}

#[tokio::test]
async fn somebody_who_always_wins_ends_in_an_error() {
    let rounds = [[OBJECT, REFUSED_BY_5]; 20].concat();
    let answers = [OBJECT, FIRST_BYTES, REFUSED_BY_5].into_iter().chain(rounds);
    assert_eq!(update(answers).await.0, Err(Error::Contended));
}

#[tokio::test]
async fn only_what_can_never_succeed_is_for_good() {
    for (answers, for_good, text) in [
        (vec![OBJECT, FIRST_BYTES, NOT_ALLOWED], false, "not authorized: dynamodb:PutItem"),
        (vec![OBJECT, FIRST_BYTES, NOT_VALID], true, "the item is too large"),
        (vec![FORBIDDEN, FORBIDDEN], false, "S3 answered 403"),
    ] {
        let Err(Error::Backend(error)) = update(answers).await.0 else { panic!("{text} is an error") };
        assert_eq!(error.for_good, for_good, "{text}");
        assert!(error.to_string().contains(text), "{error}");
    }
}
