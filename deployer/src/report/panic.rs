//! A mistake of ours is told like any other error: on every path the last event is `end`, and the terminal is left in order.

use std::fmt::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use crate::error::{Error, exit};
use crate::event::{Event, Report};

/// Who is told.
static REPORT: OnceLock<Arc<dyn Report>> = OnceLock::new();

/// What was told last.
static LAST: Mutex<String> = Mutex::new(String::new());

/// A reporter that waits for us longer than this holds the lock that the panic left.
const PATIENCE: Duration = Duration::from_secs(2);

/// From now on a panic is told to `report`.
pub fn watch(report: &Arc<dyn Report>) {
    REPORT.set(Arc::clone(report)).ok();
}

/// Remembers what was told last.
pub(super) fn remember(event: &Event<'_>) {
    let mut short = Short(String::new());
    // It ends early on purpose.
    write!(short, "{event:?}").ok();
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = short.0;
}

/// Tells of a panic and returns the exit code.
pub fn tell(panic: &PanicHookInfo<'_>) -> u8 {
    let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
    let words = panic.payload_as_str().unwrap_or("no words");
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let last = if last.is_empty() { "none".to_owned() } else { last };
    let error = Error::Bug(format!("{words}{place}; version {}; last event: {last}", env!("CARGO_PKG_VERSION")));
    let (tell, told) = mpsc::channel();
    // This thread may hold a lock that the reporter needs.
    let teller = thread::Builder::new().spawn(move || {
        if let Some(report) = REPORT.get() {
            report.event(&Event::Ended { error: Some(&error) });
        }
        tell.send(()).ok();
    });
    if teller.is_ok() {
        told.recv_timeout(PATIENCE).ok();
    }
    exit::BUG
}

/// The beginning of a text.
struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const LONGEST: usize = 120;
        let room = LONGEST.saturating_sub(self.0.len());
        self.0.push_str(&text[..text.floor_char_boundary(room)]);
        if self.0.len() >= LONGEST { Err(fmt::Error) } else { Ok(()) }
    }
}
