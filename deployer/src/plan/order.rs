//! What waits for what: as little as the rules of AWS ask, so that whatever is independent runs at once.

use crate::resource::Kind;

/// How far a change has come; each mark includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Others can refer to it; what is deleted is on its way out.
    Effective,
    /// It works as it shall, and only the record of what was applied may be missing; what is deleted is gone.
    Settled,
    Done,
}

/// Another change, and how far it must have come. One that is not planned has come to its end.
pub type After = (Kind, Mark);

/// What a change waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// Before it begins.
    pub begin: &'static [After],
    /// Before it goes on from what can do no harm to others.
    pub proceed: &'static [After],
    /// Before the call that must not come earlier. What it reads or writes before that, it does meanwhile.
    pub commit: &'static [After],
}

impl Order {
    pub(super) const FREE: Self = Self { begin: &[], proceed: &[], commit: &[] };

    pub(super) const fn begin(begin: &'static [After]) -> Self {
        Self { begin, ..Self::FREE }
    }

    pub(super) const fn commit(commit: &'static [After]) -> Self {
        Self { commit, ..Self::FREE }
    }

    /// Everything it waits for.
    pub fn all(&self) -> impl Iterator<Item = &'static After> {
        self.begin.iter().chain(self.proceed).chain(self.commit)
    }
}
