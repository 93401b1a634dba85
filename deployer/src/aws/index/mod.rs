//! The index against the images: what differs, and repairing it.
//!
//! # Expected flow
//! The galleries are found: a listing with a delimiter finds those that have images, a scan of the keys those that have rows. Gallery by gallery, several at once, the
//! listing of its images and the query of its rows go side by side in the order of their keys. What differs is repaired by the rule of the
//! crate `gallery-index`, as the indexer does it: look at the object, write if the row is still the one that was seen. What a look does not
//! find, a listing of its key decides, since S3 misses objects now and then (S11).
//!
//! # Guarantees
//! Memory holds some pages and the names of the galleries, however many images there are. A row that is right is not written. Uploads and the indexer may go on
//! meanwhile: each write asks for the revision that was seen, and looks again if it is another. Cut off at any moment, nothing has to be undone.
//!
//! # Errors
//! Those of single rows are reported and counted; what would fail for each row ends the run.

mod backend;
mod merge;
mod pages;
mod run;

use std::collections::BTreeSet;
use std::pin::pin;

use futures_util::future::ready;
use futures_util::stream::{Stream, StreamExt as _, TryStreamExt as _, iter};
use futures_util::{FutureExt as _, join, try_join};
use gallery_index::{Backend as _, Difference, Found, Key, Listed, Stored, Told, Write, difference, index_after};
use tokio::time::Instant;

use super::error::passing::{TABLE_BUSY, TABLES_CROWDED};
use super::error::{AwsError, Class, Named as _};
use super::wait::{Pace, Pause, Progress, retry};
use super::{Aws, table};
use crate::error::Error;
use crate::event::{Event, Report};
use crate::plan::Mark;
use crate::resource::index::{Index, TO_BE_FILLED, TO_FILL};
use crate::resource::tags::TagMap;
use merge::merge;
use run::{Differing, Run};

/// Galleries that are compared at once; each holds a page of its listing and one of its query.
const GALLERIES: usize = 4;
/// Rows that are repaired at once, of all galleries; each may hold the first bytes of an image.
const REPAIRS: usize = 16;
/// Between a listing and a query, and while events are on their way, what differs may be no difference. So long it is looked at again before it is reported.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// What is done about a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Check,
    Repair,
}

/// What a comparison found and did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub galleries: u64,
    pub images: u64,
    /// Those of deleted images are not counted.
    pub rows: u64,
    pub missing: u64,
    pub stale: u64,
    pub wrong: u64,
    pub foreign: u64,
    pub repaired: u64,
    /// Rows that could not be repaired.
    pub failed: u64,
}

impl Counts {
    pub fn differences(&self) -> u64 {
        self.missing + self.stale + self.wrong + self.foreign
    }

    fn add(&mut self, difference: Difference) {
        *match difference {
            Difference::Missing => &mut self.missing,
            Difference::Stale => &mut self.stale,
            Difference::Wrong => &mut self.wrong,
            Difference::Foreign => &mut self.foreign,
        } += 1;
    }
}

/// Compares the index with the images, of one gallery or of all, and tells what it finds; repairs it if asked to. Ends early when the run is to stop.
///
/// # Errors
/// A call that would fail for each row; rows that could not be repaired; [`Class::Stopped`] after an early end.
pub async fn reindex(aws: &Aws, index: &Index, gallery: Option<&str>, mode: Mode, report: &dyn Report) -> Result<Counts, Error> {
    let run = Run::new(aws, index, mode, report);
    // On the heap: what holds many calls would be too much for a stack, together with the other commands.
    match gallery {
        Some(gallery) => compare_gallery(&run, gallery).boxed_local().await,
        None => compare_all(&run).boxed_local().await,
    }
    look_again(&run).boxed_local().await;
    run.end()
}

/// Makes the rows of a table that lacks some, and takes its tag off that asks for them; `mark` puts it there before.
///
/// # Errors
/// As [`reindex`]; the calls that put the tag there and take it off.
pub async fn fill(aws: &Aws, index: &Index, table_arn: &str, mark: bool, progress: Progress<'_>) -> Result<(), Error> {
    if mark {
        let tags = TagMap::from([(TO_FILL.to_owned(), TO_BE_FILLED.to_owned())]);
        table::put_tags(aws, table_arn, &tags, progress).await?;
    }
    progress.reach(Mark::Effective);
    progress.commit().await?;
    reindex(aws, index, None, Mode::Repair, progress.report).await?;
    let request = aws.dynamodb.untag_resource().resource_arn(table_arn).tag_keys(TO_FILL);
    let call = async || request.clone().send().await.named("dynamodb:UntagResource", table_arn);
    retry(progress, &[TABLE_BUSY, TABLES_CROWDED], call).await.map(drop)
}

async fn compare_all(run: &Run<'_>) {
    let galleries = match find_galleries(run).await {
        Ok(galleries) => galleries,
        Err(error) => return run.fail(error.into()),
    };
    let compared =
        iter(galleries).for_each_concurrent(GALLERIES, async |gallery| compare_gallery(run, &gallery).boxed_local().await);
    match run.mode {
        // What was scanned is about what there is.
        Mode::Check => compared.await,
        Mode::Repair => drop(join!(compared, count_images(run))),
    }
}

/// The galleries that have images or rows.
async fn find_galleries(run: &Run<'_>) -> Result<BTreeSet<String>, AwsError> {
    let (aws, index) = (run.clients.aws, run.clients.index);
    let listed = pages::galleries(aws, index).try_fold(BTreeSet::new(), |mut found, names| {
        found.extend(names);
        ready(Ok(found))
    });
    let scanned = pages::galleries_of_rows(aws, index).try_fold(BTreeSet::new(), |mut found, (names, rows)| {
        found.extend(names);
        run.expect_rows(rows);
        ready(Ok(found))
    });
    let (mut galleries, of_rows) = try_join!(listed, scanned)?;
    galleries.extend(of_rows);
    Ok(galleries)
}

/// A listing that runs ahead, so that the remaining time can be told; without it there is none to tell.
async fn count_images(run: &Run<'_>) {
    let mut pages = pin!(pages::counted_images(run.clients.aws, run.clients.index));
    let mut images = 0;
    while let Some(Ok(page)) = pages.next().await {
        images += page;
    }
    run.expect_images(images);
}

async fn compare_gallery(run: &Run<'_>, gallery: &str) {
    if run.is_over() {
        return;
    }
    run.begin_gallery();
    let (aws, index) = (run.clients.aws, run.clients.index);
    let pairs = merge(pages::images(aws, index, gallery), pages::rows(aws, index, gallery, None));
    let pairs = pairs.take_while(|_| ready(!run.is_over()));
    pairs.for_each_concurrent(REPAIRS, async |pair| settle(run, gallery, pair).await).await;
}

async fn settle(run: &Run<'_>, gallery: &str, pair: Result<(Option<Listed>, Option<Stored>), AwsError>) {
    let (listed, stored) = match pair {
        Ok(pair) => pair,
        Err(error) => return run.fail(error.into()),
    };
    run.compare(listed.as_ref(), stored.as_ref());
    let path = listed.as_ref().map(|listed| listed.key.as_str()).or(stored.as_ref().map(|row| row.file_path.as_str()));
    let path = path.unwrap_or_default().to_owned();
    let found = |kind| Differing { kind, gallery: gallery.to_owned(), path };
    match (differ(run, listed.as_ref(), stored.as_ref()).await, run.mode) {
        (Ok(None), _) => {}
        (Ok(Some(kind)), Mode::Check) => run.doubt(found(kind)),
        (Ok(Some(kind)), Mode::Repair) => {
            repair(run, listed.map(|listed| listed.key), stored, &found(kind)).boxed_local().await;
        }
        // The others may be looked at all the same.
        (Err(error), Mode::Repair) => run.not_repaired(&found(Difference::Wrong), error),
        (Err(error), Mode::Check) => return run.fail(error.into()),
    }
    run.done();
}

/// How they differ, with a look at the one thing of which a listing does not tell enough.
async fn differ(run: &Run<'_>, listed: Option<&Listed>, stored: Option<&Stored>) -> Result<Option<Difference>, AwsError> {
    if let (Some(listed), Some(stored)) = (listed, stored)
        && stored.says_unreadable()
    {
        let found = run.clients.look(&listed.key).boxed_local().await?;
        return Ok((found != Found::Unreadable).then_some(Difference::Wrong));
    }
    Ok(difference(listed, stored, &run.clients.index.accepted))
}

/// By the rule, from the revision that was seen; a row that no image can have is hidden.
async fn repair(run: &Run<'_>, key: Option<Key>, stored: Option<Stored>, found: &Differing) {
    // It is never closed.
    let _slot = run.slots.acquire().await;
    if run.is_over() {
        return;
    }
    let rev = stored.as_ref().and_then(|row| row.rev);
    let (clients, accepted) = (&run.clients, &run.clients.index.accepted);
    let repaired = match (key.or_else(|| stored.as_ref().and_then(Stored::key)), stored) {
        (Some(key), _) => index_after(clients, accepted, &key, &Told::Nothing, rev).await.map(drop),
        (None, Some(row)) => match run.clients.expel(&row).await {
            Ok(Write::Written) => Ok(()),
            Ok(Write::Refused(_)) => Err(gallery_index::Error::Contended),
            Err(error) => Err(error.into()),
        },
        (None, None) => Ok(()),
    };
    match repaired {
        Ok(()) => run.repaired(found),
        Err(gallery_index::Error::Backend(error)) => run.not_repaired(found, error),
        Err(error @ (gallery_index::Error::Contended | gallery_index::Error::Missed)) => {
            let (operation, code) = match error {
                gallery_index::Error::Missed => ("s3:GetObject", "Missed"),
                _ => ("dynamodb:PutItem", "Contended"),
            };
            let message = error.to_string();
            run.not_repaired(found, AwsError::told(operation, &found.path, Class::Other, code, &message));
        }
    }
}

/// Looks again at what was found, while it is little: what goes within [`PATIENCE`] was none.
async fn look_again(run: &Run<'_>) {
    let (begun, mut pace) = (Instant::now(), Pace::new());
    let mut left = run.doubts();
    while !left.is_empty() && !run.is_over() {
        let say = || {
            if begun.elapsed().is_zero() {
                run.report.event(&Event::Note("Looking again at what differs: events may be on their way."));
            }
        };
        if pace.pause(begun.elapsed(), PATIENCE, &run.clients.aws.stop, say).await != Pause::Over {
            break;
        }
        let looks = iter(left).map(|found| async {
            match differs_still(run, &found).await {
                Ok(kind) => kind.map(|kind| Differing { kind, ..found }),
                Err(error) => {
                    run.fail(error.into());
                    Some(found)
                }
            }
        });
        left = looks.buffered(REPAIRS).filter_map(ready).collect().await;
    }
    for found in &left {
        run.found(found);
    }
}

async fn differs_still(run: &Run<'_>, found: &Differing) -> Result<Option<Difference>, AwsError> {
    let (aws, index) = (run.clients.aws, run.clients.index);
    let belongs = Key::new(found.path.clone()).is_ok_and(|key| key.gallery() == found.gallery);
    let listed = if belongs { pages::image(aws, index, &found.path).await? } else { None };
    let stored = first(pages::rows(aws, index, &found.gallery, Some(&found.path))).await?;
    differ(run, listed.as_ref(), stored.as_ref()).await
}

async fn first<T>(stream: impl Stream<Item = Result<T, AwsError>>) -> Result<Option<T>, AwsError> {
    pin!(stream).next().await.transpose()
}
