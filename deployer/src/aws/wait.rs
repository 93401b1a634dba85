//! Every wait has a name, a deadline and a line that says what it waits for.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::{AwsError, Class};
use super::stop::Stop;
use crate::error::Error;
use crate::event::{Event, Report, Subject};

/// The first poll comes soon, later ones less often.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What a change reports while it is applied.
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    pub subject: &'a Subject,
    pub report: &'a dyn Report,
    /// Ends a wait early.
    pub stop: &'a Stop,
}

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

    /// Calls `ask` until it gives a value.
    ///
    /// # Errors
    /// The first error of `ask`, or [`Error::Deadline`].
    pub async fn until<T>(
        self,
        progress: Progress<'_>,
        mut ask: impl AsyncFnMut() -> Result<Option<T>, AwsError>,
    ) -> Result<T, Error> {
        let mut pace = Pace::new(self, progress);
        loop {
            if let Some(value) = ask().await? {
                return Ok(value);
            }
            pace.pause(None).await?;
        }
    }

    /// Calls `call` again as long as it fails with an error that passes by itself.
    ///
    /// # Errors
    /// The first error that does not pass, or the last one when the time is over.
    pub async fn retry<T>(
        self,
        progress: Progress<'_>,
        passes: impl Fn(&AwsError) -> bool,
        mut call: impl AsyncFnMut() -> Result<T, AwsError>,
    ) -> Result<T, Error> {
        let mut pace = Pace::new(self, progress);
        loop {
            match call().await {
                Ok(value) => return Ok(value),
                Err(error) if passes(&error) => pace.pause(Some(error)).await?,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

struct Pace<'a> {
    wait: Wait,
    progress: Progress<'a>,
    /// The end of the first attempt: how long the work itself takes does not count.
    begun: Option<Instant>,
    next: Duration,
}

impl<'a> Pace<'a> {
    fn new(wait: Wait, progress: Progress<'a>) -> Self {
        Self { wait, progress, begun: None, next: FIRST_PAUSE }
    }

    /// Sleeps, and says so when it takes long. Ends when the run is to stop.
    async fn pause(&mut self, error: Option<AwsError>) -> Result<(), Error> {
        let elapsed = self.begun.get_or_insert_with(Instant::now).elapsed();
        if elapsed + self.next > self.wait.at_most {
            return Err(Error::Deadline { for_what: self.wait.for_what, seconds: self.wait.at_most.as_secs(), last: error });
        }
        self.progress.report.event(&Event::Waiting { subject: self.progress.subject, for_what: self.wait.for_what, elapsed });
        tokio::select! {
            () = sleep(self.next) => {}
            () = self.progress.stop.wait() => {
                let Subject { kind, name, .. } = self.progress.subject;
                return Err(AwsError::told(kind.word(), name, Class::Stopped, "Stopped", self.wait.for_what).into());
            }
        }
        self.next = (self.next * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::Class;
    use crate::plan::Action;
    use crate::resource::Kind;
    use std::cell::Cell;

    struct Silent;
    impl Report for Silent {
        fn event(&self, _: &Event<'_>) {}
    }

    fn error(code: &str) -> AwsError {
        AwsError {
            call: "lambda:CreateFunction",
            resource: "f".into(),
            class: Class::Other,
            code: Some(code.into()),
            message: String::new(),
            status: Some(400),
            request_id: None,
            bucket_region: None,
        }
    }

    fn subject() -> Subject {
        Subject { kind: Kind::Function, name: "f".into(), action: Action::Create }
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_tried_again_until_it_works() {
        let (subject, calls, stop) = (subject(), Cell::new(0), Stop::default());
        let progress = Progress { subject: &subject, report: &Silent, stop: &stop };
        let result = Wait::seconds("for IAM", 60)
            .retry(
                progress,
                |error| error.is(&["Passes"]),
                async || {
                    calls.set(calls.get() + 1);
                    if calls.get() < 4 { Err(error("Passes")) } else { Ok(calls.get()) }
                },
            )
            .await;
        assert_eq!(result.unwrap(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_passes_ends_at_once_and_the_rest_at_the_deadline() {
        let (subject, calls, stop) = (subject(), Cell::new(0), Stop::default());
        let progress = Progress { subject: &subject, report: &Silent, stop: &stop };
        let wait = Wait::seconds("for IAM", 60);
        let run = async |code: &str| {
            calls.set(0);
            wait.retry(
                progress,
                |error| error.is(&["Passes"]),
                async || {
                    calls.set(calls.get() + 1);
                    Err::<(), _>(error(code))
                },
            )
            .await
            .unwrap_err()
        };
        assert!(matches!(run("Never").await, Error::Aws(_)));
        assert_eq!(calls.get(), 1);
        assert!(matches!(run("Passes").await, Error::Deadline { seconds: 60, last: Some(_), .. }));
        assert!(calls.get() > 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_that_is_to_stop_does_not_wait_to_the_end() {
        let (subject, stop) = (subject(), Stop::default());
        let progress = Progress { subject: &subject, report: &Silent, stop: &stop };
        let wait = Wait::seconds("for IAM", 60);
        let forever = wait.until(progress, async || Ok(None::<()>));
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
