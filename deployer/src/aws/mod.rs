//! AWS: one file per kind of resource, that reads, creates, changes and deletes it. Beside them the clients, the errors, the waits and the read-only
//! guard.

pub mod account;
#[cfg(test)]
mod alone;
pub mod async_invocation;
pub mod bucket;
mod bucket_tags;
pub mod calls;
mod clients;
mod clock;
mod contact;
mod cors;
pub mod counts;
pub mod discover;
pub mod empty;
mod endpoints;
pub mod error;
pub mod function;
mod guard;
pub mod index;
pub mod key;
mod lifecycle;
mod listed_key;
pub mod log_group;
pub mod log_lines;
pub mod notification;
pub mod permission;
pub mod role;
pub mod simulate;
pub mod site;
pub mod stop;
pub mod table;
pub mod turns;
pub mod upload;
pub mod user;
mod versions;
pub mod wait;
#[cfg(test)]
mod wire_tests;

pub use clients::{Access, Aws, Caller, Connection, Origin, Reach};
pub use contact::Contact;

use aws_sdk_s3::primitives::ByteStream;

use crate::error::Error;
use crate::resource::{Seen, Unreadable};
use error::passing::NOT_SHOWN;
use error::{AwsError, Class};
use wait::{Progress, Wait};

/// Asks again for a while whether something that exists is ours: it may be too new to be read (I1, S4), or its tags may be (D5). `is_ours` gives
/// `None`, or fails with *not found*, while it is not shown.
pub(crate) async fn is_soon_ours<Answer: Into<Option<bool>>>(
    progress: Progress<'_>,
    is_ours: impl AsyncFn() -> Result<Answer, AwsError>,
) -> Result<bool, Error> {
    const TAGS: Wait = Wait::seconds("for AWS to show whose it is", 15);
    let ask = async || match is_ours().await?.into() {
        Some(ours) => Ok(ours.then_some(())),
        None => Err(AwsError::told(
            progress.subject.kind.word(),
            &progress.subject.name,
            Class::NotFound,
            "NotShown",
            "not shown yet",
        )),
    };
    match TAGS.until(progress, &[NOT_SHOWN], ask).await {
        Ok(()) => Ok(true),
        Err(Error::Deadline { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether what was seen is ours: `None` while it is not shown; what cannot be read is not.
pub(crate) fn if_shown<T>(seen: &Seen<T>, is_ours: impl FnOnce(&T) -> bool) -> Option<bool> {
    match seen {
        Seen::Absent => None,
        Seen::Present(live) => Some(is_ours(live)),
        Seen::Unknown(_) => Some(false),
    }
}

/// *Not found* is absent, *not allowed* and *elsewhere* are unknown, anything else ends the run.
pub(crate) fn seen<T>(result: Result<T, AwsError>) -> Result<Seen<T>, AwsError> {
    match result {
        Ok(value) => Ok(Seen::Present(value)),
        Err(error) => match error.class {
            Class::NotFound => Ok(Seen::Absent),
            Class::Elsewhere => Ok(Seen::Unknown(elsewhere(error.bucket_region.as_deref()))),
            Class::Denied => Ok(Seen::Unknown(Unreadable::Denied { call: error.call.into(), message: error.message })),
            _ => Err(error),
        },
    }
}

/// The same for a read whose answer may say that nothing is there.
pub(crate) fn seen_optional<T>(result: Result<Option<T>, AwsError>) -> Result<Seen<T>, AwsError> {
    Ok(match seen(result)? {
        Seen::Present(Some(value)) => Seen::Present(value),
        Seen::Present(None) | Seen::Absent => Seen::Absent,
        Seen::Unknown(reason) => Seen::Unknown(reason),
    })
}

/// A bucket of ours or of somebody else's, in another region.
pub(crate) fn elsewhere(region: Option<&str>) -> Unreadable {
    Unreadable::Foreign { by: format!("a bucket in the region {}", region.unwrap_or("(unknown)")) }
}

/// Lets nothing pass where one of several reads of a thing was refused: it outweighs whatever the others say, *absent* too.
pub(crate) fn none_refused<const N: usize>(reads: [Option<&AwsError>; N]) -> Result<(), AwsError> {
    match reads.into_iter().flatten().find(|error| error.class == Class::Denied) {
        Some(refusal) => Err(refusal.clone()),
        None => Ok(()),
    }
}

/// A part of something that may be missing.
pub(crate) fn optional<T>(result: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Deleting what is gone already is success.
pub(crate) fn gone<T>(result: Result<T, AwsError>) -> Result<(), AwsError> {
    optional(result).map(drop)
}

/// The whole body of an object. A connection that breaks is an error, never an empty object.
pub(crate) async fn body(call: &'static str, key: &str, stream: ByteStream) -> Result<Vec<u8>, AwsError> {
    match stream.collect().await {
        Ok(bytes) => Ok(bytes.to_vec()),
        Err(error) => Err(AwsError::told(call, key, Class::Network, "BrokenBody", &error.to_string())),
    }
}

/// A request that misses a required part: a mistake of ours, never the user's.
pub(crate) fn built<T>(result: Result<T, impl std::error::Error>) -> Result<T, Error> {
    result.map_err(|error| Error::Bug(error.to_string()))
}
