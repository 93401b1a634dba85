//! S3 does not take our notification entry for ever: the cause may be another one (S15).

use super::super::notification::put;
use super::*;

const FUNCTION: &str = "arn:aws:lambda:us-west-2:123456789012:function:f";
const NOT_REACHED: Answer = (
    400,
    NO_HEADER,
    "<Error><Code>InvalidArgument</Code><Message>Unable to validate the following destination configurations</Message></Error>",
);

/// What the error says after S3 has refused our entry beside `live` ones for as long as that is worth waiting.
async fn told(live: &'static str) -> String {
    let live: Answer = (200, NO_HEADER, live);
    let (aws, replay) = aws("us-west-2", &[[live, NOT_REACHED]; 40].concat());
    let want = Notification { bucket: "b".into(), entry: Entry::indexing(FUNCTION, "images/") };
    let begun = tokio::time::Instant::now();
    let error = put(&aws, &want, false, alone(&aws).progress()).await.expect_err("never");
    assert!(matches!(error, Error::Deadline { seconds: 90, .. }), "{error:?}");
    assert!((84..=90).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    let (last, _) = sent(&replay).pop().expect("calls");
    assert!(last.starts_with("GET "), "the entries are read once more, for the error: {last}");
    crate::report::error_text(&error)
}

#[tokio::test(start_paused = true)]
async fn every_entry_that_may_be_the_cause_is_named() {
    let told = told(
        "<NotificationConfiguration>\
         <CloudFunctionConfiguration><Id>old</Id><CloudFunction>arn:aws:lambda:us-west-2:123456789012:function:gone</CloudFunction>\
         <Event>s3:ObjectRestore:Completed</Event></CloudFunctionConfiguration>\
         <QueueConfiguration><Id>q</Id><Queue>arn:aws:sqs:us-west-2:123456789012:q</Queue><Event>s3:ObjectRestore:Post</Event></QueueConfiguration>\
         <TopicConfiguration><Id>t</Id><Topic>arn:aws:sns:us-west-2:123456789012:t</Topic><Event>s3:ReducedRedundancyLostObject</Event>\
         </TopicConfiguration></NotificationConfiguration>",
    )
    .await;
    for named in
        ["Unable to validate", "function:gone", "arn:aws:sqs:us-west-2:123456789012:q", "arn:aws:sns:us-west-2:123456789012:t"]
    {
        assert!(told.contains(named), "{named}: {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_no_other_entry_is_the_error_says_so() {
    let told = told("<NotificationConfiguration></NotificationConfiguration>").await;
    assert!(told.contains("besides ours, the bucket notifies nobody"), "{told}");
}
