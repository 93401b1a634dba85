//! Text for people: plain lines, one an event; on a terminal live ones, of which what became of them is left.

mod failure;
mod follow;
mod text;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::fit::{columns, fit};
use super::galleries_text::galleries_text;
use super::live::Live;
use super::plan_lines::{plan_lines, plan_title};
use super::plan_text::{notes_text, plan_text, unchanged_text};
use super::screen::{Mode, Screen, Volume};
use super::streams::Streams;
use super::style::{DIM, paint};
use super::words::{clock, seconds};
use super::{ask, error_text};
use crate::error::Error;
use crate::event::{Event, Purpose, Report};
use crate::plan::{Action, Plan};
use crate::text::plural;
use failure::Failure;
use text::identity_text;

/// Live lines change so often.
const FRAME: Duration = Duration::from_millis(100);

/// Whether it is time for a heartbeat is looked at so often.
const BEAT: Duration = Duration::from_millis(500);

/// Repaired rows that are told one by one.
const REPAIRS: usize = 20;

/// Columns of the name of a gallery with its stage, and of the space before it.
const LONGEST_NAME: usize = 29;

/// What is said while AWS is looked at.
const COMPARING: &str = "Comparing gallery.yaml with AWS";

/// The column of a request's id.
const REQUESTS: usize = 68;

/// Columns of the words before hints, at least.
const LABEL: usize = 8;

/// What is said while a second look still finds something.
const VERIFYING: &str = "verifying";

/// The time. Tests have their own.
type Clock = Box<dyn Fn() -> Instant + Send + Sync>;

/// The reporter of text.
pub struct Lines(Arc<Shared>);

struct Shared {
    screen: Screen,
    asking: AtomicBool,
    clock: Clock,
    begun: Instant,
    state: Mutex<State>,
}

struct State {
    streams: Streams,
    live: Live,
    /// Columns of the names in the plan.
    names: usize,
    /// What the plan was made for.
    purpose: Purpose,
    /// Things of the plan that stay.
    kept: usize,
    /// How many changes there are in the plan.
    changes: usize,
    /// Whether all changes of the plan create something.
    only_creates: bool,
    /// What failed, as it is told at the end.
    failures: Vec<Failure>,
    /// As whom, where that is told only if something is to be changed.
    identity: Option<String>,
    /// The first line is there, and what follows is set off from it.
    opened: bool,
    /// What is told below the page's address.
    hints: String,
    summarised: bool,
    /// What follows is set off from a question.
    set_off: bool,
    /// Repaired rows so far.
    repaired: usize,
    ended: bool,
    ticks: usize,
}

impl Lines {
    /// On the streams of the process; live lines and heartbeats come by themselves.
    pub fn new(screen: Screen) -> Self {
        let lines = Self::on(Streams::of_the_process(screen), screen, Box::new(Instant::now));
        if screen.volume >= Volume::Normal {
            lines.begin_to_tick();
        }
        lines
    }

    /// On these streams; time passes with `clock` and [`Self::tick`].
    pub fn on(streams: Streams, screen: Screen, clock: Clock) -> Self {
        let begun = clock();
        let state = State {
            streams,
            live: Live::default(),
            names: 0,
            kept: 0,
            changes: 0,
            only_creates: false,
            failures: Vec::new(),
            identity: None,
            opened: false,
            hints: String::new(),
            purpose: Purpose::Show,
            summarised: false,
            set_off: false,
            repaired: 0,
            ended: false,
            ticks: 0,
        };
        Self(Arc::new(Shared { screen, asking: AtomicBool::new(false), clock, begun, state: Mutex::new(state) }))
    }

    /// Draws the live lines anew, or tells what has been going on for long.
    pub fn tick(&self) {
        self.0.tick();
    }

    fn begin_to_tick(&self) {
        let pause = if self.0.screen.mode == Mode::Rich { FRAME } else { BEAT };
        let shared: Weak<Shared> = Arc::downgrade(&self.0);
        let tick = move || {
            while let Some(shared) = shared.upgrade() {
                if !shared.tick() {
                    break;
                }
                drop(shared);
                thread::sleep(pause);
            }
        };
        // Without it, there are only fewer lines.
        thread::Builder::new().name("ticks".into()).spawn(tick).ok();
    }
}

impl Report for Lines {
    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
    }

    fn output(&self, name: &str, value: &str) -> Result<(), Error> {
        let Shared { screen, .. } = *self.0;
        let mut state = self.0.state();
        let is_page = name == "site_url" && screen.mode == Mode::Rich && screen.volume >= Volume::Normal;
        if is_page {
            state.streams.err(&format!("\n  {:<LABEL$}  {value}\n", "Gallery"));
            let hints = std::mem::take(&mut state.hints);
            state.streams.err(&hints);
        }
        // Where both streams go to the same screen, once is enough.
        if is_page && screen.stdout_is_terminal {
            Ok(())
        } else {
            state.streams.out(&format!("{value}\n")).map_err(Error::Output)
        }
    }

    fn ask(&self, question: &str) -> Option<String> {
        if !self.0.screen.can_ask {
            return None;
        }
        self.0.state().streams.erase();
        self.0.asking.store(true, Ordering::Relaxed);
        let answer = ask(&prompt(question, self.0.screen.width));
        self.0.asking.store(false, Ordering::Relaxed);
        self.0.state().set_off |= answer.is_some();
        answer
    }

    fn is_asking(&self) -> bool {
        self.0.asking.load(Ordering::Relaxed)
    }
}

/// The question as it stands before the answer: a name that would not fit beside it is typed below it.
fn prompt(question: &str, width: Option<usize>) -> String {
    let is_narrow = width.is_some_and(|width| columns(question) + LONGEST_NAME > width);
    let gap = if question.ends_with(':') && is_narrow { "\n  " } else { " " };
    fit(question, width) + gap
}

impl Shared {
    /// A panic of another thread is no reason to be silent.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there will be another one.
    fn tick(&self) -> bool {
        let now = (self.clock)();
        let mut state = self.state();
        if state.ended {
            return false;
        }
        if self.is_asking() {
            return true;
        }
        match self.screen.mode {
            Mode::Rich => {
                state.ticks += 1;
                state.draw(&self.screen, now);
            }
            Mode::Plain => {
                for line in state.live.heartbeats(now) {
                    let line = format!("{} {line}\n", self.stamp(now));
                    state.streams.err(&line);
                }
            }
        }
        true
    }

    fn is_asking(&self) -> bool {
        self.asking.load(Ordering::Relaxed)
    }

    /// `[00:31]`
    fn stamp(&self, now: Instant) -> String {
        paint(DIM, &format!("[{}]", clock(now.duration_since(self.begun))))
    }

    fn event(&self, event: &Event<'_>) {
        let now = (self.clock)();
        let mut state = self.state();
        if state.ended {
            return;
        }
        state.follow(event, now);
        if self.wanted(event) {
            self.tell(&mut state, event, now);
        }
        if let Event::Failed { subject, error, .. } = event {
            state.failures.push(Failure::new(subject, error));
        }
        if state.ended {
            state.streams.erase();
        } else if self.screen.volume >= Volume::Normal {
            state.draw(&self.screen, now);
        }
    }

    /// Whether the user wants to hear it.
    fn wanted(&self, event: &Event<'_>) -> bool {
        match event {
            // What goes to standard output.
            Event::Planned { purpose: Purpose::Show, plan, .. } if !plan.is_empty() => true,
            Event::Galleries { galleries, .. } if !galleries.is_empty() => true,
            Event::Status(_) | Event::Log(_) | Event::Finding(_) => true,
            Event::IndexDiffers { .. } => true,
            Event::IndexFailed { .. } => self.screen.volume >= Volume::Quiet,
            Event::Ended { .. } | Event::Message(_) | Event::Stopping { .. } => self.screen.volume >= Volume::Quiet,
            _ => self.screen.volume >= Volume::Normal,
        }
    }

    fn tell(&self, state: &mut State, event: &Event<'_>, now: Instant) {
        self.open(state, event);
        if std::mem::take(&mut state.set_off) {
            state.streams.err("\n");
        }
        match event {
            // What may be piped goes to standard output. Nothing can be done about a closed stream.
            Event::Planned { plan, purpose: Purpose::Show, .. } if !plan.is_empty() => {
                state.streams.out(&plan_text(plan, self.is_verbose())).ok();
            }
            Event::Galleries { galleries, place } if !galleries.is_empty() => {
                state.streams.out(&galleries_text(galleries, place)).ok();
            }
            Event::Status(_) | Event::Log(_) | Event::Finding(_) | Event::IndexDiffers { .. } => {
                let text = self.text(state, event, now).unwrap_or_default();
                state.streams.out(&text).ok();
            }
            Event::Start { identity, profile, by_oidc, .. } => {
                let text = self.text(state, event, now).unwrap_or_default();
                state.streams.err(&text);
                state.identity = identity.map(|identity| identity_text(identity, *profile, *by_oidc));
                state.opened = true;
            }
            Event::Planned { plan, purpose, elapsed } => self.planned(state, plan, *purpose, *elapsed),
            Event::Summary { elapsed, .. } => {
                let text = self.summary(state, event, *elapsed);
                self.failures(state, event);
                state.summarised = true;
                state.streams.err(&text);
            }
            Event::Ended { error: Some(error) } => {
                for failure in std::mem::take(&mut state.failures) {
                    state.streams.raw(&failure.text(""));
                }
                let told = match error {
                    // What is not done was told, and that the same command goes on.
                    Error::Incomplete { other_run: false, .. } | Error::Interrupted(_) | Error::TimedOut { .. } => {
                        state.summarised
                    }
                    // The plan tells it; only the exit code was asked for.
                    Error::Pending | Error::Drifted => true,
                    _ => false,
                };
                if !told {
                    state.streams.raw(&error_text(error));
                }
            }
            // On a terminal they stand below the page's address.
            Event::Hints(_) if self.screen.mode == Mode::Rich && state.purpose == Purpose::Up => {
                state.hints += &self.text(state, event, now).unwrap_or_default();
            }
            _ => {
                if let Some(text) = self.text(state, event, now) {
                    state.streams.err(&text);
                }
            }
        }
    }

    /// Sets what follows off from the first lines. Whoever changes something sees as whom.
    fn open(&self, state: &mut State, event: &Event<'_>) {
        let says_nothing = matches!(event, Event::Looking | Event::Progress { .. } | Event::Ended { error: None });
        if says_nothing || !std::mem::take(&mut state.opened) {
            return;
        }
        let identity = state.identity.take();
        if let (Some(identity), Event::Planned { plan, purpose: Purpose::Up, .. }) = (identity, event)
            && !plan.is_empty()
        {
            state.streams.err(&identity);
        }
        // In GitHub's log each line counts.
        if !self.screen.github {
            state.streams.err("\n");
        }
    }

    /// Whether to tell what is unchanged, too.
    fn is_verbose(&self) -> bool {
        self.screen.volume == Volume::Verbose
    }

    fn planned(&self, state: &mut State, plan: &Plan, purpose: Purpose, elapsed: Duration) {
        let nothing_there = plan.is_empty() && plan.kept.is_empty();
        match purpose {
            Purpose::Down if nothing_there => state.streams.err("Nothing of this gallery is there.\n"),
            Purpose::Down => self.grouped(state, plan),
            Purpose::Show | Purpose::Up if plan.is_empty() => {
                let resources = plural(plan.unchanged.len(), "resource");
                state.streams.err(&format!("No changes. {resources} match gallery.yaml ({}, 0 writes)\n", seconds(elapsed)));
                // `up` has said it when it mattered.
                if purpose == Purpose::Show {
                    let unchanged = if self.is_verbose() { unchanged_text(plan) } else { String::new() };
                    state.streams.out(&(notes_text(plan) + &unchanged)).ok();
                }
            }
            Purpose::Show | Purpose::Up => {
                let things = plural(plan.unchanged.len() + plan.changes.len(), "resource");
                if self.screen.github {
                    return self.grouped(state, plan);
                }
                let state_of = match plan.unchanged.len() {
                    0 if plan.count(Action::Create) == plan.changes.len() => "none exist yet".to_owned(),
                    unchanged => format!("{unchanged} as they shall be"),
                };
                state.streams.err(&format!("{COMPARING} … {things}, {state_of} ({})\n\n", seconds(elapsed)));
                self.grouped(state, plan);
            }
        }
    }

    /// The plan; in GitHub's log folded, a line a change.
    fn grouped(&self, state: &mut State, plan: &Plan) {
        if self.screen.github {
            state.streams.command(&format!("::group::{}", super::github::escape(&plan_title(plan))));
            state.streams.err(&plan_lines(plan));
            state.streams.command("::endgroup::");
            return;
        }
        let text = plan_text(plan, self.is_verbose());
        // Whoever is asked for the gallery's name reads on; what follows is set off from the answer.
        state.set_off = plan.is_down;
        state.streams.err(&if plan.is_down { text } else { format!("{text}\n") });
    }
}
