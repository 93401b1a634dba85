//! `gallery-deploy`: an image host made of S3, DynamoDB and Lambda, from one `gallery.yaml`.
//!
//! ```text
//! gallery.yaml ──► Config ──► Desired ──┐
//!                                       ├──► Plan ──► Outcome
//! the live AWS ──► Observed ────────────┘
//! ```
//!
//! In reading order:
//!
//! * [`config`] reads `gallery.yaml`: every problem is found before AWS is asked anything.
//! * [`names`] and [`place`] say what everything is called and where it lives; [`endpoint`] is one in the place of AWS's own.
//! * [`deployed`] tells from a role whose gallery it belongs to.
//! * [`desired`] is a pure function of configuration, names and site files ([`site_files`], [`bundle`]).
//! * [`resource`] holds one pure file for each kind: what it shall be, what was seen, how the two compare.
//! * [`observe`](mod@observe) only reads, everything at once. *Not allowed to read* is "unknown", never "absent".
//! * [`plan`] is pure and deterministic: the plan that is shown is the plan that is applied.
//! * [`apply`](mod@apply) is the only code that writes; it decides nothing and reports by events.
//! * [`status`], [`log_line`] and [`finding`] are what `status`, `logs` and `doctor` tell.
//! * [`event`] is the vocabulary of what is shown, [`report`] shows it. Nobody else prints.
//! * [`caller_policy`] gathers what whoever runs it must be allowed, from what the kinds declare.
//! * [`aws`] holds one file of I/O for each kind, the clients, the errors, the waits and the read-only guard.
//! * [`error`] maps every failure to an exit code, to help and to a [`code`] with a page in [`explain`].
//! * [`cli`] ties it together, one file a command; [`local`] is the local AWS of `dev` and of the tests.
//!
//! There is no state file: what exists is read from AWS, what is ours is known by its tags.

pub mod apply;
pub mod architecture;
pub mod aws;
pub mod bundle;
pub mod caller_policy;
pub mod cli;
pub mod code;
pub mod config;
pub mod deployed;
pub mod desired;
pub mod elf;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod explain;
pub mod finding;
pub mod local;
pub mod log_line;
pub mod names;
pub mod observe;
pub mod place;
pub mod plan;
pub mod report;
pub mod resource;
pub mod site_files;
pub mod status;
mod text;
