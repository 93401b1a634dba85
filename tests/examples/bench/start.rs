//! How soon the program itself is there: what every command begins with.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::table::{Goal, Table};

const STARTS: usize = 50;

pub(crate) fn run() -> Table {
    let program = std::env::var_os("GALLERY_DEPLOY_BIN").map(PathBuf::from).expect("GALLERY_DEPLOY_BIN");
    let mut times: Vec<Duration> = (0..STARTS).map(|_| start(&program)).collect();
    times.sort();
    let milliseconds = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
    let row =
        vec!["`--help`".to_owned(), milliseconds(times[0]), milliseconds(times[STARTS / 2]), milliseconds(times[STARTS - 1])];
    Table {
        title: format!("Starting, {STARTS} times"),
        heads: vec!["run", "fastest (ms)", "median (ms)", "slowest (ms)"],
        rows: vec![row],
        goals: &[Goal { run: "`--help`", head: "median (ms)", most: 10.0 }],
    }
}

fn start(program: &PathBuf) -> Duration {
    let begun = Instant::now();
    let status = Command::new(program).arg("--help").stdout(Stdio::null()).status().unwrap();
    let took = begun.elapsed();
    assert!(status.success());
    took
}
