//! The program on a terminal: `script` gives it one, and a person answers what it asks.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::{Run, World, eventually};

/// A terminal that shows colours and UTF-8.
const TERMINAL: [(&str, &str); 2] = [("TERM", "xterm-256color"), ("LANG", "C.UTF-8")];

impl World {
    /// Runs `command` on a terminal of so many columns. When `question` stands on the screen, `answer` is typed. What the terminal got is on the
    /// standard output of the run.
    pub fn at_a_terminal(
        &self,
        columns: u16,
        variables: &[(&str, String)],
        command: &str,
        question: Option<(&str, &dyn Fn() -> String)>,
    ) -> Run {
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let run = RUNS.fetch_add(1, Ordering::Relaxed);
        let screen = self.file(&format!("screen-{run}"), "");
        let keyboard = format!("{screen}-keyboard");
        self.shell(&format!("mkfifo '{keyboard}'"), &[]).succeeds();
        let terminal = TERMINAL.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let variables: Vec<(&str, String)> = terminal.chain(variables.iter().cloned()).collect();
        let script = format!("script -qefc 'stty cols {columns} rows 50; {command}' /dev/null < '{keyboard}' > '{screen}'");
        thread::scope(|scope| {
            let run = scope.spawn(|| self.shell(&script, &variables));
            // Open until the end: the program would take the end of its input for that of the terminal.
            let mut keyboard = OpenOptions::new().write(true).open(&keyboard).unwrap();
            if let Some((question, answer)) = question {
                eventually("the question", || fs::read_to_string(&screen).unwrap().contains(question).then_some(()));
                keyboard.write_all(format!("{}\n", answer()).as_bytes()).unwrap();
            }
            let mut run = run.join().unwrap();
            run.stdout = fs::read_to_string(&screen).unwrap();
            run
        })
    }
}
