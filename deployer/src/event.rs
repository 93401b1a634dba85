//! The vocabulary of everything that is shown while a command runs. Workers emit events; only `report` prints.

use std::time::Duration;

use gallery_index::Difference;

use crate::aws::index::{Counts, Mode};
use crate::deployed::Deployed;
use crate::error::Error;
use crate::finding::Finding;
use crate::log_line::LogLine;
use crate::place::Place;
use crate::plan::{Action, Change, Plan};
use crate::resource::Kind;
use crate::status::Status;

/// Which change an event speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub kind: Kind,
    pub name: String,
    pub action: Action,
}

impl From<&Change> for Subject {
    fn from(change: &Change) -> Self {
        Self { kind: change.kind, name: change.name.clone(), action: change.action }
    }
}

/// How far something has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progressed {
    pub done: u64,
    /// `None` while nobody knows.
    pub total: Option<u64>,
    pub unit: Unit,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Bytes,
    Objects,
}

/// Something worth telling.
#[derive(Debug)]
pub enum Event<'a> {
    /// The first line: which gallery, where, and as whom.
    Start {
        gallery: &'a str,
        /// `None` is the main gallery.
        stage: Option<&'a str>,
        account: &'a str,
        region: &'a str,
        identity: Option<&'a str>,
        /// By whose credentials, where it is named.
        profile: Option<&'a str>,
        /// Whether an OIDC token was given for the credentials, as in pipelines.
        by_oidc: bool,
        /// On the command line, in the place of that of the configuration.
        region_is_named: bool,
        endpoint: Option<&'a str>,
    },
    /// AWS is being looked at.
    Looking,
    /// The plan is made.
    Planned {
        plan: &'a Plan,
        purpose: Purpose,
        elapsed: Duration,
    },
    /// A change begins.
    Started {
        subject: &'a Subject,
    },
    /// A wait has begun or goes on: what for, and for how long.
    Waiting {
        subject: &'a Subject,
        for_what: &'a str,
        elapsed: Duration,
        /// How often the call has failed by now; 0 where it is only looked whether something has happened.
        attempts: usize,
    },
    /// A change that takes long has come so far.
    Progressed {
        subject: &'a Subject,
        progressed: Progressed,
    },
    Done {
        subject: &'a Subject,
        elapsed: Duration,
        /// How often a call had to be made until it worked; 1 where none had to be made again.
        attempts: usize,
    },
    Failed {
        subject: &'a Subject,
        error: &'a Error,
        elapsed: Duration,
    },
    /// Begun and not finished, since something that it needs failed or the run was interrupted.
    CutOff {
        subject: &'a Subject,
    },
    /// Not begun, since what they need failed or the run was interrupted.
    NotStarted {
        subjects: &'a [Subject],
        needs: Option<&'a Subject>,
    },
    /// Ctrl-C, SIGTERM or `--timeout`: calls in flight finish, no other begins.
    Stopping {
        /// In flight.
        calls: usize,
    },
    /// A second look still finds something to change: AWS may not show yet what was written.
    Verifying {
        left: &'a [String],
        elapsed: Duration,
    },
    /// A second look found everything as planned.
    Verified,
    /// All galleries of the account. `place`: where anything of it is.
    Galleries {
        galleries: &'a [Deployed],
        place: &'a Place,
    },
    /// What `doctor` found in one of its checks.
    Finding(&'a Finding),
    /// How a gallery does.
    Status(&'a Status),
    /// A line of the indexer's log.
    Log(&'a LogLine),
    /// How far something is that takes long: `done` of `total` of what `what` names. Told several times a second.
    Progress {
        what: &'static str,
        done: u64,
        /// `None` while nobody knows.
        total: Option<u64>,
        elapsed: Duration,
    },
    /// The index differs from the images under this key.
    IndexDiffers {
        difference: Difference,
        gallery: &'a str,
        key: &'a str,
    },
    /// It did, and does no longer.
    IndexRepaired {
        difference: Difference,
        gallery: &'a str,
        key: &'a str,
    },
    /// It does still.
    IndexFailed {
        gallery: &'a str,
        key: &'a str,
        error: &'a Error,
    },
    /// The index was compared with the images, as far as it went.
    IndexCompared {
        counts: &'a Counts,
        mode: Mode,
        elapsed: Duration,
    },
    /// A sentence for the user, beside the steps of a run.
    Note(&'a str),
    /// Where to go from here, each below a word such as "Next".
    Hints(&'a [(&'static str, String)]),
    /// The result of a command that has no steps.
    Message(&'a str),
    /// Everything is applied, as far as it went.
    Summary {
        created: usize,
        updated: usize,
        deleted: usize,
        failed: usize,
        cut_off: usize,
        not_started: usize,
        elapsed: Duration,
    },
    /// The run is over; `error` is what ended it, if it did not end well. Always the last one.
    Ended {
        error: Option<&'a Error>,
    },
}

/// What a plan is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be looked at.
    Show,
    Up,
    Down,
}

/// Consumes events: a terminal, plain lines, JSON lines.
pub trait Report: Send + Sync {
    fn event(&self, event: &Event<'_>);

    /// A result that scripts read, such as the page's URL.
    ///
    /// # Errors
    /// Standard output is closed.
    fn output(&self, name: &str, value: &str) -> Result<(), Error>;

    /// Asks the user. `None` when nobody is there to answer, or could not see what the answer is about.
    fn ask(&self, question: &str) -> Option<String>;

    /// Whether a question waits for its answer.
    fn is_asking(&self) -> bool {
        false
    }
}
