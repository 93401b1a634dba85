//! The `aws` command line, which knows nothing of this project: what it reads is what is there.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use gallery_deploy::local::python::Environment;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const AWSCLI: Environment<'_> = Environment { name: "awscli-1.46.3", requirements: include_str!("../awscli/requirements.txt") };

/// Makes calls one after the other without starting Python for each.
const SERVE: &str = include_str!("../awscli/serve.py");

/// An access key.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: String,
    pub secret: String,
}

/// A role that was taken on: its key for an hour.
#[derive(Debug, Clone)]
pub struct Session {
    pub key: Key,
    pub token: String,
}

/// The command line, pointed at one endpoint, with one key or none.
#[derive(Debug, Clone)]
pub struct Aws {
    python: PathBuf,
    endpoint: String,
    region: String,
    key: Option<Key>,
    /// With a key that a role lent.
    session_token: Option<String>,
}

/// Why a call failed: the code in brackets (`AccessDenied`; `403` for calls whose answer has no body) and the whole text.
#[derive(Debug)]
pub struct Refusal {
    pub code: String,
    pub text: String,
}

impl Aws {
    pub(crate) fn new(runtime: &Runtime, endpoint: &str, region: &str, key: Key) -> Self {
        static PYTHON: OnceLock<PathBuf> = OnceLock::new();
        // The installation itself waits for others that install the same, in this process or another.
        let python = PYTHON.get_or_init(|| {
            let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools");
            runtime.block_on(AWSCLI.ensure(&tools, &|_| {})).unwrap()
        });
        Self {
            python: python.clone(),
            endpoint: endpoint.to_owned(),
            region: region.to_owned(),
            key: Some(key),
            session_token: None,
        }
    }

    /// The same at another endpoint.
    #[must_use]
    pub fn at(&self, endpoint: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), ..self.clone() }
    }

    /// The same in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self.clone() }
    }

    /// The same with another key.
    #[must_use]
    pub fn with_key(&self, key: &Key) -> Self {
        Self { key: Some(key.clone()), session_token: None, ..self.clone() }
    }

    /// The same as a role.
    #[must_use]
    pub fn as_role(&self, session: &Session) -> Self {
        Self { key: Some(session.key.clone()), session_token: Some(session.token.clone()), ..self.clone() }
    }

    /// The same without a signature.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self { key: None, session_token: None, ..self.clone() }
    }

    /// What a call answers; `Null` for nothing, and what is not JSON (`aws s3`) as a string.
    ///
    /// # Panics
    /// The call fails.
    #[track_caller]
    pub fn call(&self, arguments: &[&str]) -> Value {
        self.attempt(arguments).unwrap_or_else(|refusal| panic!("`aws {}`: {}", arguments.join(" "), refusal.text))
    }

    /// What a call answers, or why it failed.
    ///
    /// # Errors
    /// The call failed.
    pub fn attempt(&self, arguments: &[&str]) -> Result<Value, Refusal> {
        let place = ["--region", &self.region, "--endpoint-url", &self.endpoint];
        let key = self.key.as_ref().map(|key| [Some(&key.id), Some(&key.secret), self.session_token.as_ref()]);
        let call = json!({ "arguments": ([arguments, &place].concat()), "key": key });
        let warm = WARM.lock().unwrap().pop();
        let mut process = warm.unwrap_or_else(|| Process::start(&self.python));
        let ended = process.call(&call);
        WARM.lock().unwrap().push(process);

        let text = |name: &str| ended[name].as_str().unwrap().to_owned();
        if ended["code"] == 0 {
            let text = text("stdout");
            return Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) });
        }
        let text = text("stderr");
        // "An error occurred (CODE) when calling the OPERATION operation: MESSAGE"
        let code = text.split_once("error occurred (").and_then(|(_, rest)| rest.split_once(')')).map_or("", |(code, _)| code);
        Err(Refusal { code: code.to_owned(), text: text.trim().to_owned() })
    }
}

/// Processes that have nothing to do. They end with the tests: their standard input closes.
static WARM: Mutex<Vec<Process>> = Mutex::new(Vec::new());

/// A running command line; it makes one call at a time.
#[derive(Debug)]
struct Process {
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    _child: Child,
}

impl Process {
    fn start(python: &Path) -> Self {
        let mut child = Command::new(python)
            .args(["-I", "-c", SERVE])
            .env_clear()
            // Nothing of the user's own.
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_PAGER", "")
            // Keys are given in UTF-8.
            .env("LANG", "C.UTF-8")
            .env("PYTHONUTF8", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self { stdin: child.stdin.take().unwrap(), stdout: BufReader::new(child.stdout.take().unwrap()), _child: child }
    }

    fn call(&mut self, call: &Value) -> Value {
        writeln!(self.stdin, "{call}").unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("the `aws` command line broke off: {error}"))
    }
}
