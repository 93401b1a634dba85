//! The JSON events: one object a line, for programs. Their schema is `docs/events.schema.json`.
//!
//! Readers ignore fields and types that they do not know. [`FORMAT`] rises when a field changes its meaning or goes.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Rises with each breaking change.
pub const FORMAT: u32 = 1;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Line {
    #[serde(flatten)]
    pub record: Record,
    /// When it was written: RFC 3339, UTC, milliseconds.
    pub ts: String,
}

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    /// Always the first line. What is not known yet, or never will be, is null.
    Start {
        format: u32,
        tool: &'static str,
        version: &'static str,
        command: String,
        /// `NAME`, or `NAME-STAGE`.
        gallery: Option<String>,
        /// `null`: the main gallery.
        stage: Option<String>,
        account: Option<String>,
        region: Option<String>,
        /// ARN of the caller.
        identity: Option<String>,
        /// Whose credentials these are, where a profile is named.
        profile: Option<String>,
        /// Whether an OIDC token was given for the credentials, as in pipelines.
        by_oidc: bool,
        /// Whether the region is that of the command line, not of `gallery.yaml`.
        region_is_named: bool,
        /// `null`: the real AWS.
        endpoint: Option<String>,
    },
    /// AWS is being looked at.
    Observing,
    /// AWS was looked at and the plan is made; its parts follow.
    Observed {
        elapsed_ms: u64,
    },
    /// One change of the plan, or one thing that stays although somebody might expect it to go.
    Planned {
        id: String,
        kind: String,
        name: String,
        action: Action,
        /// `null`: nothing tells, or the fields differ for different reasons.
        cause: Option<String>,
        summary: String,
        /// What differs, value by value; empty for what is created, deleted or kept as a whole.
        fields: Vec<FieldRecord>,
    },
    PlanSummary {
        create: usize,
        update: usize,
        delete: usize,
        /// What stays although somebody might expect it to go, and what lies on something of ours and is not.
        keep: usize,
        unchanged: usize,
    },
    ApplyStarted {
        id: String,
        action: Action,
    },
    /// Something must pass by itself; told when it begins and again from time to time.
    ApplyWaiting {
        id: String,
        waiting: String,
        elapsed_ms: u64,
        /// How often the call has failed by now; 0 where it is only looked whether something has happened.
        attempts: usize,
    },
    /// A change that takes long has come so far; at most once a second for each.
    ApplyProgress {
        id: String,
        done: u64,
        /// `null` while nobody knows.
        total: Option<u64>,
        unit: Unit,
    },
    ApplyDone {
        id: String,
        action: Action,
        elapsed_ms: u64,
        /// How often a call had to be made until it worked; 1 where none had to be made again.
        attempts: usize,
    },
    /// A `diagnostic` with the same `id` follows.
    ApplyFailed {
        id: String,
        action: Action,
        elapsed_ms: u64,
    },
    /// Begun and not finished: what it needs failed, or the run was interrupted.
    ApplyCutOff {
        id: String,
        action: Action,
    },
    /// Not begun: what it needs failed, or the run was interrupted.
    ApplyNotStarted {
        id: String,
        action: Action,
        /// The `id` of what it needs and that failed.
        needs: Option<String>,
    },
    /// Ctrl-C, SIGTERM or `--timeout`: calls in flight finish, no other begins.
    Stopping {
        /// How many are in flight.
        calls: usize,
    },
    /// AWS does not show yet what was written.
    Verifying {
        left: Vec<String>,
        elapsed_ms: u64,
    },
    /// A second look found nothing to change.
    Verified,
    /// A gallery of the account, or a stage of one.
    Gallery {
        /// `NAME`, or `NAME-STAGE`.
        gallery: String,
        /// As in its gallery.yaml.
        name: String,
        /// `null`: the main gallery.
        stage: Option<String>,
        region: Option<String>,
        /// When it was first deployed: RFC 3339, UTC.
        since: Option<String>,
        site_url: Option<String>,
    },
    /// What `doctor` found in one of its checks.
    Finding {
        /// `config`, `indexer`, `page`, `region`, `local AWS`, `clock`, `credentials`, `names` or `permissions`.
        check: String,
        outcome: Outcome,
        summary: String,
        /// Labelled facts, each in one line.
        facts: Vec<Fact>,
        /// What to do about it.
        help: Vec<String>,
    },
    /// How a gallery does. What could not be read is null, and told by `unknown`.
    Status {
        /// `null`: it has no page.
        site_url: Option<String>,
        /// RFC 3339, UTC.
        last_deploy: Option<String>,
        images: Option<ImageCount>,
        rows: Option<RowCount>,
        /// Failures of the indexer in the last 24 hours.
        failures: Option<usize>,
        /// Events that it failed on for good.
        failed_events: Option<u64>,
        /// Things that gallery.yaml asks for and that are not there.
        missing: usize,
        /// Fields that somebody changed.
        drifted: usize,
        /// Fields that differ since gallery.yaml or this program has changed.
        pending: usize,
        unknown: Vec<String>,
    },
    /// A line of the indexer's log, as it is there.
    Log {
        /// RFC 3339, UTC, milliseconds.
        time: String,
        message: String,
    },
    /// How far something is that takes long.
    Progress {
        /// What is counted: `images`.
        what: &'static str,
        done: u64,
        /// `null` while nobody knows.
        total: Option<u64>,
        per_second: f64,
        /// At the rate so far; `null` where the total is not known.
        remaining_ms: Option<u64>,
        elapsed_ms: u64,
    },
    /// The index differs from the images under this key, or did until now.
    IndexDifference {
        gallery: String,
        key: String,
        difference: Difference,
        repaired: bool,
    },
    /// A row could not be repaired; a `diagnostic` with the same `id` follows.
    IndexFailed {
        id: String,
        gallery: String,
        key: String,
    },
    /// The index was compared with the images, as far as it went.
    IndexCompared {
        galleries: u64,
        images: u64,
        /// Without those of deleted images.
        rows: u64,
        missing: u64,
        stale: u64,
        wrong: u64,
        foreign: u64,
        repaired: u64,
        failed: u64,
        elapsed_ms: u64,
    },
    Note {
        text: String,
    },
    /// Where to go from here.
    Hint {
        label: String,
        text: String,
    },
    /// Something went wrong.
    Diagnostic(Diagnostic),
    /// A result, such as `site_url`.
    Output {
        name: String,
        value: String,
    },
    /// Always the last line.
    End {
        exit_code: u8,
        created: usize,
        updated: usize,
        deleted: usize,
        failed: usize,
        cut_off: usize,
        not_started: usize,
        elapsed_ms: u64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Update,
    Delete,
    Keep,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Ok,
    /// `up` would fail.
    Wrong,
    /// It could not be looked at.
    Unknown,
}

/// Images in the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImageCount {
    pub count: u64,
    pub bytes: u64,
    /// `false`: there are more, which were not counted.
    pub is_all: bool,
}

/// Rows of the index, but for those of deleted images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RowCount {
    pub shown: u64,
    /// Of files that are no accepted pictures.
    pub rejected: u64,
    /// `false`: there are more, which were not counted.
    pub is_all: bool,
}

/// How a row and its image differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// An image has no row.
    Missing,
    /// A row has no image.
    Stale,
    /// A row says something else than its image.
    Wrong,
    /// A row that no image can have.
    Foreign,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Bytes,
    Objects,
}

/// One value that differs.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FieldRecord {
    /// Elements of lists stand by their identity: `memory`, `cors[0].allowed_origins`, `policy[PublicRead].Resource`, `tags.team`.
    pub path: String,
    /// `null`: there is none.
    pub before: Value,
    pub after: Value,
    /// `config`, `drift`, `release`, `files` or `adopted`; `null`: nothing tells.
    pub cause: Option<String>,
    /// The key of `gallery.yaml` that sets it, where that is the cause: `indexer.memory`.
    pub key: Option<String>,
    /// The line of `key`, from 1; `null`: the file does not have it, so that its default holds.
    pub line: Option<usize>,
    /// The value is a secret, and `***` here.
    pub sensitive: bool,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Diagnostic {
    /// What it is about, where it is about one change.
    pub id: Option<String>,
    /// The word in `error[…]`.
    pub code: String,
    pub summary: String,
    /// Labelled facts, each in one line.
    pub facts: Vec<Fact>,
    /// Why it matters, where it is about one change.
    pub detail: Option<String>,
    /// What to do about it.
    pub help: Vec<String>,
    /// Where in `gallery.yaml`.
    pub span: Option<Span>,
    /// The call that failed.
    pub aws: Option<Call>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fact {
    pub label: String,
    pub text: String,
}

/// A stretch of one line; all three count characters, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Span {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub length: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Call {
    /// `s3`.
    pub service: String,
    /// `CreateBucket`: as IAM names the action.
    pub operation: String,
    pub resource: String,
    /// AWS's error code.
    pub code: Option<String>,
    /// HTTP status.
    pub status: Option<u16>,
    pub request_id: Option<String>,
}

/// The JSON Schema of a line.
pub fn schema() -> Value {
    schemars::schema_for!(Line).to_value()
}
