//! A reverse proxy before the local AWS that records every call.
//!
//! A request passes through four steps: it is read, it is classified (what call is this?), it is recorded, it is forwarded. Host header
//! and path go on unchanged, so that signatures stay valid; bodies of objects are streamed.

mod call;
mod classify;
mod s3;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use self::call::{Call, Kind};

type Body = BoxBody<Bytes, hyper::Error>;

/// A running proxy; it ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    log: Arc<Log>,
    server: JoinHandle<()>,
}

/// What was called since the last [`Proxy::reset`].
#[derive(Debug)]
struct Log {
    calls: Mutex<Vec<Call>>,
    /// Times are measured from here.
    epoch: Instant,
}

impl Proxy {
    /// Starts a proxy on a free port before the server at `127.0.0.1:upstream`.
    pub(crate) async fn start(upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Log { calls: Mutex::default(), epoch: Instant::now() });
        let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
        let server = tokio::spawn({
            let log = Arc::clone(&log);
            async move {
                loop {
                    let Ok((stream, _)) = listener.accept().await else { continue };
                    let (log, client) = (Arc::clone(&log), client.clone());
                    let service = service_fn(move |request| handle(Arc::clone(&log), client.clone(), upstream, request));
                    // A connection that the other side breaks off is nothing to report.
                    tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
                }
            }
        });
        Self { port, log, server }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every call since the last [`Self::reset`], in the order in which they started.
    pub fn calls(&self) -> Vec<Call> {
        self.log.calls.lock().unwrap().clone()
    }

    /// Those that may change something.
    pub fn writes(&self) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.kind == Kind::Write).collect()
    }

    /// Forgets all calls.
    pub fn reset(&self) {
        self.log.calls.lock().unwrap().clear();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Log {
    /// Records the start of a call. Returns when that was, which tells calls apart.
    fn start(&self, mut call: Call) -> Duration {
        let mut calls = self.calls.lock().unwrap();
        let earliest = calls.last().map_or(Duration::ZERO, |last| last.started + Duration::from_nanos(1));
        call.started = self.epoch.elapsed().max(earliest);
        let started = call.started;
        calls.push(call);
        started
    }

    /// Records how the call that started then was answered, unless it was forgotten.
    fn end(&self, started: Duration, status: StatusCode) {
        let mut calls = self.calls.lock().unwrap();
        if let Some(call) = calls.iter_mut().find(|call| call.started == started) {
            call.status = Some(status.as_u16());
            call.ended = Some(self.epoch.elapsed());
        }
    }
}

async fn handle(
    log: Arc<Log>,
    client: Client<HttpConnector, Body>,
    upstream: u16,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let (mut parts, body) = request.into_parts();
    let service = classify::service(&parts);
    let (call, body) = if service == "s3" {
        (s3::classify(&parts), body.boxed())
    } else {
        // What is called stands in the body, which is small.
        let Ok(bytes) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
            return Ok(bad_gateway("the request broke off"));
        };
        let call = classify::classify(service, &parts, &bytes);
        (call, Full::new(bytes).map_err(|never| match never {}).boxed())
    };
    let started = log.start(call);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = match format!("http://127.0.0.1:{upstream}{path}").parse::<Uri>() {
        Ok(uri) => uri,
        Err(error) => return Ok(bad_gateway(&error.to_string())),
    };
    match client.request(Request::from_parts(parts, body)).await {
        Ok(response) => {
            log.end(started, response.status());
            Ok(response.map(BodyExt::boxed))
        }
        Err(error) => Ok(bad_gateway(&error.to_string())),
    }
}

fn bad_gateway(reason: &str) -> Response<Body> {
    let body = Full::new(Bytes::copy_from_slice(reason.as_bytes())).map_err(|never| match never {}).boxed();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}
