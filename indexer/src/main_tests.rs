//! Whole events, from the runtime to S3 and DynamoDB.

use lambda_runtime::Context;
use serde_json::json;

use super::*;
use crate::test_support::{Answer, BUCKET, FORBIDDEN, FakeConnection, GONE, NOT_VALID, WRITTEN};

fn record(key: &str) -> Value {
    json!({"eventName": "ObjectRemoved:Delete", "s3": {"bucket": {"name": BUCKET}, "object": {"key": key}}})
}

/// What becomes of an event with these records, and how many calls were made.
async fn handle_records(records: Value, answers: Vec<Answer>) -> (Result<(), Error>, usize) {
    let connection = FakeConnection::new(answers);
    let event = LambdaEvent::new(json!({"Records": records}), Context::default());
    let result = handle(&connection.index(), BUCKET, event).await;
    (result, connection.requests().len())
}

#[tokio::test]
async fn all_records_are_attempted_before_a_failure_is_returned() {
    let records = json!([record("images/a/1.jpg"), record("other/1.jpg"), record("images/a/2.jpg")]);
    // Both keys are looked at before either is written.
    let (result, calls) = handle_records(records, vec![FORBIDDEN, GONE, WRITTEN]).await;
    assert_eq!(calls, 3);
    assert_eq!(result.expect_err("one failed").to_string(), "1 of 3 records could not be indexed");
}

#[tokio::test]
async fn what_can_never_succeed_is_not_delivered_again() {
    let (result, calls) =
        handle_records(json!([record("images/a/1.jpg"), record("images/%FF/2.jpg")]), vec![GONE, NOT_VALID]).await;
    assert_eq!(calls, 2);
    result.expect("dropped");
}

#[tokio::test]
async fn more_records_than_at_once_are_all_done() {
    let count = 3 * KEYS_AT_ONCE + 1;
    let records = (0..count).map(|number| record(&format!("images/a/{number}.jpg"))).collect();
    // In whatever order, half of the calls are looks and half are writes: only the status tells them apart.
    let connection = FakeConnection::new(vec![(404, &[][..], "{}"); count * 2]);
    let event = LambdaEvent::new(json!({ "Records": Value::Array(records) }), Context::default());
    handle(&connection.index(), BUCKET, event).await.expect_err("404 is no answer of DynamoDB's");
    let operations = connection.operations();
    assert_eq!(operations.iter().filter(|operation| *operation == "HEAD").count(), count);
    assert_eq!(operations.iter().filter(|operation| *operation == "PutItem").count(), count);
}

#[tokio::test]
async fn records_that_are_not_ours_make_no_call() {
    let (result, calls) = handle_records(json!([record("index.html"), {"eventSource": "aws:sqs"}]), vec![]).await;
    result.expect("nothing to do");
    assert_eq!(calls, 0);
}
