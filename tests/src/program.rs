//! The built program and what a run of it says.

use std::future::pending;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::events;

/// No command takes longer against a local AWS, on a busy machine either.
const PATIENCE: Duration = Duration::from_secs(180);

/// `gallery-deploy` with a clean environment: nothing of the user's own AWS set-up reaches it.
#[derive(Debug, Clone)]
pub struct Program {
    binary: PathBuf,
    folder: PathBuf,
    environment: Vec<(String, String)>,
}

/// What a run left.
#[derive(Debug)]
pub struct Run {
    /// `None`: ended by a signal.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    command: String,
}

impl Program {
    /// The program, run in `folder`, which becomes its home too.
    ///
    /// # Panics
    /// It has not been built.
    pub(crate) fn new(folder: &Path) -> Self {
        let cache = gallery_deploy::local::cache_folder().unwrap();
        let environment = [
            ("PATH", std::env::var("PATH").unwrap()),
            ("HOME", folder.to_str().unwrap().to_owned()),
            // The Python environment of the local AWS is made once for all tests.
            ("XDG_CACHE_HOME", cache.parent().unwrap().to_str().unwrap().to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        Self {
            binary: binary(),
            folder: folder.to_owned(),
            environment: environment.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        }
    }

    /// Sets a variable, or replaces it.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.environment.retain(|(there, _)| there != name);
        self
    }

    /// The command, with nothing on standard input.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// The command, and the file into which it writes its events; [`events::check`] looks at them afterwards.
    pub(crate) fn recorded(&self, arguments: &[&str]) -> (Command, PathBuf) {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let events = self.folder.join(format!("events-{}.jsonl", RUNS.fetch_add(1, Ordering::Relaxed)));
        let mut command = self.command(arguments);
        command.env("GALLERY_DEPLOY_JSON_OUT", &events);
        (command, events)
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, runtime: &Runtime, arguments: &[&str]) -> Run {
        self.run_until(runtime, arguments, pending()).expect("nothing else ends it")
    }

    /// Runs `script` in a shell as pipelines do: it ends with the first command that fails. The program is found as `gallery-deploy`, other
    /// programs in `bin` of the folder first.
    pub(crate) fn shell(&self, runtime: &Runtime, script: &str, variables: &[(&str, String)]) -> Run {
        let path = &self.environment.iter().find(|(name, _)| name == "PATH").unwrap().1;
        let beside = self.binary.canonicalize().unwrap().parent().unwrap().display().to_string();
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .env("PATH", format!("{}/bin:{beside}:{path}", self.folder.display()))
            .envs(variables.iter().cloned())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = runtime.block_on(async { timeout(PATIENCE, command.output()).await });
        let output = output.unwrap_or_else(|_| panic!("`{script}` hangs")).unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            command: script.to_owned(),
        }
    }

    /// Runs it until `moment` has come, and kills it then with SIGKILL. `Some`: it ended before that.
    pub(crate) fn run_until(&self, runtime: &Runtime, arguments: &[&str], moment: impl Future<Output = ()>) -> Option<Run> {
        let (mut command, events) = self.recorded(arguments);
        let run = async {
            let mut child = command.spawn().unwrap();
            let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
            let (mut said, mut complained) = (Vec::new(), Vec::new());
            let end = async {
                let ends = tokio::join!(stdout.read_to_end(&mut said), stderr.read_to_end(&mut complained), child.wait());
                ends.2.unwrap()
            };
            let status = tokio::select! {
                status = end => Some(status),
                () = moment => None,
            };
            if status.is_none() {
                child.kill().await.unwrap();
            }
            status.map(|status| Output { status, stdout: said, stderr: complained })
        };
        let output = runtime.block_on(async { timeout(PATIENCE, run).await });
        let output = output.unwrap_or_else(|_| panic!("`gallery-deploy {}` hangs", arguments.join(" ")))?;
        Some(Run::of(arguments, output, &events))
    }
}

impl Run {
    /// # Panics
    /// Its events are not as their schema says.
    pub(crate) fn of(arguments: &[&str], output: Output, events: &Path) -> Self {
        events::check(events, output.status.code());
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            command: format!("gallery-deploy {}", arguments.join(" ")),
        }
    }

    /// Asserts the exit code.
    ///
    /// # Panics
    /// It is another; the message holds what the program said.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        let Self { command, stdout, stderr, .. } = &self;
        assert_eq!(self.code, Some(code), "`{command}`\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
        self
    }

    /// Asserts that it went well.
    ///
    /// # Panics
    /// It did not.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// Asserts that standard error says `text`.
    ///
    /// # Panics
    /// It does not.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{}` does not say {text:?}:\n{}", self.command, self.stderr);
        self
    }

    /// The only line on standard output.
    ///
    /// # Panics
    /// There is none, or there are more.
    #[track_caller]
    pub fn only_line(&self) -> &str {
        let mut lines = self.stdout.lines();
        match (lines.next(), lines.next()) {
            (Some(line), None) => line,
            _ => panic!("`{}` should print one line, not {:?}", self.command, self.stdout),
        }
    }
}

/// `GALLERY_DEPLOY_BIN`, or the program that cargo built beside these tests.
fn binary() -> PathBuf {
    let path = std::env::var_os("GALLERY_DEPLOY_BIN").map_or_else(
        || {
            // target/debug/deps/TEST-HASH
            let test = std::env::current_exe().unwrap();
            test.parent().and_then(Path::parent).unwrap().join("gallery-deploy")
        },
        PathBuf::from,
    );
    assert!(path.exists(), "{} is missing: run `cargo build` first, or name it in GALLERY_DEPLOY_BIN", path.display());
    path
}
