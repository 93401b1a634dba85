//! The index of the images: what a row says, and the rule by which it comes to say it. Nothing here reaches the network.
//!
//! - [`Key`]: the object key of an image, and the gallery in it.
//! - [`Object`], [`Accepted`], [`Contents`]: what an object is, and whether it is shown.
//! - [`Row`]: what the table holds for a key.
//! - [`index`]: brings the row of one key up to date, through a [`Backend`]; [`decide`] is the rule alone.
//! - [`Put`]: the write of a row, as DynamoDB takes it.
//! - [`difference`]: whether a row that is [`Stored`] says what is [`Listed`] in the bucket.
//!
//! The indexer runs the rule for each event; `gallery-deploy reindex` compares the whole bucket with the whole table and runs it
//! for each difference, at the same time if need be.

mod compare;
mod contents;
mod key;
mod object;
mod put;
mod row;
mod rule;

pub use compare::{Difference, Listed, Stored, difference};
pub use contents::{Contents, FIRST_BYTES, Picture, Rejection};
pub use key::{InvalidKey, Key};
pub use object::{Accepted, Object};
pub use put::Put;
pub use row::{Awaited, KEPT_AFTER_DELETION, Row, State, Value};
pub use rule::{Backend, Error, FirstBytes, Found, Indexed, Look, Seen, Told, Write, decide, index, index_after};
