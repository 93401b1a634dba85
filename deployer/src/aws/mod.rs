//! AWS: one file per kind of resource, that reads, creates, changes and deletes it. Beside them the clients, the errors, the waits and the read-only
//! guard.

pub mod bucket;
mod clients;
pub mod empty;
pub mod error;
pub mod function;
mod guard;
pub mod key;
pub mod log_group;
pub mod notification;
pub mod permission;
pub mod role;
pub mod site;
pub mod table;
pub mod user;
pub mod wait;
#[cfg(test)]
mod wire_tests;

pub use clients::{Access, Aws, Connection, Origin};

use crate::error::Error;
use crate::resource::{Seen, Unreadable};
use error::{AwsError, Class};

/// *Not found* is absent, *not allowed* is unknown, anything else ends the run.
pub(crate) fn seen<T>(result: Result<T, AwsError>) -> Result<Seen<T>, AwsError> {
    match result {
        Ok(value) => Ok(Seen::Present(value)),
        Err(error) => match error.class {
            Class::NotFound => Ok(Seen::Absent),
            Class::Denied => Ok(Seen::Unknown(Unreadable::Denied { call: error.call.into(), message: error.message })),
            _ => Err(error),
        },
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

/// A request that misses a required part: a mistake of ours, never the user's.
pub(crate) fn built<T>(result: Result<T, impl std::error::Error>) -> Result<T, Error> {
    result.map_err(|error| Error::Bug(error.to_string()))
}
