//! The page's files: what is sent along with each.

use std::sync::Arc;

use super::super::site::upload;
use super::{OK, alone, aws};
use crate::resource::site::{Headers, SiteFile};

/// An adopted bucket's default may still be KMS when the first file is sent: the public could not read it, and its ETag would be no MD5 (E1).
#[tokio::test]
async fn a_file_is_encrypted_so_that_everybody_can_read_it() {
    let headers = Headers { content_type: "text/css".into(), cache_control: "no-cache".into(), encoding: Some("gzip".into()) };
    let file = SiteFile { key: "a.css".into(), body: Arc::from(&b"a"[..]), etag: String::new(), headers };
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
