//! Plain HTTP as a browser sends it: no signature, names below `localhost` are this machine.

use std::io::Read as _;
use std::sync::Arc;

use flate2::read::GzDecoder;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::header::{CONTENT_ENCODING, HOST};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::Runtime;

/// A client for requests that nobody signs.
#[derive(Debug, Clone)]
pub struct Http {
    runtime: Arc<Runtime>,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// What a server answered, decompressed.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Http {
    pub(crate) fn new(runtime: Arc<Runtime>) -> Self {
        Self { runtime, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// GET `url`, whose host is an address or a name below `localhost`.
    pub fn get(&self, url: &str) -> Answer {
        self.send(Method::GET, url, &[])
    }

    /// A request without a body.
    pub fn send(&self, method: Method, url: &str, headers: &[(&str, &str)]) -> Answer {
        self.send_body(method, url, headers, "")
    }

    /// A request with a body.
    pub fn send_body(&self, method: Method, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let url: Uri = url.parse().unwrap();
        let authority = url.authority().unwrap().clone();
        let path = url.path_and_query().unwrap();
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://127.0.0.1:{}{path}", authority.port_u16().unwrap()))
            .header(HOST, authority.as_str());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.to_owned())).unwrap();
        self.runtime.block_on(async {
            let (parts, body) = self.client.request(request).await.unwrap().into_parts();
            let mut body = body.collect().await.unwrap().to_bytes();
            if parts.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip") {
                let mut plain = Vec::new();
                GzDecoder::new(&body[..]).read_to_end(&mut plain).unwrap();
                body = plain.into();
            }
            Answer { status: parts.status, headers: parts.headers, body }
        })
    }
}

impl Answer {
    /// A header's value; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}
