//! The `aws` command line, which knows nothing of this project: what it reads is what is there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use gallery_deploy::local::python::Environment;
use serde_json::Value;
use tokio::runtime::Runtime;

const AWSCLI: Environment<'_> = Environment { name: "awscli-1.46.3", requirements: include_str!("../awscli/requirements.txt") };

/// An access key.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: String,
    pub secret: String,
}

/// The command line, pointed at one endpoint, with one key or none.
#[derive(Debug, Clone)]
pub struct Aws {
    python: PathBuf,
    home: PathBuf,
    endpoint: String,
    region: String,
    key: Option<Key>,
}

/// Why a call failed: the code in brackets (`AccessDenied`; `403` for calls whose answer has no body) and the whole text.
#[derive(Debug)]
pub struct Refusal {
    pub code: String,
    pub text: String,
}

impl Aws {
    pub(crate) fn new(runtime: &Runtime, home: &Path, endpoint: &str, region: &str, key: Key) -> Self {
        static PYTHON: OnceLock<PathBuf> = OnceLock::new();
        // The installation itself waits for others that install the same, in this process or another.
        let python = PYTHON.get_or_init(|| {
            let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools");
            runtime.block_on(AWSCLI.ensure(&tools, &|_| {})).unwrap()
        });
        Self {
            python: python.clone(),
            home: home.to_owned(),
            endpoint: endpoint.to_owned(),
            region: region.to_owned(),
            key: Some(key),
        }
    }

    /// The same with another key.
    #[must_use]
    pub fn with_key(&self, key: &Key) -> Self {
        Self { key: Some(key.clone()), ..self.clone() }
    }

    /// The same without a signature.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self { key: None, ..self.clone() }
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
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        if status.success() {
            let text = String::from_utf8(stdout).unwrap();
            return Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) });
        }
        let text = String::from_utf8(stderr).unwrap();
        // "An error occurred (CODE) when calling the OPERATION operation: MESSAGE"
        let code = text.split_once("error occurred (").and_then(|(_, rest)| rest.split_once(')')).map_or("", |(code, _)| code);
        Err(Refusal { code: code.to_owned(), text: text.trim().to_owned() })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.python);
        command
            .args(["-I", "-m", "awscli"])
            .args(arguments)
            .args(["--region", &self.region, "--endpoint-url", &self.endpoint])
            .current_dir(&self.home)
            .env_clear()
            .env("HOME", &self.home)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_PAGER", "")
            // Keys are given in UTF-8.
            .env("LANG", "C.UTF-8")
            .env("PYTHONUTF8", "1")
            .stdin(Stdio::null());
        match &self.key {
            Some(key) => command.env("AWS_ACCESS_KEY_ID", &key.id).env("AWS_SECRET_ACCESS_KEY", &key.secret),
            None => command.arg("--no-sign-request"),
        };
        command
    }
}
