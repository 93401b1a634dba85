//! The way of one request through the proxy.
//!
//! A request is read, classified (what call is this?), recorded, held or struck by a fault where that is switched on, shown to the rules, forwarded;
//! its answer goes back the same way. Host header and path go on unchanged, so that signatures stay valid; objects are streamed.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::BodyExt;
use http_body_util::combinators::BoxBody;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::sleep;

use super::classify::{self, classify};
use super::cut::{Cut, Passage};
use super::exchange::{Exchange, Upstream, buffered, full};
use super::faults::{Fault, Faults};
use super::log::Log;
use super::rounds::Rounds;
use super::rules::Active;
use super::{Call, Hesitation, s3};

pub(super) type Body = BoxBody<Bytes, hyper::Error>;

/// What a running proxy knows and does.
pub(super) struct Core {
    pub(super) log: Log,
    pub(super) faults: Faults,
    /// In the order of their places.
    pub(super) rules: Mutex<Vec<Active>>,
    pub(super) cut: Mutex<Option<Arc<Cut>>>,
    /// Added to the way there and back.
    pub(super) round_trip: Mutex<Duration>,
    pub(super) hesitation: Mutex<Option<Hesitation>>,
    pub(super) rounds: Mutex<Option<Arc<Rounds>>>,
    pub(super) upstream: Upstream,
}

/// What becomes of a call.
enum Fate {
    Answered(Response<Body>),
    /// The connection closes without an answer.
    Lost,
    /// The same with RST.
    Reset,
}

/// Ends a connection without an answer.
#[derive(Debug)]
struct NoAnswer;

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer, on purpose")
    }
}

impl std::error::Error for NoAnswer {}

/// Serves every connection until the task is ended.
pub(super) async fn serve(core: Arc<Core>, listener: TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let Ok((stream, twin)) = twins(stream) else { continue };
        let core = Arc::clone(&core);
        let service = service_fn(move |request| {
            let (core, twin) = (Arc::clone(&core), Arc::clone(&twin));
            async move {
                // A task of its own: a call that AWS has begun is not given up because the caller is gone.
                match tokio::spawn(async move { core.exchange(request).await }).await {
                    Ok(Fate::Answered(response)) => Ok(response),
                    Ok(Fate::Lost) => Err(NoAnswer),
                    Ok(Fate::Reset) => {
                        twin.set_zero_linger().ok();
                        Err(NoAnswer)
                    }
                    Err(error) => Ok(broken(&format!("a rule failed: {error}"))),
                }
            }
        });
        // A connection that the other side breaks off is nothing to report.
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// The same connection twice: one to serve, one to set its options while it is served.
fn twins(stream: TcpStream) -> std::io::Result<(TcpStream, Arc<TcpStream>)> {
    stream.set_nodelay(true)?;
    let stream = stream.into_std()?;
    let twin = stream.try_clone()?;
    Ok((TcpStream::from_std(stream)?, Arc::new(TcpStream::from_std(twin)?)))
}

impl Core {
    async fn exchange(&self, request: Request<Incoming>) -> Fate {
        let (parts, body) = request.into_parts();
        let service = classify::service(&parts);
        let mut call = if service == "s3" { s3::classify(&parts) } else { Call::new(service, "", "") };
        let (bytes, body) = if call.sends_an_object() {
            (Bytes::new(), body.boxed())
        } else {
            let Ok(bytes) = body.collect().await.map(http_body_util::Collected::to_bytes) else { return Fate::Lost };
            (bytes.clone(), full(bytes))
        };
        if service != "s3" {
            // What is called stands in the body.
            call = classify(service, &parts, &bytes);
        }
        // What is released once the call is in the log is released for it, too.
        let releases = self.faults.releases();
        self.log.start(&mut call);
        let rounds = self.rounds.lock().unwrap().clone();
        if let Some(rounds) = &rounds {
            rounds.hold().await;
        }
        let half_way = *self.round_trip.lock().unwrap() / 2;
        let hesitation = self.hesitation.lock().unwrap().as_mut().map(Hesitation::next);
        sleep(half_way + hesitation.unwrap_or_default()).await;

        let cut = self.cut.lock().unwrap().clone();
        let passage = cut.as_ref().map_or(Passage::Through, |cut| cut.passage());
        if let Some(cut) = cut.as_ref().filter(|_| passage == Passage::Held) {
            cut.over().await;
            return Fate::Lost;
        }
        let exchange = Exchange::new(&call, &parts, &bytes, &self.upstream);
        let fate = self.answer(&exchange, Request::from_parts(parts.clone(), body), releases).await;
        sleep(half_way).await;
        if let Some(rounds) = &rounds {
            rounds.answered();
        }
        self.log.end(&call, if let Fate::Answered(response) = &fate { Some(response.status()) } else { None });
        if let Some(cut) = &cut {
            cut.ended();
            if passage == Passage::Last {
                cut.over().await;
                return Fate::Lost;
            }
        }
        fate
    }

    /// The answer of a fault, of a rule or of the local AWS.
    async fn answer(&self, exchange: &Exchange<'_>, request: Request<Body>, mut releases: watch::Receiver<usize>) -> Fate {
        let fault = self.faults.strike(exchange.call);
        match fault {
            Some(Fault::LostBefore) => return Fate::Lost,
            Some(Fault::Reset) => return Fate::Reset,
            _ => {}
        }
        let method = &exchange.parts.method;
        if let Some(answer) = fault.and_then(|fault| fault.answer(exchange.call)) {
            return Fate::Answered(answer.into_response(method));
        }
        let rules = self.rules.lock().unwrap().clone();
        let response = match rules.iter().find_map(|rule| rule.before(exchange)) {
            Some(answer) => answer.into_response(method),
            None => match self.upstream.send(request).await {
                Ok(response) if exchange.is("s3:GetObject") && response.status().is_success() => response.map(BodyExt::boxed),
                Ok(response) => match buffered(response).await {
                    Ok(answer) => {
                        rules.iter().rev().fold(answer, |answer, rule| rule.after(exchange, answer)).into_response(method)
                    }
                    Err(error) => broken(&error.to_string()),
                },
                Err(error) => broken(&error.to_string()),
            },
        };
        match fault {
            Some(Fault::LostAfter) => return Fate::Lost,
            Some(Fault::Delayed(by)) => sleep(by).await,
            Some(Fault::Held) => releases.changed().await.expect("the sender lives as long as the proxy"),
            _ => {}
        }
        Fate::Answered(response)
    }
}

fn broken(reason: &str) -> Response<Body> {
    let mut response = Response::new(full(Bytes::copy_from_slice(reason.as_bytes())));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core")
            .field("log", &self.log)
            .field("faults", &self.faults)
            .field("cut", &self.cut)
            .finish_non_exhaustive()
    }
}
