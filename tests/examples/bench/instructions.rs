//! How many instructions a function takes for an event: counted by the processor (`perf`), or where it cannot be asked, as on most virtual machines,
//! by valgrind, which carries the program out instruction by instruction. Both count what the program does itself, and nothing of the kernel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gallery_tests::Function;

/// What counts.
pub(crate) enum Counter {
    Perf(PathBuf),
    Callgrind(PathBuf),
}

/// How to start a program so that it is counted, and where the count will be.
pub(crate) struct Counted<'a> {
    counter: &'a Counter,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    count: PathBuf,
}

impl Counter {
    /// The first that works here. Valgrind is installed where it is missing and we may. `None`: there is none.
    pub(crate) fn find(folder: &Path) -> Option<Self> {
        let perf = in_path("perf").map(Self::Perf);
        perf.filter(|perf| perf.works(folder)).or_else(|| {
            if in_path("valgrind").is_none() {
                install_valgrind();
            }
            in_path("valgrind").map(Self::Callgrind).filter(|callgrind| callgrind.works(folder))
        })
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Perf(_) => "perf",
            Self::Callgrind(_) => "callgrind",
        }
    }

    /// Whether it counts a program that does nothing.
    fn works(&self, folder: &Path) -> bool {
        let Some(nothing) = in_path("true") else { return false };
        let counted = self.counted(folder, &nothing, &[]);
        let run = Command::new(&counted.program).args(&counted.arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
        run.is_ok_and(|status| status.success()) && counted.read().is_some()
    }

    /// The count is left in `folder`.
    pub(crate) fn counted(&self, folder: &Path, program: &Path, arguments: &[&str]) -> Counted<'_> {
        let count = folder.join("instructions");
        let file = count.display();
        let (counter, options) = match self {
            Self::Perf(perf) => {
                (perf, vec!["stat".into(), "-x,".into(), "-einstructions:u".into(), format!("-o{file}"), "--".into()])
            }
            Self::Callgrind(valgrind) => (
                valgrind,
                vec![
                    "--tool=callgrind".into(),
                    "--callgrind-out-file=/dev/null".into(),
                    format!("--log-file={file}"),
                    "--".into(),
                ],
            ),
        };
        let program = program.display().to_string();
        let arguments = options.into_iter().chain([program]).chain(arguments.iter().map(|&argument| argument.to_owned()));
        Counted { counter: self, program: counter.clone(), arguments: arguments.collect(), count }
    }
}

impl Counted<'_> {
    /// What was counted, once the program has ended; `None`: nothing was.
    fn read(&self) -> Option<u64> {
        let text = fs::read_to_string(&self.count).ok()?;
        match self.counter {
            // `1234,,instructions:u,…`, or `<not supported>,,instructions:u,…`.
            Counter::Perf(_) => text.lines().find(|line| line.contains("instructions"))?.split(',').next()?.parse().ok(),
            // `==PID== Collected : 1234`.
            Counter::Callgrind(_) => text.lines().find_map(|line| line.split_once("Collected : "))?.1.trim().parse().ok(),
        }
    }

    /// How many instructions the function took from its start to its end, which comes when it has handled these events.
    ///
    /// # Panics
    /// It does not run under the counter.
    pub(crate) fn run(&self, start: impl FnOnce(&Path, &[&str]) -> Function, events: impl FnOnce(&Function)) -> u64 {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let function = start(&self.program, &arguments);
        function.first_poll();
        events(&function);
        function.end();
        self.read().unwrap()
    }
}

/// On Debian and its relatives, by root.
fn install_valgrind() {
    if let Some(apt) = in_path("apt-get").filter(|_| rustix::process::geteuid().is_root()) {
        let install = ["install", "--yes", "--quiet", "--no-install-recommends", "valgrind"];
        // Should it fail, there is no counter, which the table says.
        Command::new(apt).args(install).stdout(Stdio::null()).status().ok();
    }
}

/// The program of this name that is first in PATH.
pub(crate) fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}
