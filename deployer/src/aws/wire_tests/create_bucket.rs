//! Making a bucket.

use super::*;

pub(super) fn wanted_bucket() -> Bucket {
    let settings = Settings {
        public_access: PublicAccessBlock::ALL,
        ownership: "BucketOwnerEnforced",
        encryption: "AES256",
        versioning: None,
        lifecycle: Vec::new(),
        cors: Vec::new(),
        policy: None,
    };
    Bucket { name: "b".into(), tags: Tags::new("holiday", &TagMap::new()), settings }
}

const DENIED: Answer = (403, NO_HEADER, "<Error><Code>AccessDenied</Code></Error>");

/// Makes the bucket against `answers`: what it ends with, and what was sent.
async fn made(region: &'static str, answers: &[Answer]) -> (Result<(), Error>, Vec<(String, String)>) {
    let (aws, replay) = aws(region, answers);
    let want = wanted_bucket();
    let change = Change {
        kind: Kind::SiteBucket,
        name: "b".into(),
        action: Action::Create,
        summary: String::new(),
        fields: Vec::new(),
        parts: Vec::new(),
        step: Step::PutBucket(want.clone()),
        order: Order::default(),
    };
    let end = bucket::put(&aws, &want, &change, region, alone(&aws).progress()).await;
    (end, sent(&replay))
}

/// S1: us-east-1 takes no location, every other region needs it. Tags are there from the first moment.
#[tokio::test]
async fn a_bucket_is_made_with_its_tags_and_the_location_that_its_region_wants() {
    for (region, location) in
        [("us-east-1", None), ("eu-central-1", Some("<LocationConstraint>eu-central-1</LocationConstraint>"))]
    {
        // The second answer ends the run: only the first request matters here.
        let (end, sent) = made(region, &[OK, DENIED]).await;
        assert!(matches!(end, Err(Error::Aws(_))));
        let (_, body) = &sent[0];
        assert!(body.contains("<Key>gallery-deploy:gallery</Key><Value>holiday</Value>"), "{body}");
        match location {
            Some(location) => assert!(body.contains(location), "{body}"),
            None => assert!(!body.contains("LocationConstraint"), "{body}"),
        }
    }
}

/// S2: us-east-1 answers as if it had made a bucket that the account has already. Only the tags tell, and they may take a moment.
#[tokio::test(start_paused = true)]
async fn in_us_east_1_a_bucket_is_ours_only_when_its_tags_say_so() {
    const UNTAGGED: Answer = (404, NO_HEADER, "<Error><Code>NoSuchTagSet</Code></Error>");
    const OURS: Answer = (
        200,
        NO_HEADER,
        "<Tagging><TagSet><Tag><Key>gallery-deploy:gallery</Key><Value>holiday</Value></Tag></TagSet></Tagging>",
    );
    let strange = [&[OK][..], &[UNTAGGED; 60]].concat();
    let (end, sent) = made("us-east-1", &strange).await;
    assert!(matches!(&end, Err(Error::Aws(error)) if error.already_exists()), "{end:?}");
    assert!(sent[1..].iter().all(|(call, _)| call.starts_with("GET ")), "{sent:?}");

    // The last answer ends the run: it goes on to the settings.
    let (_, sent) = made("us-east-1", &[OK, UNTAGGED, OURS, DENIED]).await;
    assert!(sent[3].0.starts_with("PUT "), "{sent:?}");
}
