//! The harness of the end-to-end tests: each drives the built `gallery-deploy` as a user runs it, against a local AWS with IAM enforced.
//!
//! - [`World`]: a local AWS, a folder with a `gallery.yaml`, the program, and all of it gone afterwards.
//! - [`Gallery`]: one of several galleries in one world.
//! - [`Aws`]: the `aws` command line, with any key or none.
//! - [`Proxy`]: between the program and the local AWS; knows every call that was made, and behaves like the real AWS on a bad day where it is told to.
//! - [`Function`]: a program that runs as Lambda would run it, with the events that it is given: [`World::indexer`].
//! - [`Snapshot`]: every setting of a gallery, to be compared.
//! - [`Journey`]: a gallery whose runs are disturbed, and compared with those that were not.
//! - [`Dev`]: a running `gallery-deploy dev`.

#![allow(clippy::unwrap_used, reason = "what fails here fails a test")]

mod aws;
pub mod changed;
mod dev;
mod events;
mod folder;
mod gallery;
mod http;
mod journey;
mod lanes;
mod many;
mod measured;
mod page;
mod picture;
mod planned;
mod program;
mod proxy;
mod random;
mod runtime_api;
mod safe;
mod sample;
mod snapshot;
mod terminal;
mod wait;
mod world;

pub use aws::{Aws, Key, Refusal, Session};
pub use dev::{Dev, DevProcess};
pub use folder::Folder;
pub use gallery::{Gallery, planned_fields};
pub use http::{Answer, Http};
pub use journey::{Journey, Way};
pub use lanes::{tell, try_all};
pub use measured::{Measured, peak_memory, processor_time};
pub use page::{IndexEntry, PageConfig};
pub use picture::picture;
pub use program::{Program, Run};
pub use proxy::{Call, Calls, Fault, Kind, Proxy, Statistics, behaviours, longest_chain};
pub use random::Random;
pub use runtime_api::{Function, Invocation};
pub use safe::Bucket;
pub use sample::{all, sample, seeds};
pub use snapshot::Snapshot;
pub use wait::eventually;
pub use world::{ACCOUNT, REGION, World};
