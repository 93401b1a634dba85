//! The requests that DynamoDB gets, and what is made of its answers.

use serde_json::{Value, json};

use super::*;
use crate::test_support::{Answer, CONDITION_FAILED, FakeConnection, OK, REFUSED};

const SEQ: &str = "0055AED6DCD90281E500000000000000";

fn action(name: &str, object: &Value) -> Action {
    let event = json!({"Records": [{
        "eventTime": "2026-03-14T09:26:53.589Z",
        "eventName": name,
        "userIdentity": {},
        "requestParameters": {},
        "s3": {"bucket": {}, "object": object},
    }]});
    crate::event::read(&event).remove(0).expect("one of ours")
}

async fn apply(action: &Action, answer: Answer) -> (Result<Outcome, IndexError>, Vec<(String, Value)>) {
    let connection = FakeConnection::new([answer]);
    let outcome = Index::new(connection.client(), "holiday-index".to_owned()).apply(action).await;
    (outcome, connection.requests())
}

#[tokio::test]
async fn a_created_object_becomes_a_row() {
    let object = json!({
        "key": "images/caf%C3%A9/a+b.jpg", "size": 12, "eTag": "abc", "versionId": "v1", "sequencer": "0055AED6DCD90281E5",
    });
    let (outcome, requests) = apply(&action("ObjectCreated:Put", &object), OK).await;
    assert_eq!(outcome.expect("done"), Outcome::Written);
    let body = json!({
        "TableName": "holiday-index",
        "Item": {
            "gallery": {"S": "café"},
            "file_path": {"S": "images/café/a b.jpg"},
            "size": {"N": "12"},
            "etag": {"S": "abc"},
            "uploaded_at": {"S": "2026-03-14T09:26:53.589Z"},
            "version": {"S": "v1"},
            "seq": {"S": SEQ},
        },
        "ConditionExpression": "(attribute_not_exists(#seq) OR #seq < :seq)",
        "ExpressionAttributeNames": {"#seq": "seq"},
        "ExpressionAttributeValues": {":seq": {"S": SEQ}},
    });
    assert_eq!(requests, [("DynamoDB_20120810.PutItem".to_owned(), body)]);
}

#[tokio::test]
async fn a_removed_object_loses_its_row() {
    let object = json!({"key": "images/a/b.jpg", "sequencer": "0055AED6DCD90281E5"});
    let (outcome, requests) = apply(&action("ObjectRemoved:Delete", &object), OK).await;
    assert_eq!(outcome.expect("done"), Outcome::Removed);
    let body = json!({
        "TableName": "holiday-index",
        "Key": {"gallery": {"S": "a"}, "file_path": {"S": "images/a/b.jpg"}},
        "ConditionExpression": "(attribute_not_exists(#seq) OR #seq < :seq)",
        "ExpressionAttributeNames": {"#seq": "seq"},
        "ExpressionAttributeValues": {":seq": {"S": SEQ}},
    });
    assert_eq!(requests, [("DynamoDB_20120810.DeleteItem".to_owned(), body)]);
}

#[tokio::test]
async fn a_deleted_version_takes_only_its_own_row() {
    for (version, names, values, expression) in [
        ("v1", json!({"#version": "version"}), json!({":version": {"S": "v1"}}), "#version = :version"),
        (
            "null",
            json!({"#seq": "seq", "#version": "version"}),
            json!({":seq": {"S": SEQ}, ":version": {"S": "null"}}),
            "(attribute_not_exists(#seq) OR #seq < :seq) AND (attribute_not_exists(#version) OR #version = :version)",
        ),
    ] {
        let object = json!({"key": "images/a/b.jpg", "versionId": version, "sequencer": "0055AED6DCD90281E5"});
        let (_, requests) = apply(&action("ObjectRemoved:Delete", &object), OK).await;
        let body = &requests[0].1;
        assert_eq!(body["ConditionExpression"], expression);
        assert_eq!(body["ExpressionAttributeNames"], names);
        assert_eq!(body["ExpressionAttributeValues"], values);
    }
}

#[tokio::test]
async fn an_event_without_a_sequencer_touches_no_row_that_has_one() {
    for (name, object) in [
        ("ObjectCreated:Put", json!({"key": "images/a/b.jpg", "size": 1, "eTag": "abc"})),
        ("LifecycleExpiration:DeleteMarkerCreated", json!({"key": "images/a/b.jpg"})),
    ] {
        let (_, requests) = apply(&action(name, &object), OK).await;
        let body = &requests[0].1;
        assert_eq!(body["ConditionExpression"], "attribute_not_exists(#seq)", "{name}");
        assert_eq!(body.get("ExpressionAttributeValues"), None, "DynamoDB refuses an empty map");
        assert_eq!(body.pointer("/Item/seq"), None);
        assert_eq!(body.pointer("/Item/version"), None);
    }
}

#[tokio::test]
async fn a_failed_condition_is_done() {
    for name in ["ObjectCreated:Put", "ObjectRemoved:Delete"] {
        let object = json!({"key": "images/a/b.jpg", "size": 1, "eTag": "abc", "sequencer": "00"});
        let (outcome, requests) = apply(&action(name, &object), CONDITION_FAILED).await;
        assert_eq!(outcome.expect("not a failure"), Outcome::NothingToDo, "{name}");
        assert_eq!(requests.len(), 1, "and is not tried again");
    }
}

#[tokio::test]
async fn a_refusal_is_an_error_with_its_message() {
    let object = json!({"key": "images/a/b.jpg", "size": 1, "eTag": "abc", "sequencer": "00"});
    let (outcome, _) = apply(&action("ObjectCreated:Put", &object), REFUSED).await;
    let error = outcome.expect_err("refused").to_string();
    assert!(error.contains("AccessDeniedException"), "{error}");
    assert!(error.contains("not authorized: dynamodb:PutItem"), "{error}");
}
