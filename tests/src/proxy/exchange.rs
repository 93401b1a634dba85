//! One call on its way, as rules see it, and the way to the local AWS.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::task::block_in_place;

use super::Call;
use super::answer::Answer;
use super::classify::{form_field, header, scope};
use super::serve::Body;

/// A call and everything of it that is at hand.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) call: &'a Call,
    pub(crate) parts: &'a Parts,
    /// Empty for `PutObject`, `UploadPart` and `PostObject`, whose bodies are streamed.
    pub(crate) body: &'a Bytes,
    upstream: &'a Upstream,
    /// A rule has done something that shows in no answer to this call.
    struck: AtomicBool,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(call: &'a Call, parts: &'a Parts, body: &'a Bytes, upstream: &'a Upstream) -> Self {
        Self { call, parts, body, upstream, struck: AtomicBool::new(false) }
    }

    /// Says that a rule has done something that shows in no answer to this call.
    pub(crate) fn strike(&self) {
        self.struck.store(true, Ordering::Relaxed);
    }

    /// Whether a rule has said so since this was last asked.
    pub(super) fn was_struck(&self) -> bool {
        self.struck.swap(false, Ordering::Relaxed)
    }

    /// Whether this is `service:Operation`.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.call.is(name)
    }

    /// The body of a call to DynamoDB, CloudWatch Logs or Lambda; `Null` if it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(self.body).unwrap_or_default()
    }

    /// A parameter of a call to IAM or STS.
    pub(crate) fn form(&self, name: &str) -> Option<String> {
        form_field(self.body, name)
    }

    /// A header's value; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        header(&self.parts.headers, name)
    }

    /// A parameter of the query; empty for one without a value.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let pairs = self.parts.uri.query()?.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let (_, value) = pairs.into_iter().find(|(field, _)| *field == name)?;
        Some(percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned())
    }

    /// The region that the signature names; `us-east-1` for what is not signed.
    pub(crate) fn region(&self) -> &str {
        scope(self.parts).nth(2).unwrap_or("us-east-1")
    }

    /// The access key that signed; empty for what is not signed.
    pub(crate) fn access_key(&self) -> &str {
        scope(self.parts).next().unwrap_or_default()
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(self.body).unwrap_or_default()
    }

    /// Asks the local AWS something else in the same region, as its root user, past all rules and unseen by the log. `path` with query; for a JSON service, `target`
    /// is the value of `x-amz-target`.
    ///
    /// # Panics
    /// The local AWS does not answer.
    pub(crate) fn ask(&self, service: &str, method: Method, path: &str, target: Option<&str>, body: &str) -> Answer {
        // The local AWS takes the key `test` for the root user and checks no signature of it.
        let credential = format!("AWS4-HMAC-SHA256 Credential=test/20260101/{}/{service}/aws4_request", self.region());
        let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1");
        request = request.header(AUTHORIZATION, format!("{credential}, SignedHeaders=host, Signature=0"));
        request = match target {
            Some(target) => request.header("x-amz-target", target).header("content-type", "application/x-amz-json-1.1"),
            None if service == "iam" || service == "sts" => request.header("content-type", "application/x-www-form-urlencoded"),
            None => request,
        };
        let request = request.body(full(Bytes::copy_from_slice(body.as_bytes()))).unwrap();
        let Upstream { asking, .. } = self.upstream;
        let answer = async { buffered(self.upstream.send_by(asking, request).await.unwrap()).await.unwrap() };
        block_in_place(|| ASKING.block_on(answer))
    }
}

/// Drives what rules ask. A rule may hold a lock while it asks, and whoever serves other calls may wait for that lock.
static ASKING: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_multi_thread().worker_threads(1).thread_name("asking").enable_all().build().expect("a thread"));

/// The local AWS behind the proxy.
#[derive(Debug)]
pub(super) struct Upstream {
    port: u16,
    client: Client<HttpConnector, Body>,
    /// Its connections live where [`ASKING`] drives them.
    asking: Client<HttpConnector, Body>,
}

impl Upstream {
    pub(super) fn new(port: u16) -> Self {
        let client = || Client::builder(TokioExecutor::new()).build_http();
        Self { port, client: client(), asking: client() }
    }

    /// Forwards a request as it is, so that its signature stays valid.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<hyper::body::Incoming>, Error> {
        self.send_by(&self.client, request).await
    }

    async fn send_by(
        &self,
        client: &Client<HttpConnector, Body>,
        request: Request<Body>,
    ) -> Result<Response<hyper::body::Incoming>, Error> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        parts.uri = format!("http://127.0.0.1:{}{path}", self.port).parse::<Uri>().expect("a path that was a path");
        client.request(Request::from_parts(parts, body)).await
    }
}

pub(super) fn full(bytes: Bytes) -> BoxBody<Bytes, hyper::Error> {
    Full::new(bytes).map_err(|never| match never {}).boxed()
}

/// The whole of an answer.
pub(super) async fn buffered(response: Response<hyper::body::Incoming>) -> Result<Answer, hyper::Error> {
    let (parts, body) = response.into_parts();
    Ok(Answer::new(parts, body.collect().await?.to_bytes()))
}
