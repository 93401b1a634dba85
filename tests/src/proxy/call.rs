//! One call of an AWS API.

use std::fmt;
use std::time::Duration;

/// A call as the proxy saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// As signatures name it: `s3`, `dynamodb`, `iam`, `lambda`, `logs`, `sts`.
    pub service: String,
    /// As AWS names it: `PutBucketPolicy`.
    pub operation: String,
    /// `BUCKET`, `BUCKET/KEY`, or a name; empty where the call has none.
    pub resource: String,
    pub kind: Kind,
    /// `None`: not answered.
    pub status: Option<u16>,
    /// Since the proxy started; different for every call.
    pub started: Duration,
    /// `None`: under way, or held for ever. A call whose answer got lost has ended.
    pub ended: Option<Duration>,
}

/// Whether a call may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Read,
    Write,
}

impl Kind {
    /// By the first word of an operation, as AWS names its operations. What is not known to read counts as a write.
    pub(super) fn of(operation: &str) -> Self {
        let reads = ["Get", "List", "Head", "Describe", "Query", "Scan", "BatchGet", "Filter", "Simulate", "Options"];
        if reads.iter().any(|word| operation.starts_with(word)) { Self::Read } else { Self::Write }
    }
}

impl Call {
    pub(super) fn new(service: &str, operation: impl Into<String>, resource: impl Into<String>) -> Self {
        let operation = operation.into();
        Self {
            service: service.to_owned(),
            kind: Kind::of(&operation),
            operation,
            resource: resource.into(),
            status: None,
            started: Duration::ZERO,
            ended: None,
        }
    }
}

impl Call {
    /// `s3:PutBucketPolicy`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// Whether this is the operation `s3:PutBucketPolicy`.
    pub fn is(&self, name: &str) -> bool {
        name.split_once(':') == Some((&self.service, &self.operation))
    }

    /// Whether its body is an object, or a part of one.
    pub(super) fn sends_an_object(&self) -> bool {
        ["s3:PutObject", "s3:UploadPart", "s3:PostObject"].iter().any(|name| self.is(name))
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.service, self.operation, self.resource)?;
        self.status.map_or(Ok(()), |status| write!(f, " ({status})"))
    }
}
