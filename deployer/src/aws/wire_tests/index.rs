//! A row whose image the listing did not have: S3 may have it by now and yet miss it for a moment (S11).

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use gallery_index::Accepted;
use serde_json::{Value, json};

use super::super::alone::Silent;
use super::super::index::{Counts, Mode, reindex};
use super::super::{Access, Aws, Reach};
use super::with_client;
use crate::error::Error;
use crate::resource::index::Index;

const KEY: &str = "images/rome/a.gif";

/// A bucket whose listing was read before an image was put, if one was, and a table in which its row stands already.
#[derive(Debug, Default)]
struct Bucket {
    is_put: bool,
    /// So many looks at the image find nothing.
    misses: usize,
    calls: Vec<&'static str>,
    written: Option<Value>,
}

impl Bucket {
    /// Status and body.
    fn answer(&mut self, request: &HttpRequest) -> (u16, String) {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let body = request.body().bytes().unwrap_or_default();
        let (call, answer) = match request.method() {
            "POST" if target.ends_with(".Query") => ("Query", (200, json!({ "Items": [row()] }).to_string())),
            "POST" => {
                self.written = Some(serde_json::from_slice::<Value>(body).unwrap()["Item"].take());
                ("PutItem", (200, "{}".to_owned()))
            }
            "HEAD" if !self.is_put => ("HEAD", (404, String::new())),
            "HEAD" if self.misses > 0 => {
                self.misses -= 1;
                ("HEAD", (404, String::new()))
            }
            "HEAD" => ("HEAD", (200, String::new())),
            "GET" if !request.uri().contains("list-type=2") => ("GET", (206, "GIF89a\x1e\0\x14\0\0\0\0\0\0\0\0\0".to_owned())),
            // That of the whole gallery is older than the image.
            "GET" if request.uri().contains("a.gif") && self.is_put => ("list", (200, listing(KEY))),
            "GET" => ("list", (200, listing(""))),
            other => panic!("{other} {}", request.uri()),
        };
        self.calls.push(call);
        answer
    }
}

fn row() -> Value {
    json!({
        "gallery": { "S": "rome" }, "file_path": { "S": KEY }, "rev": { "N": "4" }, "size": { "N": "18" }, "etag": { "S": "abc" },
        "uploaded_at": { "S": "2026-03-14T09:26:53Z" }, "media_type": { "S": "image/gif" }, "version": { "S": "v1" },
    })
}

fn listing(key: &str) -> String {
    let contents = format!(
        "<Contents><Key>{key}</Key><LastModified>2026-03-14T09:26:53.000Z</LastModified><ETag>\"abc\"</ETag><Size>18</Size></Contents>"
    );
    let contents = if key.is_empty() { "" } else { &contents };
    format!("<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>")
}

#[derive(Debug, Clone, Default)]
struct Shared(Arc<Mutex<Bucket>>);

impl HttpConnector for Shared {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, body) = self.0.lock().unwrap().answer(&request);
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        if request.method() == "HEAD" && status == 200 {
            for (name, value) in
                [("content-length", "18"), ("etag", "\"abc\""), ("last-modified", "Sat, 14 Mar 2026 09:26:53 GMT")]
            {
                response.headers_mut().insert(name, value);
            }
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// What a repair of the gallery comes to, the calls that it made for the row, and what it wrote.
async fn repaired(is_put: bool, misses: usize) -> (Result<Counts, Error>, Vec<&'static str>, Option<Value>) {
    let bucket = Shared::default();
    *bucket.0.lock().unwrap() = Bucket { is_put, misses, ..Bucket::default() };
    let connector = bucket.clone();
    let client = http_client_fn(move |_, _| SharedHttpConnector::new(connector.clone()));
    let aws = Aws::new(with_client("us-west-2", client), Access::ReadWrite, false, &Reach::default());
    let accepted = Accepted { types: vec!["image/gif".to_owned()], max_size: 100 };
    let index = Index { bucket: "b".to_owned(), table: "t".to_owned(), accepted };
    let counts = reindex(&aws, &index, Some("rome"), Mode::Repair, &Silent).await;
    let Bucket { calls, written, .. } = std::mem::take(&mut *bucket.0.lock().unwrap());
    // The first two are the listing and the query of the gallery.
    (counts, calls[2..].to_vec(), written)
}

#[tokio::test(start_paused = true)]
async fn a_row_is_hidden_when_neither_a_look_nor_a_listing_finds_its_image() {
    let (counts, calls, written) = repaired(false, 0).await;
    assert_eq!(counts.unwrap().repaired, 1);
    assert_eq!(calls, ["HEAD", "list", "PutItem"]);
    assert_eq!(written.unwrap()["hidden"]["S"], "deleted");
}

#[tokio::test(start_paused = true)]
async fn an_image_that_came_after_the_listing_and_is_missed_for_a_moment_is_not_hidden() {
    let (counts, calls, written) = repaired(true, 2).await;
    assert_eq!(counts.unwrap().repaired, 1);
    assert_eq!(calls, ["HEAD", "list", "HEAD", "list", "HEAD", "GET", "PutItem"]);
    let written = written.unwrap();
    assert_eq!((&written["hidden"], &written["rev"]["N"], &written["width"]["N"]), (&Value::Null, &json!("5"), &json!("30")));

    // Missed for longer than anybody waits: the row stays as it is.
    let (counts, _, written) = repaired(true, usize::MAX).await;
    assert!(matches!(counts, Err(Error::IndexIncomplete { failed: 1 })), "{counts:?}");
    assert_eq!(written, None);
}
