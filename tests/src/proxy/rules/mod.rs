//! Behaviours of the real AWS that the local AWS does not show, by their ids (`L1`: a fresh role cannot be assumed yet).

mod countdown;
mod lambda;
mod lambda_limits;
mod local;
mod permissions;

use super::answer::Answer;
use super::exchange::Exchange;

/// What happens to a call in place of, or around, the local AWS.
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

/// Makes a rule that remembers nothing yet.
type Maker = fn() -> Box<dyn Rule>;

/// Every behaviour that there is, by id. Each sees a call before those below it, and an answer after them.
///
/// Those without an id pass on the local AWS and fail on the real one.
const ALL: &[(&str, Maker)] = &[
    ("pass-role", || Box::new(permissions::PassRole)),
    ("tag-on-create", || Box::new(permissions::TagOnCreate)),
    ("L1", || Box::<lambda::RoleNotAssumable>::default()),
    ("L2", || Box::<lambda::KeyGrantRefused>::default()),
    ("L5", || Box::<lambda::Pending>::default()),
    ("L6", || Box::<lambda::UpdateInProgress>::default()),
    ("L8", || Box::<lambda::UnknownToAddPermission>::default()),
    ("L11", || Box::<lambda::Leaving>::default()),
    ("L15", || Box::new(lambda_limits::SmallAccount)),
    ("function-limits", || Box::new(lambda_limits::FunctionLimits)),
    ("no-function-policy", || Box::new(lambda::NoEmptyPolicy)),
];

/// The rule with this id.
///
/// # Panics
/// There is none.
pub(super) fn named(id: &str) -> Box<dyn Rule> {
    let (_, make) = ALL.iter().find(|(name, _)| *name == id).unwrap_or_else(|| panic!("no behaviour is called {id}"));
    make()
}

/// The ids of all behaviours.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(id, _)| *id)
}
