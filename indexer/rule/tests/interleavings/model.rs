//! One object in S3, its row in DynamoDB, and the functions that are at work on it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use gallery_index::{
    Accepted, Backend, Error, FirstBytes, Found, Indexed, Key, Object, Row, Seen, Told, Value, Write, index_after,
};

/// The contents that are put: two pictures, and something that is none. The ETag says which.
const CONTENTS: [(&str, &[u8]); 3] =
    [("first", b"GIF89a\x1e\0\x14\0\0\0\0\0\0\0"), ("second", b"GIF89a\x14\0\x1e\0\0\0\0\0\0\0"), ("none", b"not a picture")];

/// A change of the object by somebody.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Put(u8),
    /// In a versioned bucket, this leaves a delete marker.
    Delete,
    /// Removes a version or a marker for good, so that an older one becomes the object; counted from the oldest.
    DeleteVersion(usize),
}

/// What becomes of a call of a function.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Call {
    Answered,
    /// It fails and has no effect.
    Lost,
    /// It fails after it took effect.
    AnswerLost,
    /// The answer is lost on the way, and the client makes the call again.
    Repeated,
}

/// Which looks find nothing, whatever there is; that happens while versioning spreads, so in a versioned bucket only.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Misses {
    None,
    /// Those whose bit is set, but for each fourth in a row.
    Some(u64),
    /// All, if it is a `reindex` that looks, or the first try of an event that tells of a new object.
    All,
}

/// So many looks it takes to find nothing of an object that S3 told of.
const LOOKS: u32 = 4;

/// What a row or an object comes to: ETag, time, version, and whether it is shown. `None`: nothing.
type Says = Option<(String, String, Option<String>, bool)>;

#[derive(Debug)]
struct Failed;

struct Version {
    id: u32,
    /// Of [`CONTENTS`]; `None` for a delete marker.
    contents: Option<usize>,
}

struct Aws {
    versioned: bool,
    /// The newest is last.
    versions: Vec<Version>,
    changes: u32,
    time: u64,
    row: Option<BTreeMap<&'static str, Value>>,
    /// Set before a function makes its next call.
    next_call: Call,
}

/// An event to be delivered.
#[derive(Debug, Clone, Copy)]
struct Event {
    /// The number of the change that it tells of.
    id: u32,
    /// Whether it tells that an object came.
    came: bool,
    is_first_try: bool,
}

/// A function, or a `reindex`, between two of its calls.
struct Running {
    run: Pin<Box<dyn Future<Output = Result<Indexed, Error<Failed>>>>>,
    /// What is delivered again if it fails; that of a `reindex` never was an event.
    event: Option<Event>,
}

pub(crate) struct Model {
    aws: Rc<RefCell<Aws>>,
    running: Vec<Running>,
    /// Those that have to be delivered.
    events: Vec<Event>,
    /// All that there ever were.
    told: Vec<Event>,
}

impl Model {
    pub(crate) fn new(versioned: bool) -> Self {
        let aws = Aws { versioned, versions: Vec::new(), changes: 0, time: 0, row: None, next_call: Call::Answered };
        Self { aws: Rc::new(RefCell::new(aws)), running: Vec::new(), events: Vec::new(), told: Vec::new() }
    }

    pub(crate) fn change(&mut self, change: Change) {
        let mut aws = self.aws.borrow_mut();
        aws.changes += 1;
        let id = aws.changes;
        if !aws.versioned {
            aws.versions.clear();
        }
        match change {
            Change::Put(contents) => aws.versions.push(Version { id, contents: Some(contents.into()) }),
            Change::Delete if aws.versioned => aws.versions.push(Version { id, contents: None }),
            Change::DeleteVersion(index) if index < aws.versions.len() => drop(aws.versions.remove(index)),
            Change::Delete | Change::DeleteVersion(_) => {}
        }
        let event = Event { id, came: matches!(change, Change::Put(_)), is_first_try: true };
        self.told.push(event);
        self.events.push(event);
    }

    pub(crate) fn deliver(&mut self, event: usize, misses: Misses) {
        if let Some(at) = event.checked_rem(self.events.len()) {
            let event = self.events.remove(at);
            self.handle(event, misses);
        }
    }

    /// One of all that there ever were comes once more.
    pub(crate) fn deliver_again(&mut self, event: usize, misses: Misses) {
        if let Some(at) = event.checked_rem(self.told.len()) {
            self.handle(self.told[at], misses);
        }
    }

    fn handle(&mut self, event: Event, misses: Misses) {
        let told = match event.came {
            true => Told::Came { event: event.id.to_string() },
            false if self.aws.borrow().versioned => Told::MayBeThere,
            false => Told::Nothing,
        };
        let misses = match misses {
            Misses::All if !(event.came && event.is_first_try) => Misses::None,
            misses => misses,
        };
        self.begin(told, None, misses, Some(event));
    }

    /// Somebody compares the bucket with the table and has just read both.
    pub(crate) fn reindex(&mut self, misses: Misses) {
        let seen = self.aws.borrow().seen();
        self.begin(Told::Nothing, seen.map(|row| row.rev), misses, None);
    }

    fn begin(&mut self, told: Told, rev: Option<u64>, misses: Misses, event: Option<Event>) {
        let misses = match misses {
            Misses::Some(looks) if self.aws.borrow().versioned => without_fourths(looks),
            Misses::All if self.aws.borrow().versioned => u64::MAX,
            _ => 0,
        };
        let function = Function { aws: Rc::clone(&self.aws), misses: Cell::new(misses), lists: event.is_none() };
        let run = async move {
            let types = vec!["image/gif".to_owned()];
            let key = Key::new("images/rome/forum.gif".to_owned()).expect("a key of an image");
            index_after(&function, &Accepted { types, max_size: 100 }, &key, &told, rev).await
        };
        self.running.push(Running { run: Box::pin(run), event });
    }

    /// One function makes its next calls, or fewer if it comes to its end. If that is an error, its event is delivered again.
    pub(crate) fn calls(&mut self, function: usize, answered: usize, last: Call) {
        let Some(at) = function.checked_rem(self.running.len()) else { return };
        for call in std::iter::repeat_n(Call::Answered, answered).chain([last]) {
            self.aws.borrow_mut().next_call = call;
            if let Poll::Ready(result) = self.running[at].run.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                let ended = self.running.remove(at);
                if result.map_or(true, |indexed| indexed.is_awaited()) {
                    self.deliver_later(&ended);
                }
                return;
            }
        }
    }

    pub(crate) fn kill(&mut self, function: usize) {
        if let Some(at) = function.checked_rem(self.running.len()) {
            let killed = self.running.remove(at);
            self.deliver_later(&killed);
        }
    }

    fn deliver_later(&mut self, ended: &Running) {
        self.events.extend(ended.event.map(|event| Event { is_first_try: false, ..event }));
    }

    /// Drops the row of a deleted object, long after it was written: no function that ran then still runs.
    pub(crate) fn expire(&mut self) {
        let mut aws = self.aws.borrow_mut();
        if self.running.is_empty() && aws.row.as_ref().is_some_and(|row| row.contains_key("expires_at")) {
            aws.row = None;
        }
    }

    /// Delivers what is left and lets every function come to its end, those that stalled longest last: what they saw is oldest.
    pub(crate) fn settle(&mut self) {
        while !self.events.is_empty() || !self.running.is_empty() {
            self.deliver(0, Misses::None);
            self.calls(self.running.len() - 1, 100, Call::Answered);
        }
    }

    /// What the row says.
    pub(crate) fn row(&self) -> Says {
        let aws = self.aws.borrow();
        let row = aws.row.as_ref().filter(|row| row.get("hidden") != Some(&Value::S("deleted".to_owned())))?;
        let text = |name: &str| match row.get(name) {
            Some(Value::S(text)) => Some(text.clone()),
            _ => None,
        };
        let shown = !row.contains_key("hidden") && row.contains_key("media_type") && row.contains_key("width");
        Some((text("etag")?, text("uploaded_at")?, text("version"), shown))
    }

    /// What it ought to say.
    pub(crate) fn object(&self) -> Says {
        let object = self.aws.borrow().object()?;
        let shown = object.etag != "none";
        Some((object.etag, object.uploaded_at, object.version, shown))
    }
}

impl Aws {
    fn object(&self) -> Option<Object> {
        let Version { id, contents } = self.versions.last()?;
        let (etag, bytes) = CONTENTS[(*contents)?];
        Some(Object {
            size: bytes.len() as u64,
            etag: etag.to_owned(),
            uploaded_at: format!("time {id}"),
            version: self.versioned.then(|| format!("version {id}")),
        })
    }

    fn seen(&self) -> Option<Seen> {
        let row = self.row.as_ref()?;
        Seen::read(|name| row.get(name).cloned())
    }

    /// DynamoDB's `PutItem` with the condition and `ALL_OLD`.
    fn write(&mut self, row: &Row, rev: Option<u64>) -> Write {
        let found = self.seen();
        if found.as_ref().map(|row| row.rev) != rev {
            return Write::Refused(found);
        }
        self.row = Some(row.attributes().into_iter().collect());
        Write::Written
    }
}

/// Without each fourth look in a row.
fn without_fourths(looks: u64) -> u64 {
    (0..u64::BITS - 3).fold(looks, |looks, at| if looks >> at & 0b1111 == 0b1111 { looks & !(0b1000 << at) } else { looks })
}

/// A function's access to S3 and DynamoDB.
struct Function {
    aws: Rc<RefCell<Aws>>,
    /// Its next looks, the first in the lowest bit.
    misses: Cell<u64>,
    /// As `reindex` does it: what a look does not find may be listed, and a listing misses nothing.
    lists: bool,
}

impl Function {
    /// Stalls until it is this function's turn, then makes the call as the model says.
    async fn call<T>(&self, effect: impl Fn(&mut Aws) -> T) -> Result<T, Failed> {
        let mut stalled = false;
        poll_fn(|_| if std::mem::replace(&mut stalled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
        let mut aws = self.aws.borrow_mut();
        match aws.next_call {
            Call::Lost => Err(Failed),
            Call::Answered => Ok(effect(&mut aws)),
            Call::AnswerLost => {
                effect(&mut aws);
                Err(Failed)
            }
            Call::Repeated => {
                effect(&mut aws);
                Ok(effect(&mut aws))
            }
        }
    }
}

impl Backend for Function {
    type Error = Failed;

    async fn look(&self, _: &Key) -> Result<Found, Failed> {
        let misses = self.misses.get();
        self.misses.set(misses >> 1);
        let found = self.call(|aws| match aws.object() {
            _ if misses & 1 == 1 => Found::Nothing,
            Some(object) => Found::Object(object),
            None if aws.versions.is_empty() => Found::Nothing,
            None => Found::Marker,
        });
        match found.await? {
            Found::Nothing if self.lists => {
                self.call(|aws| if aws.object().is_some() { Found::Missed } else { Found::Nothing }).await
            }
            found => Ok(found),
        }
    }

    async fn look_again(&self, looks: u32) -> bool {
        looks < LOOKS
    }

    async fn read(&self, _: &Key, object: &Object) -> Result<FirstBytes, Failed> {
        self.call(|aws| match aws.object() {
            Some(now) if now.etag == object.etag => {
                let (_, bytes) = CONTENTS.into_iter().find(|(etag, _)| *etag == now.etag).expect("one of them");
                FirstBytes::Read(bytes.to_vec())
            }
            _ => FirstBytes::Changed,
        })
        .await
    }

    async fn write(&self, row: &Row, seen: Option<u64>) -> Result<Write, Failed> {
        self.call(|aws| aws.write(row, seen)).await
    }

    /// Each try begins at another time.
    fn now(&self) -> u64 {
        let mut aws = self.aws.borrow_mut();
        aws.time += 1;
        aws.time
    }
}
