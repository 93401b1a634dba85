//! One object in S3, its row in DynamoDB, and the functions that are at work on it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use gallery_index::{Accepted, Backend, Error, FirstBytes, Indexed, Key, Object, Row, Value, Write, index_after};

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
}

/// What a row or an object comes to: ETag, time, version, and whether it is shown. `None`: nothing.
type Seen = Option<(String, String, Option<String>, bool)>;

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
    row: Option<BTreeMap<&'static str, Value>>,
    /// Set before a function makes its next call.
    next_call: Call,
}

/// A function, or a `reindex`, between two of its calls.
struct Running {
    run: Pin<Box<dyn Future<Output = Result<Indexed, Error<Failed>>>>>,
    /// Whether its event is delivered again if it fails; that of a `reindex` never was one.
    again: bool,
}

pub(crate) struct Model {
    aws: Rc<RefCell<Aws>>,
    running: Vec<Running>,
    /// Events that have to be delivered.
    events: usize,
}

impl Model {
    pub(crate) fn new(versioned: bool) -> Self {
        let aws = Aws { versioned, versions: Vec::new(), changes: 0, row: None, next_call: Call::Answered };
        Self { aws: Rc::new(RefCell::new(aws)), running: Vec::new(), events: 0 }
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
        self.events += 1;
    }

    pub(crate) fn deliver(&mut self, again: bool) {
        if !again {
            match self.events.checked_sub(1) {
                Some(left) => self.events = left,
                None => return,
            }
        }
        self.begin(None, true);
    }

    /// Somebody compares the bucket with the table and has just read the row.
    pub(crate) fn reindex(&mut self) {
        let seen = self.aws.borrow().rev();
        self.begin(seen, false);
    }

    fn begin(&mut self, seen: Option<u64>, again: bool) {
        let function = Function(Rc::clone(&self.aws));
        let run = async move {
            let types = vec!["image/gif".to_owned()];
            let key = Key::new("images/rome/forum.gif".to_owned()).expect("a key of an image");
            index_after(&function, &Accepted { types, max_size: 100 }, &key, seen).await
        };
        self.running.push(Running { run: Box::pin(run), again });
    }

    /// One function makes its next calls, or fewer if it comes to its end. If that is an error, its event is delivered again.
    pub(crate) fn calls(&mut self, function: usize, answered: usize, last: Call) {
        let Some(at) = function.checked_rem(self.running.len()) else { return };
        for call in std::iter::repeat_n(Call::Answered, answered).chain([last]) {
            self.aws.borrow_mut().next_call = call;
            if let Poll::Ready(result) = self.running[at].run.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                let ended = self.running.remove(at);
                self.events += usize::from(result.is_err() && ended.again);
                return;
            }
        }
    }

    pub(crate) fn kill(&mut self, function: usize) {
        if let Some(at) = function.checked_rem(self.running.len()) {
            let killed = self.running.remove(at);
            self.events += usize::from(killed.again);
        }
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
        while self.events > 0 || !self.running.is_empty() {
            self.deliver(false);
            self.calls(self.running.len() - 1, 100, Call::Answered);
        }
    }

    /// What the row says.
    pub(crate) fn row(&self) -> Seen {
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
    pub(crate) fn object(&self) -> Seen {
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

    /// Of the row that is there.
    fn rev(&self) -> Option<u64> {
        match self.row.as_ref()?.get("rev")? {
            Value::N(rev) => rev.parse().ok(),
            Value::S(_) => None,
        }
    }

    /// DynamoDB's `PutItem` with the condition and `ALL_OLD`.
    fn write(&mut self, row: &Row, seen: Option<u64>) -> Write {
        let found = self.rev();
        if found != seen {
            return Write::Refused(found);
        }
        self.row = Some(row.attributes().into_iter().collect());
        Write::Written
    }
}

/// A function's access to S3 and DynamoDB.
struct Function(Rc<RefCell<Aws>>);

impl Function {
    /// Stalls until it is this function's turn, then makes the call as the model says.
    async fn call<T>(&self, effect: impl FnOnce(&mut Aws) -> T) -> Result<T, Failed> {
        let mut stalled = false;
        poll_fn(|_| if std::mem::replace(&mut stalled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
        let mut aws = self.0.borrow_mut();
        match aws.next_call {
            Call::Lost => Err(Failed),
            Call::Answered => Ok(effect(&mut aws)),
            Call::AnswerLost => {
                effect(&mut aws);
                Err(Failed)
            }
        }
    }
}

impl Backend for Function {
    type Error = Failed;

    async fn look(&self, _: &Key) -> Result<Option<Object>, Failed> {
        self.call(|aws| aws.object()).await
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

    fn now(&self) -> u64 {
        0
    }
}
