//! One comparison: what it has found so far, how far it is, and whether it goes on.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use gallery_index::{Difference, Listed, Stored};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::backend::Clients;
use super::{Counts, Mode, REPAIRS};
use crate::aws::Aws;
use crate::aws::error::{AwsError, Class};
use crate::error::Error;
use crate::event::{Event, Report};
use crate::resource::index::Index;

/// So many differences are looked at again before they are reported. More of them are no matter of a moment.
const DOUBTS: usize = 100;
/// When so many rows could not be repaired, the run ends.
const FAILURES: u64 = 100;
/// How often it is told how far the run is.
const TELL: Duration = Duration::from_millis(250);

/// A row or an image that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Differing {
    pub kind: Difference,
    pub gallery: String,
    /// The image's key, which is the row's `file_path`.
    pub path: String,
}

/// Shared by all that runs at once, on one thread.
pub(super) struct Run<'a> {
    pub clients: Clients<'a>,
    pub mode: Mode,
    pub report: &'a dyn Report,
    pub slots: Semaphore,
    begun: Instant,
    counts: Cell<Counts>,
    done: Cell<u64>,
    /// How much there is to compare, as far as that is known.
    rows: Cell<u64>,
    images: Cell<Option<u64>>,
    told: Cell<Duration>,
    /// Differences that were not reported yet; `None`: there were too many to look at again.
    doubts: RefCell<Option<Vec<Differing>>>,
    failure: RefCell<Option<Error>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(aws: &'a Aws, index: &'a Index, mode: Mode, report: &'a dyn Report) -> Self {
        Self {
            clients: Clients { aws, index },
            mode,
            report,
            slots: Semaphore::new(REPAIRS),
            begun: Instant::now(),
            counts: Cell::default(),
            done: Cell::default(),
            rows: Cell::default(),
            images: Cell::default(),
            told: Cell::default(),
            doubts: RefCell::new(Some(Vec::new())),
            failure: RefCell::default(),
        }
    }

    fn update(&self, change: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.get();
        change(&mut counts);
        self.counts.set(counts);
    }

    /// Whether nothing more is to be begun.
    pub(super) fn is_over(&self) -> bool {
        self.clients.aws.stop.is_set() || self.failure.borrow().is_some()
    }

    /// Ends the run: what is under way finishes.
    pub(super) fn fail(&self, error: Error) {
        if !error.is_stopped() {
            self.failure.borrow_mut().get_or_insert(error);
        }
    }

    pub(super) fn begin_gallery(&self) {
        self.update(|counts| counts.galleries += 1);
    }

    pub(super) fn expect_rows(&self, rows: u64) {
        self.rows.set(self.rows.get() + rows);
    }

    pub(super) fn expect_images(&self, images: u64) {
        self.images.set(Some(images));
    }

    pub(super) fn compare(&self, listed: Option<&Listed>, stored: Option<&Stored>) {
        self.update(|counts| {
            counts.images += u64::from(listed.is_some());
            counts.rows += u64::from(stored.is_some_and(|row| !row.says_gone()));
        });
    }

    /// A row is right, repaired or told.
    pub(super) fn done(&self) {
        self.done.set(self.done.get() + 1);
        let elapsed = self.begun.elapsed();
        if elapsed.saturating_sub(self.told.get()) >= TELL {
            self.told.set(elapsed);
            self.tell(elapsed);
        }
    }

    fn tell(&self, elapsed: Duration) {
        let done = self.done.get();
        let expected = match self.mode {
            Mode::Check => Some(self.rows.get()),
            Mode::Repair => self.images.get().map(|images| images.max(self.rows.get())),
        };
        // An expectation that has proved too low is none.
        let total = expected.filter(|total| *total >= done);
        self.report.event(&Event::Progress { what: "images", done, total, elapsed });
    }

    /// Something differs, unless a second look finds otherwise.
    pub(super) fn doubt(&self, found: Differing) {
        let mut doubts = self.doubts.borrow_mut();
        match doubts.as_mut() {
            None => self.found(&found),
            Some(few) if few.len() < DOUBTS => few.push(found),
            Some(few) => {
                few.iter().chain([&found]).for_each(|found| self.found(found));
                *doubts = None;
            }
        }
    }

    pub(super) fn doubts(&self) -> Vec<Differing> {
        self.doubts.borrow_mut().take().unwrap_or_default()
    }

    /// Something differs for certain.
    pub(super) fn found(&self, found: &Differing) {
        self.update(|counts| counts.add(found.kind));
        self.report.event(&Event::IndexDiffers { difference: found.kind, gallery: &found.gallery, key: &found.path });
    }

    pub(super) fn repaired(&self, found: &Differing) {
        self.update(|counts| {
            counts.add(found.kind);
            counts.repaired += 1;
        });
        self.report.event(&Event::IndexRepaired { difference: found.kind, gallery: &found.gallery, key: &found.path });
    }

    /// Counted, unless it says that all others would fail, too.
    pub(super) fn not_repaired(&self, found: &Differing, error: AwsError) {
        let class = error.class;
        if class == Class::Stopped {
            return;
        }
        self.update(|counts| {
            counts.add(found.kind);
            counts.failed += 1;
        });
        let counts = self.counts.get();
        let error = Error::from(error);
        self.report.event(&Event::IndexFailed { gallery: &found.gallery, key: &found.path, error: &error });
        let never_allowed = class == Class::Denied && counts.repaired == 0;
        if never_allowed || matches!(class, Class::Credentials | Class::Network) || counts.failed >= FAILURES {
            self.fail(error);
        }
    }

    /// Tells what came of it.
    pub(super) fn end(self) -> Result<Counts, Error> {
        let (counts, elapsed) = (self.counts.get(), self.begun.elapsed());
        self.tell(elapsed);
        self.report.event(&Event::IndexCompared { counts: &counts, mode: self.mode, elapsed });
        if self.clients.aws.stop.is_set() {
            let message = "the run was to stop";
            return Err(AwsError::told("reindex", &self.clients.index.table, Class::Stopped, "Stopped", message).into());
        }
        match self.failure.into_inner() {
            Some(error) => Err(error),
            None if counts.failed > 0 => Err(Error::IndexIncomplete { failed: counts.failed }),
            None => Ok(counts),
        }
    }
}
