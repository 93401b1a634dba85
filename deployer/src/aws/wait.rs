//! Every wait has a name, a deadline and a line that says what it waits for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::passing::{Passing, THROTTLED};
use super::error::{AwsError, Class};
use super::stop::Stop;
use super::turns::Turns;
use crate::error::Error;
use crate::event::{Event, Progressed, Report, Subject};

/// The pauses between attempts: the first poll comes soon, later ones less often.
#[derive(Debug)]
pub struct Pace {
    next: Duration,
}

impl Pace {
    const FIRST: Duration = Duration::from_millis(250);
    const LONGEST: Duration = Duration::from_secs(5);

    #[expect(clippy::new_without_default, reason = "a pace is begun, not defaulted")]
    pub const fn new() -> Self {
        Self { next: Self::FIRST }
    }

    /// Sleeps until the next attempt, after `say`; not when that would come later than `at_most` after the start, of which `elapsed` is
    /// over. Ends early when the run is to stop.
    pub async fn pause(&mut self, elapsed: Duration, at_most: Duration, stop: &Stop, say: impl FnOnce()) -> Pause {
        if elapsed + self.next > at_most {
            return Pause::TooLate;
        }
        say();
        tokio::select! {
            () = sleep(self.next) => {}
            () = stop.wait() => return Pause::Stopped,
        }
        self.next = (self.next * 2).min(Self::LONGEST);
        Pause::Over
    }
}

/// How a pause ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It is time for the next attempt.
    Over,
    /// There was none: the next attempt would come too late.
    TooLate,
    /// The run is to stop.
    Stopped,
}

/// What a change reports while it is applied.
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    pub subject: &'a Subject,
    pub report: &'a dyn Report,
    /// Ends a wait early.
    pub stop: &'a Stop,
    /// Whether AWS has shown what is changed, in this run or when it looked.
    pub shown: &'a Shown,
    /// How far this change and the others have come.
    pub turns: &'a Turns,
}

impl Progress<'_> {
    /// Tells how far the change has come.
    pub(super) fn reached(self, progressed: Progressed) {
        self.report.event(&Event::Progressed { subject: self.subject, progressed });
    }
}

/// Whether AWS has shown that something is there.
#[derive(Debug, Default)]
pub struct Shown(AtomicBool);

impl Shown {
    /// Before anything is done: `true` where it was seen, or is a part of what was, and needs nothing that this run makes.
    pub const fn new(already: bool) -> Self {
        Self(AtomicBool::new(already))
    }

    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What AWS has shown once and does not know any more: so long it may be a server that lags behind (S4). Then it was deleted.
const SHOWN_AGAIN: Wait = Wait::seconds("for AWS to show again what it has shown already", 20);

/// One wait: what for, and for how long at most.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    /// "for IAM to know the new role".
    pub for_what: &'static str,
    pub at_most: Duration,
}

impl Wait {
    pub const fn seconds(for_what: &'static str, at_most: u64) -> Self {
        Self { for_what, at_most: Duration::from_secs(at_most) }
    }

    /// Calls `ask` until it gives a value. Errors of the classes `passing` do not end the wait before their own time is over.
    ///
    /// # Errors
    /// The first error that does not pass, or [`Error::Deadline`].
    pub async fn until<T>(
        self,
        progress: Progress<'_>,
        passing: &[Passing],
        mut ask: impl AsyncFnMut() -> Result<Option<T>, AwsError>,
    ) -> Result<T, Error> {
        let mut waiting = Waiting::new(progress);
        loop {
            match ask().await {
                Ok(Some(value)) => return Ok(waiting.found(passing, value)),
                Ok(None) => waiting.pause(self, None).await?,
                Err(error) => waiting.pass(passing, error).await?,
            }
        }
    }
}

/// Calls `call` again as long as it fails with an error of the classes `passing`.
///
/// # Errors
/// The first error that does not pass, or [`Error::Deadline`] with the last one when the time of its class is over.
pub async fn retry<T>(
    progress: Progress<'_>,
    passing: &[Passing],
    mut call: impl AsyncFnMut() -> Result<T, AwsError>,
) -> Result<T, Error> {
    let mut waiting = Waiting::new(progress);
    loop {
        match call().await {
            Ok(value) => return Ok(waiting.found(passing, value)),
            Err(error) => waiting.pass(passing, error).await?,
        }
    }
}

/// Waits that have begun.
struct Waiting<'a> {
    progress: Progress<'a>,
    begun: Vec<Begun>,
    /// How often the call has failed.
    attempts: usize,
}

/// One wait, since the end of the attempt that began it: how long the work itself takes does not count. Each has a pace of its own.
struct Begun {
    for_what: &'static str,
    at: Instant,
    pace: Pace,
}

impl<'a> Waiting<'a> {
    const fn new(progress: Progress<'a>) -> Self {
        Self { progress, begun: Vec::new(), attempts: 0 }
    }

    /// Waits when `error` passes by itself.
    async fn pass(&mut self, passing: &[Passing], error: AwsError) -> Result<(), Error> {
        self.attempts += 1;
        match Passing::of(passing, &error).or_else(|| Passing::of(&[THROTTLED], &error)) {
            Some(class) if class.absence && self.progress.shown.is_set() => self.pause(SHOWN_AGAIN, Some(error)).await,
            Some(class) => self.pause(class.wait, Some(error)).await,
            None => Err(error.into()),
        }
    }

    /// A call that could have failed since something is not there has not.
    fn found<T>(&self, passing: &[Passing], value: T) -> T {
        if passing.iter().any(|class| class.absence) {
            self.progress.shown.set();
        }
        value
    }

    /// Sleeps, and says what for. Ends when the run is to stop.
    async fn pause(&mut self, wait: Wait, error: Option<AwsError>) -> Result<(), Error> {
        let Wait { for_what, at_most } = wait;
        let known = self.begun.iter().position(|begun| begun.for_what == for_what).unwrap_or(self.begun.len());
        if known == self.begun.len() {
            self.begun.push(Begun { for_what, at: Instant::now(), pace: Pace::new() });
        }
        let begun = &mut self.begun[known];
        let Progress { subject, report, stop, .. } = self.progress;
        let (elapsed, attempts) = (begun.at.elapsed(), self.attempts);
        let say = || report.event(&Event::Waiting { subject, for_what, elapsed, attempts });
        match begun.pace.pause(elapsed, at_most, stop, say).await {
            Pause::Over => Ok(()),
            Pause::TooLate => Err(Error::Deadline { for_what, seconds: at_most.as_secs(), last: error }),
            Pause::Stopped => Err(AwsError::told(subject.kind.word(), &subject.name, Class::Stopped, "Stopped", for_what).into()),
        }
    }
}

#[cfg(test)]
pub(in crate::aws) mod tests {
    use super::*;
    use crate::aws::alone::Alone;
    use crate::aws::error::Class;
    use crate::plan::Action;
    use crate::resource::Kind;
    use std::cell::{Cell, RefCell};

    const PASSES: &[Passing] = &[Passing::new("for IAM", 60, |error| error.is(&["Passes"]))];

    pub(in crate::aws) fn error(code: &str, message: &str) -> AwsError {
        AwsError::told("lambda:CreateFunction", "f", Class::Other, code, message)
    }

    fn subject() -> Subject {
        Subject { kind: Kind::Function, name: "f".into(), action: Action::Create }
    }

    /// Lets a call fail with `error` for ever: how often it is made, for how long, and what it ends with.
    pub(in crate::aws) async fn fails_for_ever(passing: &[Passing], error: &AwsError) -> (usize, Duration, Error) {
        let (calls, begun) = (Cell::new(0), Instant::now());
        let call = async || {
            calls.set(calls.get() + 1);
            Err::<(), _>(error.clone())
        };
        let result = retry(Alone::new(subject()).progress(), passing, call).await;
        (calls.get(), begun.elapsed(), result.unwrap_err())
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_tried_again_until_it_works() {
        let (calls, begun) = (Cell::new(0), Instant::now());
        let call = async || {
            calls.set(calls.get() + 1);
            if calls.get() < 4 { Err(error("Passes", "")) } else { Ok(calls.get()) }
        };
        let result = retry(Alone::new(subject()).progress(), PASSES, call).await;
        assert_eq!(result.unwrap(), 4);
        // Soon at first, then less often.
        assert_eq!(begun.elapsed(), Duration::from_millis(250 + 500 + 1000));
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_passes_ends_at_once_and_the_rest_at_the_deadline() {
        let (calls, took, end) = fails_for_ever(PASSES, &error("Never", "")).await;
        assert_eq!((calls, took), (1, Duration::ZERO));
        assert!(matches!(end, Error::Aws(_)));
        let (calls, took, end) = fails_for_ever(PASSES, &error("Passes", "")).await;
        assert!(calls > 10 && took.as_secs() > 50 && took.as_secs() <= 60, "{calls} calls, {took:?}");
        assert!(matches!(end, Error::Deadline { seconds: 60, last: Some(_), .. }));
    }

    /// The function of a lost create is pending (L5) after its role was new (L1): each has its own time, and its own pace.
    #[tokio::test(start_paused = true)]
    async fn each_wait_has_its_own_deadline() {
        let passing = [PASSES[0], Passing::new("for Lambda", 60, |error| error.is(&["Second"]))];
        let (begun, second) = (Instant::now(), RefCell::new(Vec::new()));
        let call = async || match begun.elapsed().as_secs() {
            0..50 => Err(error("Passes", "")),
            50..100 => {
                second.borrow_mut().push(Instant::now());
                Err(error("Second", ""))
            }
            _ => Ok(()),
        };
        retry(Alone::new(subject()).progress(), &passing, call).await.unwrap();
        let second = second.into_inner();
        assert_eq!(second[1] - second[0], Pace::FIRST, "it begins as soon as any other");
    }

    /// Another run has deleted it: nobody waits for it as for something new.
    #[tokio::test(start_paused = true)]
    async fn what_was_shown_and_is_gone_is_not_waited_for_as_long_as_what_is_new() {
        let alone = Alone::new(subject());
        let progress = alone.progress();
        let absent = [Passing::absence("for IAM", 60, |error| error.is(&["Passes"]))];
        let fails = async || {
            let begun = Instant::now();
            let result = retry(progress, &absent, async || Err::<(), _>(error("Passes", ""))).await;
            (begun.elapsed().as_secs(), matches!(result, Err(Error::Deadline { last: Some(_), .. })))
        };
        let (before, deadline) = fails().await;
        assert!(before > 50 && deadline, "{before} s");
        retry(progress, PASSES, async || Ok(())).await.unwrap();
        assert!(fails().await.0 > 50, "a call that says nothing about it");
        retry(progress, &absent, async || Ok(())).await.unwrap();
        let (after, deadline) = fails().await;
        assert!((10..=20).contains(&after) && deadline, "{after} s");
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_is_to_stop_does_not_wait_to_the_end() {
        let alone = Alone::new(subject());
        let (progress, stop) = (alone.progress(), &alone.stop);
        let wait = Wait::seconds("for IAM", 60);
        let forever = wait.until(progress, &[], async || Ok(None::<()>));
        let begun = Instant::now();
        let stopping = async {
            sleep(Duration::from_secs(10)).await;
            stop.set();
        };
        let (result, ()) = tokio::join!(forever, stopping);
        assert!(matches!(result.unwrap_err(), Error::Aws(error) if error.class == Class::Stopped));
        assert_eq!(begun.elapsed().as_secs(), 10);
    }
}
