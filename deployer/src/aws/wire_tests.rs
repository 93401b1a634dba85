//! What is sent, and what is made of the answers, where the real AWS differs from the local one. Answers are written as AWS documents them.

mod bucket_tags;
mod closed_account;
mod create_bucket;
mod destinations;
mod empty;
mod index;
mod key;
mod lag;
mod login;
mod order;
mod patience;
mod uploads;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::test_util::{NeverClient, ReplayEvent, StaticReplayClient};
use aws_smithy_runtime_api::client::http::HttpClient;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;

use super::alone::Alone;
use super::bucket::Extent;
use super::{Access, Aws, Connection, Reach, account, bucket, key as page_key, lifecycle, notification, permission, site};
use crate::error::Error;
use crate::event::Subject;
use crate::plan::{Action, Change, Order, Step};
use crate::resource::bucket::{Bucket, PublicAccessBlock, Settings};
use crate::resource::notification::{Entry, Notification};
use crate::resource::permission::Permission;
use crate::resource::tags::{TagMap, Tags};
use crate::resource::{Kind, Seen, Unreadable};

/// An answer: status, one header, body.
type Answer = (u16, (&'static str, &'static str), &'static str);

const NO_HEADER: (&str, &str) = ("x-amzn-requestid", "r");
const OK: Answer = (200, NO_HEADER, "");

/// Clients that get `answers`, in this order, whatever they ask.
fn aws(region: &'static str, answers: &[Answer]) -> (Aws, StaticReplayClient) {
    let events = answers.iter().map(|(status, header, body)| event(*status, &[*header], body));
    clients(region, events.collect())
}

fn event(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> ReplayEvent {
    let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
    for (name, value) in headers {
        response.headers_mut().insert(*name, *value);
    }
    ReplayEvent::new(HttpRequest::empty(), response)
}

fn clients(region: &'static str, events: Vec<ReplayEvent>) -> (Aws, StaticReplayClient) {
    let replay = StaticReplayClient::new(events);
    let mut aws = Aws::new(with_client(region, replay.clone()), Access::ReadWrite, false, &Reach::default());
    aws.account = "123456789012".into();
    (aws, replay)
}

fn with_client(region: &'static str, client: impl HttpClient + 'static) -> SdkConfig {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::standard())
        .http_client(client)
        .build()
}

/// The requests that were sent: `METHOD URI`, and the body.
fn sent(replay: &StaticReplayClient) -> Vec<(String, String)> {
    let text = |request: &HttpRequest| {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        (format!("{} {}", request.method(), request.uri()), body)
    };
    replay.actual_requests().map(text).collect()
}

fn subject() -> Subject {
    Subject { kind: Kind::SiteBucket, name: "b".into(), action: Action::Create }
}

/// A change of [`subject`] that ends when `aws` is to stop.
fn alone(aws: &Aws) -> Alone {
    Alone { stop: aws.stop.clone(), ..Alone::new(subject()) }
}

/// S5: every call on a bucket elsewhere is redirected, on somebody else's refused. Only a name that nobody has is free.
#[tokio::test]
async fn a_foreign_bucket_is_never_absent() {
    const DENIED: Answer = (403, NO_HEADER, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
    const REDIRECT: Answer = (301, ("x-amz-bucket-region", "eu-west-1"), "<Error><Code>PermanentRedirect</Code></Error>");
    const UNTAGGED: Answer = (404, NO_HEADER, "<Error><Code>NoSuchTagSet</Code></Error>");
    const NO_BUCKET: Answer = (404, NO_HEADER, "<Error><Code>NoSuchBucket</Code></Error>");
    let region = Unreadable::Foreign { by: "a bucket in the region eu-west-1".into() };
    // One of ours whose tags this identity may not read answers the other reads; another account's refuses them all.
    let unread = Unreadable::Denied { call: "s3:GetBucketTagging".into(), message: "no".into() };
    // It is ours, or of an account of the same organization, which tells no more than that.
    const LACK: &str = "User: arn:u is not authorized to perform: s3:GetBucketTagging on resource: arn:b because no";
    let named = |by: &str| -> Answer {
        (403, NO_HEADER, format!("<Error><Code>AccessDenied</Code><Message>{LACK} {by} allows it</Message></Error>").leak())
    };
    let (ours, theirs) = (named("identity-based policy"), named("resource-based policy"));
    let lack =
        Unreadable::Denied { call: "s3:GetBucketTagging".into(), message: format!("{LACK} identity-based policy allows it") };
    let cases = [
        (REDIRECT, REDIRECT, region),
        (DENIED, DENIED, Unreadable::OtherAccount),
        (theirs, theirs, Unreadable::OtherAccount),
        (ours, ours, lack),
        (DENIED, UNTAGGED, unread),
    ];
    let observe = async |tags: Answer, others: Answer| {
        let (aws, _) = aws("us-west-2", &[tags, others, others, others, others, others, others]);
        bucket::observe(&aws, "b", Extent::Unversioned).await.expect("an answer")
    };
    for (tags, others, reason) in cases {
        assert_eq!(observe(tags, others).await, Seen::Unknown(reason));
    }
    assert_eq!(observe(NO_BUCKET, NO_BUCKET).await, Seen::Absent);
    // S4: one server may not know a new bucket yet, or no more.
    assert_eq!(observe(UNTAGGED, NO_BUCKET).await, Seen::Absent);
}

/// S5: in another region every call on the bucket is redirected, not only `HeadBucket`. None of them may end the run.
#[tokio::test]
async fn what_lies_in_a_bucket_elsewhere_is_not_absent_either() {
    const REDIRECT: Answer = (
        301,
        ("x-amz-bucket-region", "eu-west-1"),
        "<Error><Code>PermanentRedirect</Code><Message>use the right endpoint</Message></Error>",
    );
    let (aws, _) = aws("us-west-2", &[REDIRECT; 4]);
    let elsewhere = Unreadable::Foreign { by: "a bucket in the region eu-west-1".into() };
    assert_eq!(notification::observe(&aws, "b").await.expect("an answer"), Seen::Unknown(elsewhere.clone()));
    assert_eq!(page_key::observe(&aws, "b").await.expect("an answer"), Seen::Unknown(elsewhere.clone()));
    assert_eq!(site::observe(&aws, "b").await.expect("an answer"), Seen::Unknown(elsewhere));
}

/// S15: S3 may not see a fresh permission yet. S16: what is not ours is written back.
#[tokio::test(start_paused = true)]
async fn the_notification_waits_for_the_permission_and_keeps_strangers() {
    const LIVE: Answer = (
        200,
        NO_HEADER,
        "<NotificationConfiguration><QueueConfiguration><Id>theirs</Id><Queue>arn:aws:sqs:us-west-2:123456789012:q</Queue>\
         <Event>s3:ObjectRestore:Completed</Event></QueueConfiguration><TopicConfiguration><Id>told</Id>\
         <Topic>arn:aws:sns:us-west-2:123456789012:t</Topic><Event>s3:ReducedRedundancyLostObject</Event></TopicConfiguration>\
         <CloudFunctionConfiguration><Id>called</Id><CloudFunction>arn:aws:lambda:us-west-2:123456789012:function:g</CloudFunction>\
         <Event>s3:ObjectTagging:*</Event></CloudFunctionConfiguration><EventBridgeConfiguration></EventBridgeConfiguration>\
         </NotificationConfiguration>",
    );
    const NOT_YET: Answer = (
        400,
        NO_HEADER,
        "<Error><Code>InvalidArgument</Code><Message>Unable to validate the following destination configurations</Message></Error>",
    );
    let (aws, replay) = aws("us-west-2", &[LIVE, NOT_YET, LIVE, OK]);
    let entry = Entry::indexing("arn:aws:lambda:us-west-2:123456789012:function:f", "images/");
    let want = Notification { bucket: "b".into(), entry };
    notification::put(&aws, &want, false, alone(&aws).progress()).await.expect("it works at last");
    let (_, body) = &sent(&replay)[3];
    for part in ["<Id>gallery-deploy-", "s3:LifecycleExpiration:*", "<Value>images/</Value>"] {
        assert!(body.contains(part), "{part} in {body}");
    }
    for theirs in [
        "<QueueConfiguration><Id>theirs</Id><Queue>arn:aws:sqs:us-west-2:123456789012:q</Queue><Event>s3:ObjectRestore:Completed</Event>",
        "<TopicConfiguration><Id>told</Id><Topic>arn:aws:sns:us-west-2:123456789012:t</Topic><Event>s3:ReducedRedundancyLostObject</Event>",
        "<Id>called</Id><CloudFunction>arn:aws:lambda:us-west-2:123456789012:function:g</CloudFunction><Event>s3:ObjectTagging:*</Event>",
        "<EventBridgeConfiguration",
    ] {
        assert!(body.contains(theirs), "{theirs} in {body}");
    }
}

/// Rules that are not ours, and the setting of the whole configuration that goes with them, are written back.
#[tokio::test]
async fn a_strangers_lifecycle_rules_are_kept() {
    const LIVE: Answer = (
        200,
        ("x-amz-transition-default-minimum-object-size", "varies_by_storage_class"),
        "<LifecycleConfiguration><Rule><ID>theirs</ID><Status>Enabled</Status><Filter><Prefix>tmp/</Prefix></Filter>\
         <Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition></Rule></LifecycleConfiguration>",
    );
    let (aws, replay) = aws("us-west-2", &[LIVE, OK]);
    let alone = alone(&aws);
    lifecycle::put(&aws, "b", &[], false, alone.progress()).await.expect("it is written");
    let requests: Vec<_> = replay.actual_requests().collect();
    assert_eq!(requests[1].headers().get("x-amz-transition-default-minimum-object-size"), Some("varies_by_storage_class"));
    let (_, body) = &sent(&replay)[1];
    assert!(body.contains("<ID>theirs</ID>") && body.contains("<StorageClass>GLACIER</StorageClass>"), "{body}");
}

/// L9: the right statement is there before the old one goes. L8: it is seen in the policy first.
#[tokio::test(start_paused = true)]
async fn a_permission_is_replaced_without_a_gap() {
    const OLD: Answer = (
        200,
        NO_HEADER,
        r#"{"RevisionId":"r1","Policy":"{\"Statement\":[{\"Sid\":\"gallery-deploy-old\"},{\"Sid\":\"theirs\"}]}"}"#,
    );
    const ADDED: Answer = (201, NO_HEADER, "{}");
    const BOTH: Answer = (
        200,
        NO_HEADER,
        r#"{"Policy":"{\"Statement\":[{\"Sid\":\"gallery-deploy-old\"},{\"Sid\":\"theirs\"},{\"Sid\":\"gallery-deploy-cb9cb8a0f7e1\",
        \"Effect\":\"Allow\",\"Principal\":{\"Service\":\"s3.amazonaws.com\"},\"Action\":\"lambda:InvokeFunction\",
        \"Resource\":\"arn:f\",\"Condition\":{\"StringEquals\":{\"AWS:SourceAccount\":\"123456789012\"},
        \"ArnLike\":{\"AWS:SourceArn\":\"arn:b\"}}}]}"}"#,
    );
    let want = Permission {
        function: "f".into(),
        function_arn: "arn:f".into(),
        bucket_arn: "arn:b".into(),
        account: "123456789012".into(),
    };
    let body = BOTH.2.replace("\n        ", "").replace("gallery-deploy-cb9cb8a0f7e1", &want.statement_id());
    let settled: Answer = (200, NO_HEADER, body.replace(r#"{\"Sid\":\"gallery-deploy-old\"},"#, "").leak());
    let both: Answer = (200, NO_HEADER, body.leak());
    const CHANGED: Answer =
        (412, ("x-amzn-errortype", "PreconditionFailedException"), r#"{"Message":"The RevisionId does not match"}"#);
    // L12: somebody else changed the policy at the same time. L8: what was added is not seen at once.
    let (aws, replay) = aws("us-west-2", &[OLD, CHANGED, OLD, ADDED, OLD, OLD, both, (204, NO_HEADER, ""), settled]);
    let alone = alone(&aws);
    permission::put(&aws, &want, false, alone.progress()).await.expect("it works");
    let sent = sent(&replay);
    let methods: Vec<&str> = sent.iter().filter_map(|(call, _)| call.split(' ').next()).collect();
    assert_eq!(methods, ["GET", "POST", "GET", "POST", "GET", "GET", "GET", "DELETE", "GET"]);
    assert!(sent[3].1.contains(r#""RevisionId":"r1""#), "{}", sent[3].1);
    assert!(sent[7].0.contains("gallery-deploy-old"), "{}", sent[7].0);
}

/// L8: a statement that was added and is lost, since another run changed the policy at the same time, is added again.
#[tokio::test(start_paused = true)]
async fn a_permission_that_is_lost_is_added_again() {
    const NONE: Answer = (200, NO_HEADER, r#"{"Policy":"{\"Statement\":[]}"}"#);
    const ADDED: Answer = (201, NO_HEADER, "{}");
    let (aws, replay) = aws("us-west-2", &[NONE, ADDED, NONE, NONE, NONE, NONE, ADDED, NONE]);
    let want = Permission {
        function: "f".into(),
        function_arn: "arn:f".into(),
        bucket_arn: "arn:b".into(),
        account: "123456789012".into(),
    };
    let alone = alone(&aws);
    // The answers end before it is seen.
    permission::put(&aws, &want, false, alone.progress()).await.expect_err("no answer");
    let posts = sent(&replay).iter().filter(|(call, _)| call.starts_with("POST ")).count();
    assert_eq!(posts, 2);
}

/// S7: what the account blocks is read once, from an address of its own; where nobody may look it is unknown, and never fatal.
#[tokio::test]
async fn block_public_access_of_the_account_is_read_where_it_can_be() {
    const ON: Answer = (
        200,
        NO_HEADER,
        "<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls>\
         <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>",
    );
    const NONE: Answer = (
        404,
        NO_HEADER,
        "<ErrorResponse><Error><Code>NoSuchPublicAccessBlockConfiguration</Code><Message>none</Message></Error></ErrorResponse>",
    );
    const DENIED: Answer =
        (403, NO_HEADER, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>");
    let denied = Unreadable::Denied { call: "s3:GetAccountPublicAccessBlock".into(), message: "no".into() };
    let failed = Unreadable::Denied { call: "s3:GetAccountPublicAccessBlock".into(), message: "HTTP status 503".into() };
    let only_policies = PublicAccessBlock { block_public_policy: true, ..PublicAccessBlock::NONE };
    let cases = [
        (ON, Seen::Present(only_policies)),
        (NONE, Seen::Absent),
        (DENIED, Seen::Unknown(denied)),
        ((503, NO_HEADER, ""), Seen::Unknown(failed)),
    ];
    for (answer, expected) in cases {
        let (aws, replay) = aws("us-west-2", &[answer]);
        assert_eq!(account::observe(&aws).await, expected);
        let [(call, _)] = &sent(&replay)[..] else { panic!("one call, whatever the answer") };
        let path = "GET https://123456789012.s3-control.us-west-2.amazonaws.com/v20180820/configuration/publicAccessBlock";
        assert_eq!(call, path);
    }
}

/// Whoever accepts connections and never answers is given up within 15 s. Time is that of the test.
#[tokio::test(start_paused = true)]
async fn an_endpoint_that_never_answers_is_given_up_in_time() {
    let (aws, _) = aws("us-west-2", &[]);
    let sdk = aws.sdk.to_builder().http_client(NeverClient::new()).build();
    let connection = Connection::of(Aws::new(sdk, Access::ReadOnly, true, &Reach::default()), Some("http://127.0.0.1:1"));
    let begun = tokio::time::Instant::now();
    let error = connection.identify().await.map(drop).unwrap_err();
    assert!(matches!(error, Error::NoLocalAws { .. }), "{error:?}");
    assert!(begun.elapsed().as_secs() < 15, "{:?}", begun.elapsed());
}

/// S7: an endpoint of one's own (`AWS_ENDPOINT_URL`) knows nothing of accounts: nothing is asked, there or at AWS.
#[tokio::test]
async fn an_endpoint_of_one_s_own_is_not_asked_about_the_account() {
    let (mut aws, replay) = aws("us-west-2", &[]);
    aws.s3control = Aws::new(
        SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build(),
        Access::ReadOnly,
        true,
        &Reach::default(),
    )
    .s3control;
    assert_eq!(account::observe(&aws).await, Seen::Absent);
    assert!(sent(&replay).is_empty());
}
