//! Behaviours of the real AWS that the local AWS does not show, by their ids (`L1`: a fresh role cannot be assumed yet).

mod countdown;
mod dynamodb;
mod iam;
mod keys;
mod lambda;
mod lambda_destination;
mod lambda_limits;
mod lambda_role;
mod local;
mod logs;
mod lost_answer;
mod one_at_a_time;
mod permissions;
mod s3_bucket;
mod s3_notification;
mod s3_objects;
mod s3_settings;
mod walls;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::one_at_a_time::OneAtATime;
use super::answer::Answer;
use super::exchange::Exchange;

/// What happens to a call in place of, or around, the local AWS.
///
/// It strikes a call where it answers instead of the local AWS, changes the answer, or does something else beside (and says so: [`Exchange::strike`]).
///
/// A rule is called on a worker thread of a multi-threaded runtime, for one call at a time or for several at once; it may ask the local AWS
/// itself ([`Exchange::ask`]). What it must remember, it learns from the calls that pass since it was switched on.
pub(crate) trait Rule: Send + Sync {
    /// Before the local AWS sees the call: `Some(answer)` instead of it.
    fn before(&self, _exchange: &Exchange<'_>) -> Option<Answer> {
        None
    }

    /// After it: the answer may be changed (`DescribeTable` says CREATING). Not asked about an object that is sent (`GetObject`, 2xx).
    fn after(&self, _exchange: &Exchange<'_>, answer: Answer) -> Answer {
        answer
    }
}

/// A rule that is switched on.
#[derive(Clone)]
pub(super) struct Active {
    pub(super) id: &'static str,
    /// Among all.
    pub(super) place: usize,
    rule: Arc<dyn Rule>,
    /// How many calls it has struck.
    struck: Arc<AtomicUsize>,
}

impl Active {
    /// The rule with this id, which remembers nothing yet. Walls come before the rest.
    ///
    /// # Panics
    /// There is none.
    pub(super) fn named(id: &str) -> Self {
        let mut all = WALLS.iter().chain(ALL).enumerate();
        let (place, (id, make)) = all.find(|(_, (name, _))| *name == id).unwrap_or_else(|| panic!("no behaviour is called {id}"));
        Self { id, place, rule: make().into(), struck: Arc::default() }
    }

    pub(super) fn struck(&self) -> usize {
        self.struck.load(Ordering::Relaxed)
    }

    /// [`Rule::before`].
    pub(super) fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let answer = self.rule.before(exchange);
        self.count(exchange, answer.is_some());
        answer
    }

    /// [`Rule::after`].
    pub(super) fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        let before = answer.clone();
        let answer = self.rule.after(exchange, answer);
        self.count(exchange, answer != before);
        answer
    }

    fn count(&self, exchange: &Exchange<'_>, answered: bool) {
        if exchange.was_struck() || answered {
            self.struck.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Makes a rule that remembers nothing yet.
type Maker = fn() -> Box<dyn Rule>;

/// Every behaviour that there is, by id. Each sees a call before those below it, and an answer after them.
///
/// Those without an id pass on the local AWS and fail on the real one.
const ALL: &[(&str, Maker)] = &[
    ("G3", || Box::<lost_answer::CreatedUnseen>::default()),
    ("pass-role", || Box::new(permissions::PassRole)),
    ("tag-on-create", || Box::new(permissions::TagOnCreate)),
    ("L1", || Box::<lambda::RoleNotAssumable>::default()),
    ("L2", || Box::<lambda::KeyGrantRefused>::default()),
    ("L4", || Box::<lambda_role::BoundToRole>::default()),
    ("L5", || Box::<lambda::Pending>::default()),
    ("L6", || Box::<lambda::UpdateInProgress>::default()),
    ("L8", || Box::<lambda::NewFunctionUnknown>::default()),
    ("L11", || Box::<lambda::Leaving>::default()),
    ("failure-destination", || Box::<lambda_destination::FailureDestinationChecked>::default()),
    ("L15", || Box::new(lambda_limits::SmallAccount)),
    ("function-limits", || Box::new(lambda_limits::FunctionLimits)),
    ("no-function-policy", || Box::new(lambda::NoEmptyPolicy)),
    ("I1", || Box::<iam::NewEntityUnknown>::default()),
    ("I2", || Box::<iam::InvalidPrincipal>::default()),
    ("I3", || Box::<keys::PolicyNotEffective>::default()),
    ("I4", || Box::<iam::StillAttached>::default()),
    ("I5", || Box::new(iam::TwoKeysAtMost)),
    ("I6", || Box::<keys::NewKeyUnknown>::default()),
    ("I7", || Box::<iam::NameNotFree>::default()),
    ("I10", || Box::new(iam::PolicySizes)),
    ("G1", || Box::<logs::GroupMadeByLambda>::default()),
    ("G2", || Box::<logs::GroupReappears>::default()),
    ("G4", || Box::<logs::GroupBusy>::default()),
    ("D1", || Box::<dynamodb::Creating>::default()),
    ("D2", || Box::<dynamodb::Busy>::default()),
    ("D3", || Box::<dynamodb::Crowded>::default()),
    ("D4", || Box::<dynamodb::BackupsStarting>::default()),
    ("D5", || Box::<dynamodb::TagsLate>::default()),
    ("reserved-words", || Box::new(dynamodb::ReservedWords)),
    ("S1", || Box::new(s3_bucket::Location)),
    ("S5", || Box::new(s3_bucket::WrongRegion)),
    ("expected-owner", || Box::new(s3_bucket::ExpectedOwner)),
    ("S3", || Box::<s3_bucket::NameNotFree>::default()),
    ("S2", || Box::new(s3_bucket::NameTaken)),
    ("S4", || Box::<s3_bucket::LateReads>::default()),
    ("S6", || Box::<s3_bucket::BlockHolds>::default()),
    ("bucket-policy", || Box::new(s3_settings::PolicyChecked)),
    ("bucket-rules", || Box::new(s3_settings::RulesChecked)),
    ("bucket-policy-status", || Box::new(s3_settings::PolicyStatus)),
    ("S9", || Box::new(s3_settings::GrantsStand)),
    ("S14", || Box::new(s3_settings::SystemTags)),
    ("S11", || Box::<s3_objects::VersioningSpreads>::default()),
    ("S15", || Box::<s3_notification::DestinationsChecked>::default()),
    ("S16", || Box::new(s3_notification::FilterNames)),
    ("S17", || Box::<s3_objects::SlowToEmpty>::default()),
    ("key-length", || Box::new(s3_objects::KeyLength)),
    ("part-sizes", || Box::<s3_objects::PartSizes>::default()),
    ("copy-to-itself", || Box::new(s3_objects::CopyChangesSomething)),
    ("missing-is-denied", || Box::new(s3_objects::MissingIsDenied)),
    // Last: what these let through must reach the local AWS, or they would not see its end.
    ("S3-at-once", || Box::new(OneAtATime::bucket())),
    ("I7-at-once", || Box::new(OneAtATime::entity())),
    ("G4-at-once", || Box::new(OneAtATime::group())),
    ("L6-at-once", || Box::new(OneAtATime::function())),
    ("L8-at-once", || Box::new(OneAtATime::function_policy())),
];

/// What never passes: not a part of "every behaviour", since no program could get past it.
const WALLS: &[(&str, Maker)] = &[
    ("S7", || Box::new(walls::AccountBlock)),
    ("quotas", || Box::new(walls::Quotas)),
    ("names-taken", || Box::new(walls::NamesTaken)),
    ("clock-ahead", || Box::new(walls::ClockAhead)),
    ("updates-fail", || Box::<lambda::UpdatesFail>::default()),
    ("trust-changed", || Box::new(walls::TrustChanged)),
];

/// The ids of all behaviours that pass by themselves, or that a program can comply with.
pub fn behaviours() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(id, _)| *id)
}
