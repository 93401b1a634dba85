//! The indexer itself, run by a Lambda runtime API of these tests, so that they decide which events it gets and when.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use gallery_deploy::architecture::Architecture;
use gallery_deploy::bundle;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Folder;

/// A running indexer that waits for events. It ends when this is dropped.
#[derive(Debug)]
pub struct Lambda {
    api: Arc<Api>,
    events: UnboundedSender<(String, Bytes)>,
    server: JoinHandle<()>,
    /// Killed when it is dropped.
    _program: Child,
    _folder: Folder,
    runtime: Arc<Runtime>,
}

/// What became of an event: what the function returned, or its error.
type Outcome = Result<String, String>;

#[derive(Debug)]
struct Api {
    next: tokio::sync::Mutex<UnboundedReceiver<(String, Bytes)>>,
    /// Who waits for the outcome of a request, by its id.
    waiting: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
}

impl Lambda {
    /// Starts the indexer that travels inside the program, with nothing but these variables.
    pub(crate) fn start(runtime: &Arc<Runtime>, variables: &[(String, String)]) -> Self {
        let folder = Folder::new();
        let program = folder.write("bootstrap", bundle::indexer(Architecture::X86_64).unwrap().program().unwrap());
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let (events, next) = unbounded_channel();
        let api = Arc::new(Api { next: tokio::sync::Mutex::new(next), waiting: Mutex::default() });
        let (server, child) = runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let address = listener.local_addr().unwrap().to_string();
            let server = tokio::spawn(serve(Arc::clone(&api), listener));
            let child = Command::new(program)
                .env_clear()
                .envs(variables.iter().map(|(name, value)| (name, value)))
                .env("AWS_LAMBDA_RUNTIME_API", address)
                .env("AWS_LAMBDA_FUNCTION_NAME", "indexer")
                .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
                .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
                .env("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/indexer")
                .env("AWS_LAMBDA_LOG_STREAM_NAME", "test")
                .stdin(Stdio::null())
                // Its log: what it says is told by its answers, too.
                .stdout(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .unwrap();
            (server, child)
        });
        Self { api, events, server, _program: child, _folder: folder, runtime: Arc::clone(runtime) }
    }

    /// Gives it an event and waits for the outcome.
    ///
    /// # Errors
    /// The function's own: Lambda would deliver the event again.
    pub fn invoke(&self, event: &Value) -> Outcome {
        static REQUESTS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let id = format!("request-{}", REQUESTS.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        let (sender, receiver) = oneshot::channel();
        self.api.waiting.lock().unwrap().insert(id.clone(), sender);
        self.events.send((id, event.to_string().into())).unwrap();
        self.runtime.block_on(receiver).unwrap()
    }
}

impl Drop for Lambda {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(api: Arc<Api>, listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let api = Arc::clone(&api);
        let answer = service_fn(move |request| answer(Arc::clone(&api), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

/// "Using the Lambda runtime API for custom runtimes" in Lambda's developer guide.
async fn answer(api: Arc<Api>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let respond = |status: StatusCode, body: Bytes| Response::builder().status(status).body(Full::new(body)).unwrap();
    let mut parts = path.trim_start_matches("/2018-06-01/runtime/").split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("invocation"), Some("next"), None) => {
            let Some((id, event)) = api.next.lock().await.recv().await else {
                return Ok(respond(StatusCode::GONE, Bytes::new()));
            };
            let mut response = respond(StatusCode::OK, event);
            let headers = [
                ("lambda-runtime-aws-request-id", id.as_str()),
                // In the year 2100.
                ("lambda-runtime-deadline-ms", "4102444800000"),
                ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-central-1:000000000000:function:indexer"),
            ];
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            Ok(response)
        }
        (Some("invocation"), Some(id), Some(outcome)) => {
            let text = String::from_utf8_lossy(&body).into_owned();
            let outcome = if outcome == "response" { Ok(text) } else { Err(text) };
            let waiting = api.waiting.lock().unwrap().remove(id).unwrap();
            waiting.send(outcome).unwrap();
            Ok(respond(StatusCode::ACCEPTED, Bytes::new()))
        }
        other => panic!("{other:?}: {}", String::from_utf8_lossy(&body)),
    }
}
