//! How long is waited for what AWS does not show: what this run has made for minutes, what was there for seconds. What it shows that is not well.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use tokio::time::Instant;

use super::super::{function, is_soon_ours, table};
use super::*;
use crate::apply::{Outcome, apply};
use crate::aws::alone::Silent;
use crate::aws::error::{AwsError, Class};
use crate::plan::{Mark, Plan};

/// S3 that takes every write and knows no bucket to read from (S4).
#[derive(Debug, Clone)]
struct KnowsNoBucket;

impl HttpConnector for KnowsNoBucket {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, body) = match request.method() {
            "GET" => (404, "<Error><Code>NoSuchBucket</Code></Error>"),
            _ => (200, ""),
        };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))))
    }
}

fn change(kind: Kind, action: Action, order: Order, step: Step) -> Change {
    Change { kind, name: "b".into(), action, summary: String::new(), fields: Vec::new(), parts: Vec::new(), step, order }
}

/// Applies these changes until the notification gives up: for how long that takes.
async fn gives_up_after(changes: Vec<Change>) -> Duration {
    let client = http_client_fn(|_, _| SharedHttpConnector::new(KnowsNoBucket));
    let aws = Aws::new(with_client("us-west-2", client), Access::ReadWrite, false, &Reach::default());
    let begun = Instant::now();
    let created = changes.len() - 1;
    let outcome = apply(&aws, "us-west-2", &[], &Plan { changes, ..Plan::default() }, &Silent).await;
    assert_eq!(outcome, Outcome { created, failed: 1, met: 1, ..Outcome::default() });
    begun.elapsed()
}

#[tokio::test(start_paused = true)]
async fn what_hangs_on_a_new_bucket_waits_for_it_as_for_something_new() {
    let bucket = || change(Kind::ImagesBucket, Action::Create, Order::default(), Step::PutBucket(create_bucket::wanted_bucket()));
    let notification = || {
        let entry = Entry::indexing("arn:aws:lambda:us-west-2:123456789012:function:f", "images/");
        let order = Order { begin: &[(Kind::ImagesBucket, Mark::Effective)], ..Order::default() };
        let notification = Notification { bucket: "b".into(), entry };
        change(Kind::Notification, Action::Create, order, Step::PutNotification { notification, new_bucket: true })
    };
    let (of_new, of_seen) = (gives_up_after(vec![bucket(), notification()]).await, gives_up_after(vec![notification()]).await);
    assert!((110..=120).contains(&of_new.as_secs()), "{of_new:?}");
    assert!((10..=20).contains(&of_seen.as_secs()), "{of_seen:?}");
}

/// Asks whose a bucket is that shows after `shown`, and is ours or not.
async fn soon_ours(shown: Duration, ours: bool) -> (bool, u64) {
    let (aws, _) = aws("us-west-2", &[]);
    let alone = alone(&aws);
    let begun = Instant::now();
    let ask = async || match begun.elapsed() < shown {
        true => Err(AwsError::told("s3:GetBucketTagging", "b", Class::NotFound, "NoSuchBucket", "")),
        false => Ok(ours),
    };
    let found = is_soon_ours(alone.progress(), ask).await.expect("an answer");
    (found, begun.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn what_exists_and_is_not_shown_yet_may_be_ours() {
    let (found, _) = soon_ours(Duration::from_secs(100), true).await;
    assert!(found);
    let (found, after) = soon_ours(Duration::MAX, true).await;
    assert!(!found && (110..=120).contains(&after), "{after} s");
    // Its tags may be late (D5), but what is shown is not new.
    let (found, after) = soon_ours(Duration::ZERO, false).await;
    assert!(!found && (8..=15).contains(&after), "{after} s");
}

/// Lambda tells of what it failed at in two ways, and either outlasts the run that met it.
#[tokio::test]
async fn a_function_that_lambda_failed_at_is_seen_as_such() {
    const ANSWERS: [(Answer, Option<&str>); 4] = [
        ((200, NO_HEADER, r#"{"Configuration":{"State":"Active","LastUpdateStatus":"Successful"}}"#), None),
        ((200, NO_HEADER, r#"{"Configuration":{"State":"Active","LastUpdateStatus":"InProgress"}}"#), None),
        (
            (200, NO_HEADER, r#"{"Configuration":{"State":"Failed","StateReason":"no room","LastUpdateStatus":"Successful"}}"#),
            Some("no room"),
        ),
        ((200, NO_HEADER, r#"{"Configuration":{"State":"Active","LastUpdateStatus":"Failed"}}"#), Some("Lambda gives no reason")),
    ];
    for (answer, reason) in ANSWERS {
        let (aws, _) = aws("us-west-2", &[answer]);
        let seen = function::observe(&aws, "f").await.expect("an answer");
        assert_eq!(seen.present().map(|function| function.failed.as_deref()), Some(reason), "{}", answer.2);
    }
}

/// DynamoDB that shows a table once, and has deleted it then: of its tags it says only that nobody may see them.
#[derive(Debug, Clone)]
struct DeletesMeanwhile(Arc<AtomicUsize>);

impl HttpConnector for DeletesMeanwhile {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next()).unwrap_or_default();
        let looks = || self.0.fetch_add(1, Ordering::Relaxed);
        let (status, body) = match operation {
            "DescribeTable" if looks() == 0 => (200, r#"{"Table":{"TableName":"t","TableStatus":"ACTIVE"}}"#),
            "ListTagsOfResource" => {
                (403, r#"{"__type":"AccessDeniedException","message":"The user is not authorized to access this resource."}"#)
            }
            _ => (400, r#"{"__type":"ResourceNotFoundException","message":"no table"}"#),
        };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))))
    }
}

/// Another run deletes it between two reads of one look: it is absent, and no permission is missing.
#[tokio::test(start_paused = true)]
async fn a_table_that_is_deleted_meanwhile_is_absent() {
    let dynamodb = DeletesMeanwhile(Arc::default());
    let client = http_client_fn(move |_, _| SharedHttpConnector::new(dynamodb.clone()));
    let aws = Aws::new(with_client("us-west-2", client), Access::ReadWrite, false, &Reach::default());
    let seen = table::observe(&aws, "t", "arn:aws:dynamodb:us-west-2:123456789012:table/t").await.expect("a look");
    assert!(matches!(seen, Seen::Absent), "{seen:?}");
}
