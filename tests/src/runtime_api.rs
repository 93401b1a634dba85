//! A Lambda runtime API: a function that runs under it gets the events that a test gives it, when it gives them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustix::process::{Pid, Signal};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{oneshot, watch};

use crate::Folder;

/// A program that runs as Lambda would run it. It handles one event at a time, and is killed when this is dropped.
#[derive(Debug)]
pub struct Function {
    /// First, so that it is killed before it notices that its API is gone.
    child: tokio::sync::Mutex<Child>,
    api: Arc<Api>,
    events: UnboundedSender<Event>,
    pid: u32,
    spawned: Instant,
    /// Holds its standard output.
    folder: Folder,
    runtime: Runtime,
}

/// How the function ended with one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// What it returned, as JSON, or the JSON of its error: then Lambda would deliver the event again.
    pub outcome: Result<String, String>,
    /// From the moment at which the event was sent to it until the whole outcome was there.
    pub took: Duration,
    /// As its log names it.
    pub request_id: String,
}

#[derive(Debug)]
struct Event {
    request_id: String,
    body: Bytes,
    /// When Lambda would end the function: milliseconds since 1970.
    deadline: u64,
}

/// What both ends of the API share.
#[derive(Debug)]
struct Api {
    next: tokio::sync::Mutex<UnboundedReceiver<Event>>,
    /// By request id: since when it is being handled, and who waits for the outcome.
    waiting: Mutex<HashMap<String, Waiting>>,
    /// When the function asked for its first event.
    first_poll: watch::Sender<Option<Instant>>,
    /// Why the function could not start.
    init_error: OnceLock<String>,
}

#[derive(Debug)]
struct Waiting {
    sent: Option<Instant>,
    outcome: oneshot::Sender<Invocation>,
}

impl Function {
    /// Starts `program` with these variables, those that Lambda sets itself, and no others.
    pub fn start(program: &Path, arguments: &[&str], variables: &[(String, String)]) -> Self {
        // Of its own, so that a function can be had without a `World`.
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let folder = Folder::new();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let (events, next) = unbounded_channel();
        let api = Arc::new(Api {
            next: tokio::sync::Mutex::new(next),
            waiting: Mutex::default(),
            first_poll: watch::Sender::new(None),
            init_error: OnceLock::new(),
        });
        let (spawned, child) = runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let mut command = Command::new(program);
            command
                .args(arguments)
                .env_clear()
                .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr().unwrap().to_string())
                .env("AWS_LAMBDA_FUNCTION_NAME", "function")
                .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
                .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
                .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function")
                .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
                .envs(variables.iter().map(|(name, value)| (name, value)))
                .stdin(Stdio::null())
                .stdout(log)
                .kill_on_drop(true);
            tokio::spawn(serve(Arc::clone(&api), listener));
            (Instant::now(), command.spawn().unwrap())
        });
        let pid = child.id().unwrap();
        Self { child: tokio::sync::Mutex::new(child), api, events, pid, spawned, folder, runtime }
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits until it asks for its first event; how long after its start that was.
    ///
    /// # Panics
    /// It ends before that.
    pub fn first_poll(&self) -> Duration {
        let mut first_poll = self.api.first_poll.subscribe();
        let polled = async { first_poll.wait_for(Option::is_some).await.unwrap().unwrap() };
        self.unless_it_ends(polled).duration_since(self.spawned)
    }

    /// Gives it an event, after those that others have given it, and waits for the outcome.
    ///
    /// # Panics
    /// It ends instead.
    pub fn invoke(&self, event: &Value) -> Invocation {
        // In the year 2100: the tests end what takes too long.
        self.invoke_until(event, 4_102_444_800_000)
    }

    /// The same where Lambda gives it only so much time.
    ///
    /// # Panics
    /// It ends instead.
    pub fn invoke_within(&self, event: &Value, time: Duration) -> Invocation {
        let deadline = (SystemTime::now() + time).duration_since(UNIX_EPOCH).unwrap();
        self.invoke_until(event, u64::try_from(deadline.as_millis()).unwrap())
    }

    fn invoke_until(&self, event: &Value, deadline: u64) -> Invocation {
        static REQUESTS: AtomicU64 = AtomicU64::new(1);
        let request_id = format!("request-{}", REQUESTS.fetch_add(1, Ordering::Relaxed));
        let (outcome, receiver) = oneshot::channel();
        self.api.waiting.lock().unwrap().insert(request_id.clone(), Waiting { sent: None, outcome });
        self.events.send(Event { request_id, body: event.to_string().into(), deadline }).unwrap();
        self.unless_it_ends(async { receiver.await.unwrap() })
    }

    /// What it has written to its standard output, a line each. A line is there before the outcome of its event.
    pub fn log(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        log.lines().map(str::to_owned).collect()
    }

    /// Ends it as Lambda does, and what it was started by, if that is another program, which measures it.
    pub fn end(self) {
        let pid = Pid::from_raw(i32::try_from(innermost(self.pid)).unwrap()).unwrap();
        rustix::process::kill_process(pid, Signal::TERM).unwrap();
        self.runtime.block_on(async { self.child.lock().await.wait().await.unwrap() });
    }

    fn unless_it_ends<T>(&self, waited_for: impl Future<Output = T>) -> T {
        let ended = async { self.child.lock().await.wait().await.unwrap() };
        self.runtime.block_on(async {
            tokio::select! {
                biased;
                value = waited_for => value,
                status = ended => {
                    let why = self.api.init_error.get().map_or("", String::as_str);
                    panic!("the function ended: {status} {why}\n{}", self.log().join("\n"));
                }
            }
        })
    }
}

/// The process itself, or the last of those that were started one by the other.
fn innermost(pid: u32) -> u32 {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    children.split_whitespace().next().map_or(pid, |child| innermost(child.parse().unwrap()))
}

async fn serve(api: Arc<Api>, listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let api = Arc::clone(&api);
        let answer = service_fn(move |request| answer(Arc::clone(&api), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

/// "Using the Lambda runtime API for custom runtimes" in Lambda's developer guide.
async fn answer(api: Arc<Api>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let path: Vec<&str> = path.trim_start_matches("/2018-06-01/runtime/").split('/').collect();
    Ok(match path[..] {
        ["invocation", "next"] => api.next().await,
        ["invocation", request_id, "response"] => api.ended(request_id, Ok(text(&body))),
        ["invocation", request_id, "error"] => api.ended(request_id, Err(text(&body))),
        // The function says why it cannot start, and ends.
        ["init", "error"] => {
            api.init_error.set(text(&body)).ok();
            respond(StatusCode::ACCEPTED, Bytes::new())
        }
        _ => respond(StatusCode::NOT_FOUND, Bytes::new()),
    })
}

impl Api {
    async fn next(&self) -> Response<Full<Bytes>> {
        let now = Instant::now();
        self.first_poll.send_if_modified(|first| first.is_none() && first.replace(now).is_none());
        let Some(Event { request_id, body, deadline }) = self.next.lock().await.recv().await else {
            return respond(StatusCode::GONE, Bytes::new());
        };
        let headers = [
            ("lambda-runtime-aws-request-id", request_id.as_str()),
            ("lambda-runtime-deadline-ms", &deadline.to_string()),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:000000000000:function:function"),
            ("content-type", "application/json"),
        ];
        let mut response = respond(StatusCode::OK, body);
        for (name, value) in headers {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        if let Some(waiting) = self.waiting.lock().unwrap().get_mut(&request_id) {
            waiting.sent = Some(Instant::now());
        }
        response
    }

    fn ended(&self, request_id: &str, outcome: Result<String, String>) -> Response<Full<Bytes>> {
        let now = Instant::now();
        let Some(Waiting { sent: Some(sent), outcome: waiting }) = self.waiting.lock().unwrap().remove(request_id) else {
            return respond(StatusCode::BAD_REQUEST, Bytes::new());
        };
        let invocation = Invocation { outcome, took: now.duration_since(sent), request_id: request_id.to_owned() };
        // Nobody waits any more when a test has failed.
        waiting.send(invocation).ok();
        respond(StatusCode::ACCEPTED, Bytes::new())
    }
}

fn respond(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
