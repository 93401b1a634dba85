//! The requests that S3 gets, and what is made of its answers.

use gallery_index::Object;

use super::*;
use crate::test_support::{
    ARCHIVED, Answer, CHANGED, FIRST_BYTES as GIF, FORBIDDEN, FakeConnection, GONE, MARKER, OBJECT, UNAVAILABLE, key,
};

const KEY: &str = "images/ro me/100% a+b é?#.gif";

async fn head(answer: Answer) -> Result<Found, String> {
    FakeConnection::new([answer]).index().s3.head(&key(KEY)).await
}

fn object() -> Object {
    Object { size: 18, etag: "abc".to_owned(), uploaded_at: "2026-03-14T09:26:53Z".to_owned(), version: Some("v1".to_owned()) }
}

async fn first_bytes(answer: Answer) -> Result<FirstBytes, String> {
    FakeConnection::new([answer]).index().s3.first_bytes(&key(KEY), &object()).await
}

#[tokio::test]
async fn a_look_is_one_signed_head() {
    let connection = FakeConnection::new([OBJECT]);
    assert_eq!(connection.index().s3.head(&key(KEY)).await, Ok(Found::Object(object())));
    let requests = connection.requests();
    assert_eq!(
        requests[0].operation,
        "HEAD https://holiday-images-123456789012-us-west-2.s3.us-west-2.amazonaws.com/images/ro%20me/100%25%20a%2Bb%20%C3%A9%3F%23.gif"
    );
    let names: Vec<&str> = requests[0].headers.iter().filter_map(|header| header.split(':').next()).collect();
    assert_eq!(names, ["authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"]);
    let authorization = &requests[0].headers[0];
    assert!(
        authorization.contains("/us-west-2/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date"),
        "{authorization}"
    );
}

#[tokio::test]
async fn a_read_asks_for_the_first_bytes_of_that_very_object() {
    let connection = FakeConnection::new([GIF]);
    let read = connection.index().s3.first_bytes(&key(KEY), &object()).await;
    assert_eq!(read, Ok(FirstBytes::Read(GIF.2.as_bytes().to_vec())));
    let headers = &connection.requests()[0].headers;
    assert!(headers.contains(&"range: bytes=0-262143".to_owned()), "{headers:?}");
    assert!(headers.contains(&"if-match: \"abc\"".to_owned()), "{headers:?}");
}

/// A HEAD has no body, so only a GET tells why.
#[tokio::test]
async fn what_is_encrypted_with_a_foreign_key_is_told_from_a_failure() {
    const KMS: &str = "<Error><Code>AccessDenied</Code><Message>User: arn:u is not authorized to perform: kms:Decrypt on resource: arn:k</Message></Error>";
    for (status, why, found) in [
        (400, "<Error><Code>InvalidRequest</Code></Error>", Some(Found::Unreadable)),
        (400, "<Error><Code>KMS.DisabledException</Code></Error>", Some(Found::Unreadable)),
        (400, "<Error><Code>ExpiredToken</Code></Error>", None),
        (400, "", None),
        (403, KMS, Some(Found::Unreadable)),
        (403, "<Error><Code>AccessDenied</Code></Error>", None),
    ] {
        let answers: [Answer; 2] = [(status, &[], ""), (status, &[], why)];
        let connection = FakeConnection::new(answers);
        assert_eq!(connection.index().s3.head(&key(KEY)).await.ok(), found, "{why}");
        assert_eq!(connection.operations(), ["HEAD", "GET"]);
    }
}

/// The role may use a key of AWS's own (`aws/s3`), and the public may not.
#[tokio::test]
async fn what_is_encrypted_with_a_key_of_kms_is_for_some() {
    for how in ["aws:kms", "aws:kms:dsse"] {
        let headers: Vec<_> = OBJECT.1.iter().copied().chain([("x-amz-server-side-encryption", how)]).collect();
        assert_eq!(head((200, headers.leak(), "")).await, Ok(Found::Unreadable));
    }
    let headers: Vec<_> = OBJECT.1.iter().copied().chain([("x-amz-server-side-encryption", "AES256")]).collect();
    assert_eq!(head((200, headers.leak(), "")).await, Ok(Found::Object(object())));
}

#[tokio::test]
async fn only_404_means_gone() {
    assert_eq!(head(GONE).await, Ok(Found::Nothing));
    assert_eq!(head(MARKER).await, Ok(Found::Marker));
    for forbidden in [FORBIDDEN, (403, &[], "")] {
        let connection = FakeConnection::new([forbidden, forbidden]);
        assert_eq!(connection.index().s3.head(&key(KEY)).await, Err("S3 answered 403".to_owned()));
    }
    assert_eq!(head((301, &[], "")).await, Err("S3 answered 301".to_owned()));
}

#[tokio::test]
async fn an_object_that_changed_or_went_meanwhile_is_no_failure() {
    for answer in [CHANGED, GONE, (416, &[], "")] {
        assert_eq!(first_bytes(answer).await, Ok(FirstBytes::Changed), "{}", answer.0);
    }
    assert_eq!(first_bytes(ARCHIVED).await, Ok(FirstBytes::Archived));
    let refused = first_bytes((403, &[], "<Error><Code>AccessDenied</Code></Error>")).await;
    assert_eq!(refused, Err("S3 answered 403: <Error><Code>AccessDenied</Code></Error>".to_owned()));
}

#[tokio::test]
async fn an_incomplete_answer_is_a_failure() {
    for missing in ["content-length", "etag", "last-modified"] {
        let headers: Vec<_> = OBJECT.1.iter().copied().filter(|(name, _)| *name != missing).collect();
        let error = head((200, headers.leak(), "")).await.expect_err("incomplete");
        assert!(error.starts_with("S3's answer is not complete"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn failures_of_s3_are_tried_again_with_a_new_signature() {
    let connection = FakeConnection::new([UNAVAILABLE, UNAVAILABLE, OBJECT]);
    assert_eq!(connection.index().s3.head(&key(KEY)).await, Ok(Found::Object(object())));
    let requests = connection.requests();
    assert_eq!(requests.len(), 3);
    let signed = |request: &crate::test_support::Request| {
        request.headers.iter().filter(|header| header.starts_with("authorization")).count()
    };
    assert!(requests.iter().all(|request| signed(request) == 1));

    let connection = FakeConnection::new([UNAVAILABLE; 4]);
    let error = connection.index().s3.head(&key(KEY)).await.expect_err("three tries");
    assert!(error.contains("S3 answered 503"), "{error}");
    assert_eq!(connection.requests().len(), 3);
}
