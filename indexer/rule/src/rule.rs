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
//!
//! While versioning that was just enabled spreads, S3 misses objects now and then (S11): a look that finds nothing is right only if nobody
//! has [told](Told) of an object. Otherwise it takes several looks. Of an object that came, even these may all have missed it: the row is
//! hidden, says that it is awaited, and the next try decides. The row then keeps for which event it did, so that this one is not awaited
//! anew when it comes once more, as with others of its batch that failed. What is listed and not found is left as it is.

use std::fmt;
use std::future::Future;

use crate::contents::{Contents, Picture, Rejection};
use crate::key::Key;
use crate::object::{Accepted, Object};
use crate::row::{Awaited, KEPT_AFTER_DELETION, Row, State, Value};

/// How often the row of one key is to be written before somebody else gets the time to finish. Each further time means that another write won.
const ROUNDS: u32 = 16;

/// S3 and DynamoDB, or what stands for them in a test.
pub trait Backend {
    type Error;

    /// What there is now.
    fn look(&self, key: &Key) -> impl Future<Output = Result<Found, Self::Error>>;

    /// Waits after so many looks, from 1, for an object that somebody tells of and that none of them found. False: there is no further one.
    fn look_again(&self, looks: u32) -> impl Future<Output = bool>;

    /// The first [`FIRST_BYTES`](crate::FIRST_BYTES) of the object, if it is still this one.
    fn read(&self, key: &Key, object: &Object) -> impl Future<Output = Result<FirstBytes, Self::Error>>;

    /// Puts the row if the row that is there has the revision `seen`, or for `None`, no revision or no row is there; see [`Put`](crate::Put).
    fn write(&self, row: &Row, seen: Option<u64>) -> impl Future<Output = Result<Write, Self::Error>>;

    /// Seconds since 1970.
    fn now(&self) -> u64;
}

/// The answer to [`Backend::look`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Object(Object),
    /// There is an object, and nobody can read it without a key: that of whoever uploaded it (SSE-C), of which S3 tells nobody else what it is, or one of KMS.
    Unreadable,
    /// A delete marker hides what there is: nothing was missed.
    Marker,
    /// A listing has what the look did not find.
    Missed,
    /// Whether it was missed, [`Told`] says.
    Nothing,
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    Written,
    /// This row is there instead; `None` if none is, or none with a revision.
    Refused(Option<Seen>),
}

/// What the rule asks of a row that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub rev: u64,
    pub awaited: Option<Awaited>,
}

impl Seen {
    /// Reads it from a row; `attribute` gives the value of an attribute. `None`: it has no revision.
    pub fn read(mut attribute: impl FnMut(&str) -> Option<Value>) -> Option<Self> {
        let mut number = |name| match attribute(name) {
            Some(Value::N(number)) => number.parse().ok(),
            _ => None,
        };
        let (rev, since) = (number("rev")?, number("awaited"));
        let in_vain = match attribute("awaited_in_vain") {
            Some(Value::S(event)) => Some(Awaited::InVain { event }),
            _ => None,
        };
        Some(Self { rev, awaited: since.map(|since| Awaited::Since { since }).or(in_vain) })
    }
}

/// What is known of the object before a look, which may miss it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// Nothing: if a look finds none, there is none.
    Nothing,
    /// It may be there: several looks decide.
    MayBeThere,
    /// It came: several looks decide, and if none finds it, those of the next try.
    Came {
        /// What names the event that tells so, the same whenever it is delivered.
        event: String,
    },
}

/// What came of a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    Gone,
    /// Nothing was found of an object of which this event tells that it came.
    Missed {
        event: String,
    },
    Unreadable,
    Present(Object, Contents),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    pub row: Row,
    /// How often the object was looked at.
    pub looks: u32,
}

impl Indexed {
    /// Whether the next try decides: an object came, and nothing was found of it.
    pub fn is_awaited(&self) -> bool {
        matches!(self.row.state, State::Deleted { awaited: Some(Awaited::Since { .. }), .. })
    }
}

/// Why the row may not say what the object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error<E> {
    Backend(E),
    /// Others wrote the row all the time.
    Contended,
    /// A listing names the object, and S3 does not find it.
    Missed,
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backend(error) => error.fmt(f),
            Self::Contended => write!(f, "the row changed {ROUNDS} times while it was being written"),
            Self::Missed => write!(f, "S3 lists the object and does not find it"),
        }
    }
}

impl<E> From<E> for Error<E> {
    fn from(error: E) -> Self {
        Self::Backend(error)
    }
}

/// The row to be written in place of the one that was seen, by what was found after that one was seen.
///
/// `now` is when the try began, in seconds since 1970.
pub fn decide(key: &Key, seen: Option<Seen>, look: Look, now: u64) -> Row {
    let deleted = |awaited| State::Deleted { expires_at: now + KEPT_AFTER_DELETION, awaited };
    let rev = seen.as_ref().map_or(0, |row| row.rev) + 1;
    let state = match look {
        Look::Gone => deleted(None),
        Look::Missed { event } => deleted(Some(match seen.and_then(|row| row.awaited) {
            // An earlier try has missed it, too: it is not there. A row of this very try, which it has not heard of, says nothing.
            Some(Awaited::Since { since }) if since != now => Awaited::InVain { event },
            // What has no name could be any other event.
            Some(Awaited::InVain { event: earlier }) if earlier == event && !event.is_empty() => Awaited::InVain { event },
            _ => Awaited::Since { since: now },
        })),
        Look::Unreadable => State::Unreadable,
        Look::Present(object, Ok(picture)) => State::Shown(object, picture),
        Look::Present(object, Err(rejection)) => State::Rejected(object, rejection),
    };
    Row { key: key.clone(), rev, state }
}

/// Makes the row of `key` say what the object is.
///
/// A new object takes one look, one read and one write.
///
/// # Errors
/// The row may be out of date: the same has to be done again. So it has if the row [is awaited](Indexed::is_awaited), which cannot be but for
/// [`Told::Came`].
pub async fn index<B: Backend>(backend: &B, accepted: &Accepted, key: &Key, told: &Told) -> Result<Indexed, Error<B::Error>> {
    index_after(backend, accepted, key, told, None).await
}

/// The same for whoever has seen the row's revision already, which saves the write that is refused and the look after it.
///
/// # Errors
/// As [`index`].
pub async fn index_after<B: Backend>(
    backend: &B,
    accepted: &Accepted,
    key: &Key,
    told: &Told,
    rev: Option<u64>,
) -> Result<Indexed, Error<B::Error>> {
    let mut contents = Known::default();
    let mut seen = rev.map(|rev| Seen { rev, awaited: None });
    let (now, mut looks) = (backend.now(), 0);
    for _ in 0..ROUNDS {
        let look = match look(backend, key, told, &mut looks).await? {
            Found::Missed => return Err(Error::Missed),
            Found::Nothing => match told {
                Told::Came { event } => Look::Missed { event: event.clone() },
                Told::Nothing | Told::MayBeThere => Look::Gone,
            },
            Found::Marker => Look::Gone,
            Found::Unreadable => Look::Unreadable,
            Found::Object(object) => match contents.of(backend, accepted, key, &object).await? {
                Some(contents) => Look::Present(object, contents),
                None => continue,
            },
        };
        let replaced = seen.as_ref().map(|row| row.rev);
        let row = decide(key, seen, look, now);
        match backend.write(&row, replaced).await? {
            Write::Written => return Ok(Indexed { row, looks }),
            Write::Refused(row) => seen = row,
        }
    }
    Err(Error::Contended)
}

/// What there is, with more than one look where one that finds nothing does not decide; they are added to `looks`.
async fn look<B: Backend>(backend: &B, key: &Key, told: &Told, looks: &mut u32) -> Result<Found, B::Error> {
    let before = *looks;
    loop {
        *looks += 1;
        let found = backend.look(key).await?;
        let decides = match found {
            Found::Missed => false,
            Found::Nothing => *told == Told::Nothing,
            Found::Object(_) | Found::Unreadable | Found::Marker => true,
        };
        if decides || !backend.look_again(*looks - before).await {
            return Ok(found);
        }
    }
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
