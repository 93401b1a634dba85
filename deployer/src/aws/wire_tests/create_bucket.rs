//! Making a bucket.

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use serde_json::json;

use super::*;
use crate::resource::policy::Policy;

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

fn creation() -> Change {
    Change {
        kind: Kind::SiteBucket,
        name: "b".into(),
        action: Action::Create,
        summary: String::new(),
        fields: Vec::new(),
        parts: Vec::new(),
        step: Step::PutBucket(wanted_bucket()),
        order: Order::default(),
    }
}

const DENIED: Answer = (403, NO_HEADER, "<Error><Code>AccessDenied</Code></Error>");

/// Makes the bucket against `answers`: what it ends with, and what was sent.
async fn made(region: &'static str, answers: &[Answer]) -> (Result<(), Error>, Vec<(String, String)>) {
    let (aws, replay) = aws(region, answers);
    let end = bucket::put(&aws, &wanted_bucket(), &creation(), region, alone(&aws).progress()).await;
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

/// S3 that blocks a public policy as long as anybody asks, and shows a block that is on.
#[derive(Debug, Clone)]
struct Blocks(&'static str);

impl HttpConnector for Blocks {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, body) = match (request.method(), request.uri().contains("policy")) {
            ("PUT", true) => (403, DENIED.2.to_owned()),
            ("GET", _) => {
                let switch = format!("<BlockPublicPolicy>{}</BlockPublicPolicy>", self.0);
                (200, format!("<PublicAccessBlockConfiguration>{switch}</PublicAccessBlockConfiguration>"))
            }
            _ => (200, String::new()),
        };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))))
    }
}

/// S6, S7: a policy that stays blocked although the bucket itself blocks nothing is the organization's doing. If it does, somebody switched that on.
#[tokio::test(start_paused = true)]
async fn a_block_that_somebody_switched_on_meanwhile_is_told_as_another_run() {
    let mut want = wanted_bucket();
    want.settings.policy = Some(Policy::new(json!({ "Version": "2012-10-17", "Statement": [] })));
    want.settings.public_access = PublicAccessBlock::NONE;
    let change = Change { step: Step::PutBucket(want.clone()), ..creation() };
    let mut ends = Vec::new();
    for switch in ["true", "false"] {
        let client = http_client_fn(move |_, _| SharedHttpConnector::new(Blocks(switch)));
        let aws = Aws::new(with_client("us-west-2", client), Access::ReadWrite, false, &Reach::default());
        ends.push(bucket::put(&aws, &want, &change, "us-west-2", alone(&aws).progress()).await.unwrap_err());
    }
    assert!(matches!(ends[0], Error::OtherRun { last: Some(_), .. }), "{:?}", ends[0]);
    assert!(matches!(ends[1], Error::Deadline { seconds: 60, .. }), "{:?}", ends[1]);
}
