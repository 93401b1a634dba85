//! The rule by which a row comes to say what its object is.
//!
//! Events arrive late, twice and in any order, so nothing is taken from them but the key: *look*, then write what was seen.
//! A look can be out of date by the time it is written, when another function looks and writes in between. So each
//! row carries a revision, and a write takes effect only on the very revision that was seen **before** the look. Each row
//! was then looked up after the row that it replaces had been written: looks are in the order of revisions, and the last row
//! has the latest look.
//!
//! Two consequences, each of which a test shows to be needed:
//! - A row that says the right thing already is written again, with a new revision: one who looked earlier, saw something else
//!   and has yet to write must be refused.
//! - A deleted object keeps a row, for longer than any look can be late.

use std::fmt;
use std::future::Future;

use crate::contents::{Contents, Picture, Rejection};
use crate::key::Key;
use crate::object::{Accepted, Object};
use crate::row::{KEPT_AFTER_DELETION, Row, State};

/// How often one key is looked at before somebody else gets the time to finish. Each further look means that another write won.
const LOOKS: u32 = 16;

/// S3 and DynamoDB, or what stands for them in a test.
pub trait Backend {
    type Error;

    /// What the object is now; `None` if there is none, or a delete marker hides it.
    fn look(&self, key: &Key) -> impl Future<Output = Result<Option<Object>, Self::Error>>;

    /// The first [`FIRST_BYTES`](crate::FIRST_BYTES) of the object, if it is still this one.
    fn read(&self, key: &Key, object: &Object) -> impl Future<Output = Result<FirstBytes, Self::Error>>;

    /// Puts the row if the row that is there has the revision `seen`, or for `None`, no revision or no row is there.
    fn write(&self, row: &Row, seen: Option<u64>) -> impl Future<Output = Result<Write, Self::Error>>;

    /// Seconds since 1970.
    fn now(&self) -> u64;
}

/// The answer to [`Backend::read`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstBytes {
    Read(Vec<u8>),
    /// The object is another one by now, or gone.
    Changed,
    /// In an archive, which has to be restored before anybody can read it.
    Archived,
}

/// The answer to [`Backend::write`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    Written,
    /// The row that is there has this revision instead; `None` if none is there.
    Refused(Option<u64>),
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    Gone,
    Present(Object, Contents),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    pub row: Row,
    /// How often the object was looked at.
    pub looks: u32,
}

/// Why the row may not say what the object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error<E> {
    Backend(E),
    /// Others wrote the row all the time.
    Contended,
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backend(error) => error.fmt(f),
            Self::Contended => write!(f, "the row changed {LOOKS} times while it was being written"),
        }
    }
}

impl<E> From<E> for Error<E> {
    fn from(error: E) -> Self {
        Self::Backend(error)
    }
}

/// The row to be written in place of the one with revision `seen`, by what was found after that one was seen.
///
/// `now` is in seconds since 1970.
pub fn decide(key: &Key, seen: Option<u64>, look: Look, now: u64) -> Row {
    let state = match look {
        Look::Gone => State::Deleted { expires_at: now + KEPT_AFTER_DELETION },
        Look::Present(object, Ok(picture)) => State::Shown(object, picture),
        Look::Present(object, Err(rejection)) => State::Rejected(object, rejection),
    };
    Row { key: key.clone(), rev: seen.unwrap_or(0) + 1, state }
}

/// Makes the row of `key` say what the object is.
///
/// A new object takes one look, one read and one write.
///
/// # Errors
/// The row may be out of date: the same has to be done again.
pub async fn index<B: Backend>(backend: &B, accepted: &Accepted, key: &Key) -> Result<Indexed, Error<B::Error>> {
    index_after(backend, accepted, key, None).await
}

/// The same for whoever has seen the row's revision already, which saves the write that is refused and the look after it.
///
/// # Errors
/// As [`index`].
pub async fn index_after<B: Backend>(
    backend: &B,
    accepted: &Accepted,
    key: &Key,
    mut seen: Option<u64>,
) -> Result<Indexed, Error<B::Error>> {
    let mut contents = Known::default();
    for looks in 1..=LOOKS {
        let look = match backend.look(key).await? {
            None => Look::Gone,
            Some(object) => match contents.of(backend, accepted, key, &object).await? {
                Some(contents) => Look::Present(object, contents),
                None => continue,
            },
        };
        let row = decide(key, seen, look, backend.now());
        match backend.write(&row, seen).await? {
            Write::Written => return Ok(Indexed { row, looks }),
            Write::Refused(rev) => seen = rev,
        }
    }
    Err(Error::Contended)
}

/// The contents that were read last, so that looking again does not mean reading again.
#[derive(Default)]
struct Known(Option<(Object, Contents)>);

impl Known {
    /// What the object is; `None` if it changed meanwhile.
    async fn of<B: Backend>(
        &mut self,
        backend: &B,
        accepted: &Accepted,
        key: &Key,
        object: &Object,
    ) -> Result<Option<Contents>, B::Error> {
        if let Err(rejection) = accepted.check_size(object.size) {
            return Ok(Some(Err(rejection)));
        }
        if let Some((known, contents)) = &self.0
            && (&known.etag, known.size) == (&object.etag, object.size)
        {
            return Ok(Some(*contents));
        }
        let contents = match backend.read(key, object).await? {
            FirstBytes::Read(bytes) => accepted.check_type(Picture::read(&bytes, object.size)),
            FirstBytes::Archived => Err(Rejection::Archived),
            FirstBytes::Changed => return Ok(None),
        };
        self.0 = Some((object.clone(), contents));
        Ok(Some(contents))
    }
}
