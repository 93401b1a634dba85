//! A running `gallery-deploy dev`, in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::Child;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::{Aws, Folder, Http, PageConfig, Program, REGION, eventually};

/// From the start to the URL; a first installation of the local AWS is done by then.
const PATIENCE: Duration = Duration::from_secs(120);

/// `gallery-deploy dev` as a process, which may not have come to its page. It ends when this is dropped.
#[derive(Debug)]
pub struct DevProcess {
    child: Child,
    stdout: UnboundedReceiver<String>,
    stderr: Arc<Mutex<String>>,
    home: PathBuf,
    /// Local AWSs that ran below its folder before it.
    others: Vec<u32>,
    runtime: Arc<Runtime>,
}

/// `gallery-deploy dev` whose page is up.
#[derive(Debug)]
pub struct Dev {
    /// What it printed first: the page's URL.
    pub url: String,
    pub http: Http,
    process: DevProcess,
}

impl DevProcess {
    /// Starts it in `folder`, which holds its `gallery.yaml` and is its home, with further environment variables.
    pub fn start(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let runtime = Arc::new(Runtime::new().unwrap());
        let home = folder.path().to_str().unwrap();
        // Its store is the folder's own, whatever this machine's user has.
        let program = Program::new(folder.path()).with("XDG_DATA_HOME", home).with("XDG_STATE_HOME", home);
        let program = variables.iter().fold(program, |program, (name, value)| program.with(name, value));
        let arguments = [&["dev"], arguments].concat();
        let others = servers_below(folder.path());
        let (child, stdout, stderr) = runtime.block_on(async {
            let mut child = program.command(&arguments).spawn().unwrap();
            let stderr = Arc::new(Mutex::new(String::new()));
            let (send, stdout) = unbounded_channel();
            tokio::spawn(each_line(child.stdout.take().unwrap(), move |line| send.send(line).ok().is_some()));
            let said = Arc::clone(&stderr);
            tokio::spawn(each_line(child.stderr.take().unwrap(), move |line| {
                let mut said = said.lock().unwrap();
                said.push_str(&line);
                said.push('\n');
                true
            }));
            (child, stdout, stderr)
        });
        Self { child, stdout, stderr, home: folder.path().to_owned(), others, runtime }
    }

    /// What it has said on standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Waits until it has said `text` on standard error.
    ///
    /// # Panics
    /// It does not, for 30 s.
    pub fn says(&self, text: &str) {
        eventually(text, || self.stderr().contains(text).then_some(()));
    }

    /// The processes of its local AWS.
    pub fn servers(&self) -> Vec<u32> {
        servers_below(&self.home).into_iter().filter(|server| !self.others.contains(server)).collect()
    }

    pub fn signal(&self, signal: Signal) {
        let pid = self.child.id().and_then(|id| Pid::from_raw(id.cast_signed())).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for its end. Returns how it ended, and what it printed and has not been read.
    pub fn ended(mut self) -> (ExitStatus, Vec<String>) {
        self.runtime.block_on(async {
            let status = timeout(PATIENCE, self.child.wait()).await.expect("`dev` ends").unwrap();
            let mut printed = Vec::new();
            while let Some(line) = self.stdout.recv().await {
                printed.push(line);
            }
            (status, printed)
        })
    }
}

impl Dev {
    /// Starts it in `folder`, with a `gallery.yaml` written for it, and waits for the URL.
    ///
    /// # Panics
    /// It ends, or says nothing for two minutes.
    pub fn start(folder: &Folder, arguments: &[&str]) -> Self {
        Self::start_with(folder, arguments, &[])
    }

    /// The same with further environment variables.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn start_with(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        folder.write("gallery.yaml", format!("name: holiday\nregion: {REGION}\n"));
        let mut process = DevProcess::start(folder, arguments, variables);
        let runtime = Arc::clone(&process.runtime);
        let url = runtime.block_on(async { timeout(PATIENCE, process.stdout.recv()).await }).ok().flatten();
        let url = url.unwrap_or_else(|| panic!("`dev` prints no URL:\n{}", process.stderr()));
        Self { url, http: Http::new(runtime), process }
    }

    pub fn stderr(&self) -> String {
        self.process.stderr()
    }

    /// Waits until it has said `text` on standard error.
    ///
    /// # Panics
    /// It does not, for 30 s.
    pub fn says(&self, text: &str) {
        self.process.says(text);
    }

    pub fn page(&self) -> PageConfig {
        PageConfig::read(&self.http, &self.url)
    }

    /// The command line with the page's own key: all that `dev` hands to whoever opens the page.
    pub fn aws(&self) -> Aws {
        let page = self.page();
        Aws::new(&self.process.runtime, page.text("endpoint"), REGION, page.key())
    }

    pub fn servers(&self) -> Vec<u32> {
        self.process.servers()
    }

    /// Only sends it.
    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Sends a signal and waits for the end of it and of its local AWS. Returns how it ended, and what it printed after the URL.
    pub fn end(self, signal: Signal) -> (ExitStatus, Vec<String>) {
        self.process.signal(signal);
        self.process.ended()
    }
}

impl Drop for DevProcess {
    /// Also when a test panics. Its local AWS notices that it is gone, and ends with its state written.
    fn drop(&mut self) {
        drop(self.child.start_kill());
        eventually("the end of the local AWS", || self.servers().is_empty().then_some(()));
    }
}

/// Processes that run a local AWS below the folder.
fn servers_below(folder: &Path) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let ours = |process: &u32| {
        let command = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).into_owned();
        command.contains("launcher.py") && command.contains(folder.to_str().unwrap())
    };
    processes.filter(ours).collect()
}

/// Gives each line to `take` until that has enough.
async fn each_line(stream: impl AsyncRead + Unpin, take: impl Fn(String) -> bool) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if !take(line) {
            return;
        }
    }
}
