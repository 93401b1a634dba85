//! Whole events, from the runtime to S3 and DynamoDB.

use lambda_runtime::Context;
use serde_json::json;

use super::*;
use crate::test_support::{Answer, BUCKET, FIRST_BYTES, FORBIDDEN, FakeConnection, GONE, NOT_VALID, OBJECT, WRITTEN};

/// The time of a function by default.
const PLENTY: Duration = Duration::from_secs(30);

fn record(key: &str) -> Value {
    json!({"eventName": "ObjectRemoved:Delete", "s3": {"bucket": {"name": BUCKET}, "object": {"key": key}}})
}

fn creation(key: &str) -> Value {
    json!({"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": BUCKET}, "object": {"key": key, "sequencer": "01"}}})
}

/// What becomes of an event with these records if the function has this time for it, and which calls were made, sorted.
async fn handle_within(time: Duration, records: Value, connection: FakeConnection) -> (Result<(), Error>, Vec<String>) {
    let mut context = Context::default();
    let since = (SystemTime::now() + time).duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    context.deadline = u64::try_from(since.as_millis()).expect("not that late");
    let event = LambdaEvent::new(json!({"Records": records}), context);
    let result = handle(&connection.index(), BUCKET, event).await;
    let mut operations = connection.operations();
    operations.sort();
    (result, operations)
}

async fn handle_records(records: Value, answers: Vec<Answer>) -> (Result<(), Error>, usize) {
    let (result, operations) = handle_within(PLENTY, records, FakeConnection::new(answers)).await;
    (result, operations.len())
}

#[tokio::test]
async fn all_records_are_attempted_before_a_failure_is_returned() {
    let records = json!([record("images/a/1.jpg"), record("other/1.jpg"), record("images/a/2.jpg")]);
    let connection = FakeConnection::answering(|operation| match operation.split_once(' ') {
        Some((_, url)) if url.ends_with("a/1.jpg") => FORBIDDEN,
        Some(_) => GONE,
        None => WRITTEN,
    });
    let (result, operations) = handle_within(PLENTY, records, connection).await;
    assert_eq!(counted(&operations), [2, 1, 1]);
    assert_eq!(result.expect_err("one failed").to_string(), "1 of 3 records could not be indexed");
}

#[tokio::test]
async fn what_can_never_succeed_is_not_delivered_again() {
    let (result, calls) =
        handle_records(json!([record("images/a/1.jpg"), record("images/%FF/2.jpg")]), vec![GONE, NOT_VALID]).await;
    assert_eq!(calls, 2);
    result.expect("dropped");
}

/// The bucket is empty but for one picture.
fn hardly_anything(operation: &str) -> Answer {
    match operation.split_once(' ') {
        Some(("HEAD", url)) if url.ends_with("there.gif") => OBJECT,
        Some(("HEAD", _)) => GONE,
        Some(_) => FIRST_BYTES,
        None => WRITTEN,
    }
}

fn counted(operations: &[String]) -> [usize; 3] {
    ["HEAD", "GET", "PutItem"].map(|name| operations.iter().filter(|operation| *operation == name).count())
}

#[tokio::test]
async fn more_records_than_at_once_are_all_done() {
    let count = 3 * KEYS_AT_ONCE + 1;
    let records = (0..count).map(|number| record(&format!("images/a/{number}.jpg"))).collect();
    let (result, operations) = handle_within(PLENTY, records, FakeConnection::answering(hardly_anything)).await;
    result.expect("all are deleted");
    assert_eq!(counted(&operations), [count, 0, count]);
}

/// However many objects came and are not found, they are waited for side by side, and what is there need not wait for them.
#[tokio::test(start_paused = true)]
async fn objects_are_waited_for_at_once() {
    let count = KEYS_AT_ONCE - 1;
    let gone = (0..count).map(|number| creation(&format!("images/a/{number}.jpg")));
    let records = gone.chain([creation("images/a/there.gif")]).collect();
    let begun = Instant::now();
    let (result, operations) = handle_within(PLENTY, records, FakeConnection::answering(hardly_anything)).await;
    let words = format!("{count} of {} records could not be indexed", count + 1);
    assert_eq!(result.expect_err("they are awaited").to_string(), words);
    assert_eq!(counted(&operations), [4 * count + 1, 1, count + 1]);
    // Time stands still but where all wait.
    assert_eq!(begun.elapsed(), Duration::from_millis(40 + 80 + 160), "as long as for one of them");
}

/// Lambda ends a function that takes too long without a word of what it has not done.
#[tokio::test(start_paused = true)]
async fn what_is_not_done_in_time_is_delivered_again() {
    let records = json!([record("images/a/1.jpg"), creation("images/a/2.jpg")]);
    // Over between the second look at what came and the third.
    let time = RESERVE + Duration::from_millis(100);
    let (result, operations) = handle_within(time, records.clone(), FakeConnection::answering(hardly_anything)).await;
    assert_eq!(result.expect_err("one is not done").to_string(), "1 of 2 records could not be indexed");
    assert_eq!(counted(&operations), [3, 0, 1]);
    let (result, operations) = handle_within(RESERVE, records, FakeConnection::answering(hardly_anything)).await;
    assert_eq!(result.expect_err("none is done").to_string(), "2 of 2 records could not be indexed");
    assert_eq!(operations, [""; 0], "nothing is begun");
}

#[tokio::test]
async fn records_that_are_not_ours_make_no_call() {
    let (result, calls) = handle_records(json!([record("index.html"), {"eventSource": "aws:sqs"}]), vec![]).await;
    result.expect("nothing to do");
    assert_eq!(calls, 0);
}
