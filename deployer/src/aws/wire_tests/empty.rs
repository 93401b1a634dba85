//! Emptying a bucket, down to the objects that are hard to delete.

use super::*;
use crate::aws::empty::delete_bucket;

const NO_UPLOADS: Answer =
    (200, NO_HEADER, "<ListMultipartUploadsResult><EncodingType>url</EncodingType></ListMultipartUploadsResult>");
const DELETED: Answer = (200, NO_HEADER, "<DeleteResult></DeleteResult>");
const GONE: Answer = (204, NO_HEADER, "");

fn versions(keys: &[&str]) -> Answer {
    let version = |key: &&str| format!("<Version><Key>{key}</Key><VersionId>v1</VersionId></Version>");
    let versions = keys.iter().map(version).collect::<String>();
    (200, NO_HEADER, format!("<ListVersionsResult><EncodingType>url</EncodingType>{versions}</ListVersionsResult>").leak())
}

/// Deletes the bucket against `answers`: what it ends with, and what was sent.
async fn deleted(answers: &[Answer]) -> (Result<(), Error>, Vec<(String, String)>) {
    let (aws, replay) = aws("us-west-2", answers);
    let end = delete_bucket(&aws, "b", None, false, alone(&aws).progress()).await;
    (end, sent(&replay))
}

/// Whoever has the page's key can put an object whose key XML cannot hold. A request that names it among others would be refused as a whole.
#[tokio::test]
async fn a_key_that_xml_cannot_hold_does_not_keep_the_bucket() {
    let listed = versions(&["images/x/%01", "images/x/a+b%2B.png"]);
    let (end, sent) = deleted(&[listed, GONE, DELETED, NO_UPLOADS, GONE]).await;
    end.expect("it is deleted");
    let single: Vec<_> = sent.iter().filter(|(call, _)| call.starts_with("DELETE") && call.contains("images")).collect();
    assert!(matches!(&single[..], [(call, _)] if call.contains("/images/x/%01?") && call.contains("versionId=v1")), "{sent:?}");
    let (_, body) = sent.iter().find(|(call, _)| call.contains("?delete")).expect("the others are deleted at once");
    assert!(body.contains("<Key>images/x/a b+.png</Key>") && !body.contains('\u{1}'), "{body}");
}

/// S17: what S3 is too busy for is sent again, and nothing else; what it refuses ends the run.
#[tokio::test(start_paused = true)]
async fn only_the_objects_that_stay_are_sent_again() {
    const SLOW: Answer = (
        200,
        NO_HEADER,
        "<DeleteResult><Error><Key>b</Key><VersionId>v1</VersionId><Code>SlowDown</Code><Message>slow</Message></Error></DeleteResult>",
    );
    const LOCKED: Answer = (
        200,
        NO_HEADER,
        "<DeleteResult><Error><Key>a</Key><VersionId>v1</VersionId><Code>SlowDown</Code></Error>\
         <Error><Key>b</Key><VersionId>v1</VersionId><Code>AccessDenied</Code></Error></DeleteResult>",
    );
    let (end, sent) = deleted(&[versions(&["a", "b"]), SLOW, NO_UPLOADS, DELETED, GONE]).await;
    end.expect("it is deleted");
    let bodies: Vec<_> =
        sent.iter().filter(|(call, _)| call.contains("?delete")).map(|(_, body)| body.matches("<Key>").count()).collect();
    assert_eq!(bodies, [2, 1]);
    let (end, sent) = deleted(&[versions(&["a", "b"]), LOCKED, NO_UPLOADS]).await;
    assert!(matches!(&end, Err(Error::Aws(error)) if error.class == crate::aws::error::Class::Denied), "{end:?}");
    assert_eq!(sent.iter().filter(|(call, _)| call.contains("?delete")).count(), 1, "{sent:?}");
}

/// S17: a bucket that somebody keeps writing to is emptied five times. Then the error names what is in it again.
#[tokio::test(start_paused = true)]
async fn a_bucket_that_fills_again_is_told_with_what_is_in_it() {
    const FILLED: Answer = (409, NO_HEADER, "<Error><Code>BucketNotEmpty</Code><Message>not empty</Message></Error>");
    let marker = "<ListVersionsResult><DeleteMarker><Key>images/rome/gone.png</Key><VersionId>v2</VersionId></DeleteMarker></ListVersionsResult>";
    for (left, named) in [
        (versions(&["images/rome/again.png", "images/rome/more.png"]), "`images/rome/again.png`"),
        ((200, NO_HEADER, marker), "`images/rome/gone.png`"),
        (versions(&[]), "no object is listed"),
    ] {
        let round = [versions(&[]), NO_UPLOADS, FILLED];
        let (end, sent) = deleted(&[&[round; 5].concat()[..], &[left]].concat()).await;
        let error = end.expect_err("it is never empty");
        assert!(error.to_string().contains(named) && error.to_string().contains("emptied 5 times"), "{error}");
        let deletions = sent.iter().filter(|(call, _)| call.starts_with("DELETE ")).count();
        assert_eq!(deletions, 5, "{sent:#?}");
    }
}
