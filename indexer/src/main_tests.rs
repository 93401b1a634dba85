//! Whole events, from the runtime to DynamoDB.

use lambda_runtime::Context;
use serde_json::json;

use super::*;
use crate::test_support::{Answer, CONDITION_FAILED, FakeConnection, OK, SERVER_ERROR};

fn created(key: &str) -> Value {
    json!({
        "eventTime": "2026-03-14T09:26:53.589Z",
        "eventName": "ObjectCreated:Put",
        "userIdentity": {},
        "requestParameters": {},
        "s3": {"bucket": {}, "object": {"key": key, "size": 1, "eTag": "abc", "sequencer": "00"}},
    })
}

/// What becomes of an event with these records, and how many calls were made.
async fn handle_records(records: Value, answers: Vec<Answer>) -> (Result<(), Error>, usize) {
    let connection = FakeConnection::new(answers);
    let index = Index::new(connection.client(), "holiday-index".to_owned());
    let event = LambdaEvent::new(json!({"Records": records}), Context::default());
    let result = handle(&index, event).await;
    (result, connection.requests().len())
}

#[tokio::test]
async fn all_records_are_attempted_before_a_failure_is_returned() {
    let records =
        json!([created("images/a/1.jpg"), created("other/1.jpg"), created("images/a/2.jpg"), created("images/a/3.jpg")]);
    let answers = vec![SERVER_ERROR, CONDITION_FAILED, OK];
    let (result, calls) = handle_records(records, answers).await;
    assert_eq!(calls, 3);
    assert_eq!(result.expect_err("one failed").to_string(), "1 of 4 records could not be indexed");
}

#[tokio::test]
async fn more_records_than_calls_at_once_are_all_done() {
    let count = 3 * CALLS_AT_ONCE + 1;
    let records = (0..count).map(|number| created(&format!("images/a/{number}.jpg"))).collect();
    let answers = vec![OK; count];
    let (result, calls) = handle_records(records, answers).await;
    result.expect("all written");
    assert_eq!(calls, count);
}

#[tokio::test]
async fn records_that_are_not_ours_make_no_call() {
    let (result, calls) = handle_records(json!([created("index.html"), {"eventSource": "aws:sqs"}]), vec![]).await;
    result.expect("nothing to do");
    assert_eq!(calls, 0);
}
