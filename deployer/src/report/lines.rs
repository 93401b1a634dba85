//! Text for people: plain lines, one an event; on a terminal live ones, of which what became of them is left.

mod text;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::galleries_text::galleries_text;
use super::live::{Live, What};
use super::plan_text::{notes_text, plan_text, unchanged_text};
use super::screen::{Mode, Screen, Volume};
use super::streams::Streams;
use super::style::{DIM, paint};
use super::words::{clock, seconds};
use super::{ask, error_text};
use crate::error::Error;
use crate::event::{Event, Progressed, Purpose, Report, Unit};
use crate::plan::{Action, Plan};
use crate::text::plural;

/// Live lines change so often.
const FRAME: Duration = Duration::from_millis(100);

/// Whether it is time for a heartbeat is looked at so often.
const BEAT: Duration = Duration::from_millis(500);

/// Repaired rows that are told one by one.
const REPAIRS: usize = 20;

/// What is said while AWS is looked at.
const COMPARING: &str = "Comparing gallery.yaml with AWS";

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
    /// What failed, as it is told at the end.
    failures: Vec<String>,
    /// What is told below the page's address.
    hints: String,
    summarised: bool,
    /// A question was answered; what follows is set off.
    answered: bool,
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
            failures: Vec::new(),
            hints: String::new(),
            purpose: Purpose::Show,
            summarised: false,
            answered: false,
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
        let answer = ask(question);
        self.0.asking.store(false, Ordering::Relaxed);
        self.0.state().answered = answer.is_some();
        answer
    }

    fn is_asking(&self) -> bool {
        self.0.asking.load(Ordering::Relaxed)
    }
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
        if let Event::Failed { error, .. } = event {
            state.failures.push(error_text(error));
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
        if std::mem::take(&mut state.answered) {
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
            Event::Planned { plan, purpose, elapsed } => self.planned(state, plan, *purpose, *elapsed),
            Event::Summary { elapsed, .. } => {
                let failures = std::mem::take(&mut state.failures);
                for failure in &failures {
                    state.streams.err("\n");
                    state.streams.raw(failure);
                }
                state.summarised = true;
                let text = self.summary(state, event, *elapsed);
                state.streams.err(&text);
            }
            Event::Ended { error: Some(error) } => {
                for failure in std::mem::take(&mut state.failures) {
                    state.streams.raw(&failure);
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
                let state_of = match plan.unchanged.len() {
                    0 if plan.count(Action::Create) == plan.changes.len() => "none exist yet".to_owned(),
                    unchanged => format!("{unchanged} as they shall be"),
                };
                state.streams.err(&format!("{COMPARING} … {things}, {state_of} ({})\n\n", seconds(elapsed)));
                self.grouped(state, plan);
            }
        }
    }

    /// The plan; in GitHub's log folded below its last line.
    fn grouped(&self, state: &mut State, plan: &Plan) {
        let text = plan_text(plan, self.is_verbose());
        if self.screen.github {
            let bare = anstream::adapter::strip_str(&text).to_string();
            let title = bare.lines().rfind(|line| line.starts_with("Plan:")).unwrap_or("Plan").to_owned();
            state.streams.command(&format!("::group::{}", super::github::escape(&title)));
            state.streams.err(&text);
            state.streams.command("::endgroup::");
        } else {
            state.streams.err(&format!("{text}\n"));
        }
    }
}

impl State {
    /// Keeps what is under way.
    fn follow(&mut self, event: &Event<'_>, now: Instant) {
        match event {
            Event::Looking => self.live.work(COMPARING, now),
            Event::Planned { plan, purpose, .. } => {
                self.live.clear();
                self.names = plan.changes.iter().map(|change| change.name.chars().count()).max().unwrap_or_default();
                self.changes = plan.changes.len();
                self.purpose = *purpose;
                self.kept = if *purpose == Purpose::Down { plan.kept.len() } else { 0 };
            }
            Event::Progress { what, done, total, .. } => {
                let what = format!("going through the {what}");
                let progressed = Progressed { done: *done, total: *total, unit: Unit::Objects };
                self.live.work(&what, now);
                self.live.progress(&What::Work(what), progressed, now);
            }
            Event::IndexRepaired { .. } => self.repaired += 1,
            Event::Started { subject } => self.live.begin(What::Change((*subject).clone()), now),
            Event::Waiting { subject, for_what, elapsed, .. } => {
                self.live.wait(&What::Change((*subject).clone()), for_what, *elapsed, now);
            }
            Event::Progressed { subject, progressed } => {
                self.live.progress(&What::Change((*subject).clone()), *progressed, now);
            }
            Event::Done { subject, .. } | Event::Failed { subject, .. } | Event::CutOff { subject } => {
                self.live.end(&What::Change((*subject).clone()));
            }
            Event::Verifying { left, elapsed } => {
                self.live.work(VERIFYING, now);
                let for_what = format!("for AWS to show {}", left.join(", "));
                self.live.wait(&What::Work(VERIFYING.to_owned()), &for_what, *elapsed, now);
            }
            Event::Verified | Event::Summary { .. } | Event::IndexCompared { .. } => self.live.clear(),
            Event::Ended { .. } => {
                self.live.clear();
                self.ended = true;
            }
            _ => {}
        }
    }

    fn draw(&mut self, screen: &Screen, now: Instant) {
        if screen.mode == Mode::Rich {
            let frame = self.live.frame(screen.width.unwrap_or(80), screen.rows, self.names, now, self.ticks);
            self.streams.draw(&frame);
        }
    }
}
