//! The process of the local AWS: `launcher.py`, which says what goes through its standard input and output.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

use super::group::Group;
use super::store::Store;
use super::{Kept, LocalError};

const LAUNCHER: &str = include_str!("launcher.py");

/// Usually ready in half a second; a busy machine may take long.
const START_PATIENCE: Duration = Duration::from_secs(60);
/// A little more than the launcher gives itself before it ends the hard way.
const END_PATIENCE: Duration = Duration::from_secs(65);
const SAVE_PATIENCE: Duration = Duration::from_secs(20);

/// Which port the server listens on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Port {
    Any,
    /// This one if it is free.
    Prefer(u16),
    Only(u16),
}

/// A running server. Dropping it closes its standard input, which ends it in a moment, with its state written.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    /// Its process group, which the functions it starts belong to. Tied until the local AWS is ready.
    group: Group,
    stdin: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    pub(super) port: u16,
    pub(super) kept: Kept,
}

impl Server {
    /// Starts the server on `store` and waits until it answers.
    pub(super) async fn start(
        python: &Path,
        store: &Store,
        port: Port,
        region: &str,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, LocalError> {
        let launcher = store.write("launcher.py", LAUNCHER)?;
        let log = store.new_log()?;
        let mut command = Command::new(python);
        command
            .arg("-I")
            .arg(&launcher)
            .arg(store.folder())
            .arg(match port {
                Port::Any => "any".to_owned(),
                Port::Prefer(number) => format!("prefer:{number}"),
                Port::Only(number) => format!("only:{number}"),
            })
            .arg(if store.is_temporary() { "discard" } else { "keep" })
            // Functions inherit the environment of the server: no proxies, no credentials, no `~/.aws` of the user.
            .env_clear()
            .env("HOME", store.folder())
            .env("MINISTACK_REGION", region)
            .current_dir(store.folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            // Its own group: Ctrl-C on the terminal is ours to handle, and the functions can be ended together.
            .process_group(0);
        for name in ["PATH", "LANG"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let mut child = command.spawn().map_err(LocalError::file("run", python))?;
        let no_pipes = || LocalError::Start { log: "no pipes to the server".to_owned() };
        let group = Group::tied_to(&child).ok_or_else(no_pipes)?;
        let stdin = child.stdin.take().ok_or_else(no_pipes)?;
        let stdout = child.stdout.take().ok_or_else(no_pipes)?;
        let answers = BufReader::new(stdout).lines();
        let mut server = Self { child, group, stdin, answers, port: 0, kept: Kept::Nothing };

        let deadline = Instant::now() + START_PATIENCE;
        let ready = async {
            server.greet(store, port, progress).await?;
            server.wait_until_ready(store).await
        };
        let Ok(result) = tokio::time::timeout_at(deadline, ready).await else {
            server.kill().await;
            return Err(LocalError::NotReady { seconds: START_PATIENCE.as_secs(), log: store.log_tail() });
        };
        result.map(|()| server)
    }

    /// Reads what the launcher says before it serves.
    async fn greet(&mut self, store: &Store, port: Port, progress: &(dyn Fn(&str) + Sync)) -> Result<(), LocalError> {
        loop {
            let line = self.answers.next_line().await.ok().flatten().unwrap_or_default();
            match (line.split_once(' '), port) {
                (Some(("port", number)), _) => {
                    self.port = number.parse().map_err(|_| LocalError::Start { log: line.clone() })?;
                }
                (Some(("kept", what)), _) => {
                    self.kept = match what {
                        "nothing" => Kept::Nothing,
                        "everything" => Kept::Everything,
                        _ => Kept::Objects,
                    };
                    return Ok(());
                }
                (None, _) if line == "waiting" => progress("Waiting for the local AWS that uses this store to end"),
                (None, _) if line == "busy" => return Err(LocalError::Busy(store.folder().to_owned())),
                (None, Port::Only(number)) if line == "taken" => return Err(LocalError::PortTaken(number)),
                _ => {
                    self.kill().await;
                    return Err(LocalError::Start { log: store.log_tail() });
                }
            }
        }
    }

    /// Asks until the server answers. The port is bound by the launcher, so no other server can answer here.
    async fn wait_until_ready(&mut self, store: &Store) -> Result<(), LocalError> {
        loop {
            if answers(self.port).await {
                return Ok(());
            }
            if self.child.try_wait().is_ok_and(|status| status.is_some()) {
                self.group.kill();
                return Err(LocalError::Start { log: store.log_tail() });
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Has the server write its whole state now.
    pub(super) async fn save(&mut self, store: &Store) -> Result<(), LocalError> {
        let unsaved = || LocalError::Unsaved { log: store.log_tail() };
        self.stdin.write_all(b"save\n").await.map_err(|_| unsaved())?;
        self.stdin.flush().await.map_err(|_| unsaved())?;
        match timeout(SAVE_PATIENCE, self.answers.next_line()).await {
            Ok(Ok(Some(line))) if line == "saved" => Ok(()),
            _ => Err(unsaved()),
        }
    }

    /// From now on dropping it lets it write its state.
    pub(super) fn outlives_its_start(&mut self) {
        self.group.untie();
    }

    /// Ends the server and all that its functions run. Its state is written, unless `hurry` comes first.
    pub(super) async fn stop(self, store: &Store, hurry: impl Future<Output = ()>) -> Result<(), LocalError> {
        let Self { mut child, mut group, stdin, mut answers, .. } = self;
        drop(stdin);
        let end = async {
            let mut ended = false;
            while let Ok(Some(line)) = answers.next_line().await {
                ended |= line == "ended";
            }
            drop(child.wait().await);
            ended
        };
        let ended = tokio::select! {
            ended = timeout(END_PATIENCE, end) => Some(ended),
            () = hurry => None,
        };
        if ended == Some(Ok(true)) {
            return Ok(());
        }
        group.kill();
        drop(child.wait().await);
        match ended {
            None => Ok(()),
            Some(Ok(_)) => Err(LocalError::Unsaved { log: store.log_tail() }),
            Some(Err(_)) => Err(LocalError::Stuck { seconds: END_PATIENCE.as_secs(), log: store.log_tail() }),
        }
    }

    /// Waits for the server to end by itself.
    pub(super) async fn wait(&mut self) -> Option<ExitStatus> {
        let status = self.child.wait().await.ok();
        self.group.kill();
        status
    }

    /// The process id; `None` after its end.
    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    async fn kill(&mut self) {
        self.group.kill();
        drop(self.child.wait().await);
    }
}

/// Whether the server at `port` says that it is ready.
async fn answers(port: u16) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(b"GET /_ministack/ready HTTP/1.0\r\nHost: localhost\r\n\r\n").await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(answer.starts_with(b"HTTP/1.1 200") || answer.starts_with(b"HTTP/1.0 200"))
    };
    ask.await.unwrap_or(false)
}
