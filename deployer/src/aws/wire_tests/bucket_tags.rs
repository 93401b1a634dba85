//! S14: where attribute-based access control is enabled for a bucket, its tags are read and written by S3 Control. S3's own answer is not documented.

use super::*;
use crate::aws::bucket_tags;

const REFUSED: Answer = (405, NO_HEADER, "<Error><Code>MethodNotAllowed</Code><Message>not so</Message></Error>");
const DENIED: Answer = (403, NO_HEADER, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>");
const ENABLED: Answer = (200, NO_HEADER, "<AbacStatus><Status>Enabled</Status></AbacStatus>");
const DISABLED: Answer = (200, NO_HEADER, "<AbacStatus><Status>Disabled</Status></AbacStatus>");
const NOTHING: Answer = (404, NO_HEADER, "<Error><Code>NoSuchBucketPolicy</Code></Error>");
const DONE: Answer = (204, NO_HEADER, "");
const TAGS: Answer = (
    200,
    NO_HEADER,
    "<ListTagsForResourceResult><Tags><Tag><Key>team</Key><Value>travel</Value></Tag></Tags></ListTagsForResourceResult>",
);
const CONTROL: &str = "https://123456789012.s3-control.us-west-2.amazonaws.com/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Ab";

fn team() -> TagMap {
    TagMap::from([("team".into(), "travel".into())])
}

/// Writes [`team`] in the place of the tag `old` against `answers`: what it ends with, and what was sent.
async fn put(answers: &[Answer], has_control: bool) -> (Result<(), Error>, Vec<(String, String)>) {
    let (mut aws, replay) = aws("us-west-2", answers);
    if !has_control {
        aws.s3control = None;
    }
    let live = TagMap::from([("old".into(), "x".into()), ("foreign".into(), "y".into())]);
    let end = bucket_tags::put(&aws, "b", live, &["old".to_owned()], &team(), alone(&aws).progress()).await;
    (end, sent(&replay))
}

#[tokio::test]
async fn tags_that_decide_about_access_are_read_by_s3_control() {
    for refusal in [REFUSED, DENIED] {
        let others = [NOTHING; 6];
        let (aws, replay) = aws("us-west-2", &[&[refusal], &others[..], &[ENABLED, TAGS]].concat());
        let seen = bucket::observe(&aws, "b", Extent::Unversioned).await.expect("an answer");
        assert_eq!(seen.present().map(|bucket| &bucket.tags), Some(&team()), "{seen:?}");
        assert_eq!(sent(&replay).last().map(|(call, _)| call.clone()), Some(format!("GET {CONTROL}")));
    }
}

#[tokio::test]
async fn tags_that_decide_about_access_are_written_by_s3_control() {
    for refusal in [REFUSED, DENIED] {
        let (end, sent) = put(&[refusal, ENABLED, DONE, DONE], true).await;
        end.expect("they are written");
        let [_, _, (untag, _), (tag, body)] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!((untag, tag), (&format!("DELETE {CONTROL}?tagKeys=old"), &format!("POST {CONTROL}")));
        // Others stay by themselves.
        assert!(body.contains("<Key>team</Key><Value>travel</Value>") && !body.contains("foreign"), "{body}");
    }
}

/// What has another reason is told as S3 tells it; and who has no right to write tags is not asked about anything else.
#[tokio::test]
async fn any_other_refusal_of_tags_ends_with_the_words_of_s3() {
    const NO_RIGHT: Answer = (
        403,
        NO_HEADER,
        "<Error><Code>AccessDenied</Code><Message>User: u is not authorized to perform: s3:PutBucketTagging on resource: b</Message></Error>",
    );
    let cases = [
        (&[REFUSED, DISABLED][..], "MethodNotAllowed"),
        (&[DENIED, DENIED][..], "AccessDenied"),
        (&[NO_RIGHT][..], "AccessDenied"),
    ];
    for (answers, code) in cases {
        let (end, sent) = put(answers, true).await;
        assert!(matches!(&end, Err(Error::Aws(error)) if error.is(&[code])), "{end:?}");
        assert_eq!(sent.len(), answers.len(), "{sent:?}");
    }
}

/// An endpoint of one's own has no S3 Control.
#[tokio::test]
async fn without_s3_control_tags_that_decide_about_access_are_told() {
    let (end, sent) = put(&[REFUSED, ENABLED], false).await;
    assert!(end.is_err_and(|error| error.to_string().contains("attribute-based access control is enabled")), "{sent:?}");
}

/// S4: taken for untagged, a bucket that a server does not know would lose the tags of others with the next write.
#[tokio::test(start_paused = true)]
async fn a_bucket_that_is_not_known_everywhere_is_not_taken_for_untagged() {
    const NO_BUCKET: Answer = (404, NO_HEADER, "<Error><Code>NoSuchBucket</Code></Error>");
    const UNTAGGED: Answer = (404, NO_HEADER, "<Error><Code>NoSuchTagSet</Code></Error>");
    const TEAM: Answer = (200, NO_HEADER, "<Tagging><TagSet><Tag><Key>team</Key><Value>travel</Value></Tag></TagSet></Tagging>");
    for (last, tags) in [(TEAM, team()), (UNTAGGED, TagMap::new())] {
        let (aws, _) = aws("us-west-2", &[NO_BUCKET, NO_BUCKET, last]);
        let read = bucket_tags::read_known(&aws, "b", alone(&aws).progress()).await;
        assert_eq!(read.expect("it is known at last"), tags);
    }
    let (aws, _) = aws("us-west-2", &[NO_BUCKET]);
    assert!(bucket_tags::read(&aws, "b").await.is_err_and(|error| error.is_not_found()));
}
