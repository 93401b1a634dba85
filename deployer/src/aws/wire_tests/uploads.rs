//! The page's files: what is sent along with each.

use std::fs::{self, File};
use std::path::PathBuf;

use bytes::Bytes;

use super::super::upload::upload;
use super::{Answer, NO_HEADER, OK, alone, aws};
use crate::error::Error;
use crate::resource::site::{Content, Headers, SiteFile, Source};
use crate::site_files::SiteError;

const SIZE: u64 = 2 << 20;
/// Of so many zeros.
const ETAG: &str = "b2d1236c286a3c0704224fe4105eca49";

fn file(key: &str, size: u64, content: Content) -> SiteFile {
    let headers = Headers { content_type: "text/css".into(), cache_control: "no-cache".into(), encoding: None };
    SiteFile { key: key.into(), content, size, etag: ETAG.into(), headers }
}

/// A file of [`SIZE`] zeros on the disk.
fn film(name: &str) -> (PathBuf, SiteFile) {
    let path = std::env::temp_dir().join(format!("gallery-deploy-{name}-{}", std::process::id()));
    File::create(&path).unwrap().set_len(SIZE).unwrap();
    let source = Source { path: path.clone(), origins: None, is_compressed: false };
    (path, file("film.mp4", SIZE, Content::File(source)))
}

/// An adopted bucket's default may still be KMS when the first file is sent: the public could not read it, and its ETag would be no MD5 (E1).
#[tokio::test]
async fn a_file_is_encrypted_so_that_everybody_can_read_it() {
    let mut file = file("a.css", 1, Content::Held(Bytes::from_static(b"a")));
    file.headers.encoding = Some("gzip".into());
    let (aws, replay) = aws("us-west-2", &[OK]);
    upload(&aws, "b", &[file], alone(&aws).progress()).await.expect("it is sent");
    let request = replay.actual_requests().next().expect("a write");
    for (header, value) in [
        ("x-amz-server-side-encryption", "AES256"),
        ("content-type", "text/css"),
        ("cache-control", "no-cache"),
        ("content-encoding", "gzip"),
    ] {
        assert_eq!(request.headers().get(header), Some(value));
    }
}

/// With the MD5 in its head, so that S3 refuses other bytes, and without the SDK's own framing of bodies that are not in memory: that would be
/// stored as the file's encoding where an S3 does not know it.
#[tokio::test]
async fn a_large_file_is_sent_from_the_disk() {
    let (path, file) = film("streamed");
    let (aws, replay) = aws("us-west-2", &[OK]);
    upload(&aws, "b", &[file], alone(&aws).progress()).await.expect("it is sent");
    let request = replay.actual_requests().next().expect("a write");
    assert_eq!(request.body().bytes(), None, "it is in memory");
    assert_eq!(request.body().content_length(), Some(SIZE));
    for (header, value) in [
        ("content-md5", Some("stEjbChqPAcEIk/kEF7KSQ==")),
        ("content-encoding", None),
        ("x-amz-trailer", None),
        ("x-amz-server-side-encryption", Some("AES256")),
    ] {
        assert_eq!(request.headers().get(header), value, "{header}");
    }
    fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn a_large_file_that_changes_is_refused() {
    const BAD_DIGEST: Answer = (400, NO_HEADER, "<Error><Code>BadDigest</Code><Message>no match</Message></Error>");
    const DENIED: Answer = (403, NO_HEADER, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
    let (path, file) = film("changing");
    let send = async |answers: &[Answer]| {
        let (aws, replay) = aws("us-west-2", answers);
        let result = upload(&aws, "b", std::slice::from_ref(&file), alone(&aws).progress()).await;
        (result.expect_err("it is not sent"), replay.actual_requests().count())
    };
    let is_changed = |error: &Error| matches!(error, Error::Site(SiteError::Changed { path: told }) if *told == path);
    // While it was sent; what is refused for another reason is told as that.
    let (error, calls) = send(&[BAD_DIGEST]).await;
    assert!(is_changed(&error) && calls == 1, "{error}");
    let (error, _) = send(&[DENIED]).await;
    assert!(matches!(error, Error::Aws(_)), "{error}");
    // Before.
    File::create(&path).unwrap().set_len(SIZE + 1).unwrap();
    let (error, calls) = send(&[]).await;
    assert!(is_changed(&error) && calls == 0, "{error}");
    fs::remove_file(&path).unwrap();
    let (error, _) = send(&[]).await;
    assert!(matches!(error, Error::Site(SiteError::Read { .. })), "{error}");
}
