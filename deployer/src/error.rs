//! Every failure → exit code, summary and help, in one place.

pub mod denied;
pub mod exit;
mod help;
mod known;

use std::path::PathBuf;
use std::time::Duration;

use crate::aws::error::{AwsError, Class, denied_action};
use crate::bundle::BundleError;
use crate::caller_policy::statement_for;
use crate::code::Code;
use crate::config::ConfigError;
use crate::event::Subject;
use crate::local::LocalError;
use crate::names::NameTooLong;
use crate::plan::{Blocked, Why};
use crate::resource::rights::Right;
use crate::site_files::SiteError;
use crate::text::plural;
use denied::Allowing;
use known::Known;

/// What asked the run to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// What service managers and CI systems send.
    Terminate,
}

/// Whatever ends a command.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line is wrong; clap's own words.
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Config(#[from] ConfigError),
    #[error("{0}")]
    Name(#[from] NameTooLong),
    #[error("{0}")]
    Aws(Box<AwsError>),
    /// A local AWS that does not answer.
    #[error("no local AWS answers at {endpoint}")]
    NoLocalAws { endpoint: String, last: Box<AwsError> },
    #[error("{}", unreachable(region, endpoint.as_deref(), *unknown_host))]
    Unreachable { region: String, endpoint: Option<String>, unknown_host: bool, last: Box<AwsError> },
    #[error("the SSO login has expired")]
    LoginExpired { profile: Option<String>, last: Box<AwsError> },
    #[error("the wait {for_what} took longer than {seconds} s")]
    Deadline { for_what: &'static str, seconds: u64, last: Option<AwsError> },
    #[error("the region is not known")]
    NoRegion,
    #[error("the region `{region}` of the environment is not one of AWS's: {reason}")]
    BadRegion { region: String, reason: String },
    /// One that is none, or not that of all services.
    #[error("{0}")]
    Endpoint(String),
    /// What stands in the way of `dev`. `is_own`: its own store, which it can begin anew.
    #[error("{error}")]
    InDev { error: Box<Self>, is_own: bool },
    #[error("the account is {found}, not {wanted}")]
    WrongAccount { wanted: String, found: String },
    #[error("{} cannot be used", plural(blocked.len(), "resource"))]
    Blocked { blocked: Vec<Blocked> },
    /// `--adopt` or `--skip` names what does not stand in the way, or for what there is no such way out. `can_be`: "taken over".
    #[error("nothing that can be {can_be} is called {}", asked.iter().map(|asked| format!("`{asked}`")).collect::<Vec<_>>().join(" or "))]
    NoWayOut { flag: &'static str, can_be: &'static str, asked: Vec<String>, possible: Vec<String> },
    /// Something must be confirmed and nobody is there to ask; the string is the flag that answers.
    #[error("{what}")]
    Unconfirmed { what: String, flag: String },
    #[error("cancelled; nothing was changed")]
    Cancelled,
    /// A file that would have to be overwritten.
    #[error("`{}` is there already", .0.display())]
    Exists(PathBuf),
    #[error("the gallery `{0}` is not deployed")]
    NotDeployed(String),
    /// What `doctor` found was told; `exit` is that of the first.
    #[error("{}", if *findings == 1 { "one check found something wrong".to_owned() } else { format!("{findings} checks found something wrong") })]
    Unwell { findings: usize, exit: u8 },
    #[error("there is no log group `{0}`: the gallery is not deployed, or its log was deleted")]
    NoLog(String),
    #[error("there is no output `{name}`")]
    NoSuchOutput { name: String, outputs: String },
    #[error("{0}")]
    Bundle(#[from] BundleError),
    #[error("{0}")]
    Site(#[from] SiteError),
    #[error("{0}")]
    Local(#[from] LocalError),
    /// Something has changed since this run looked, as only another run or a person changes it.
    #[error("met another run: {what}")]
    OtherRun { what: String, last: Option<AwsError> },
    /// Changes failed; each was reported when it did. `other_run`: all of them since another run was met.
    #[error("{failed} failed, {not_started} not started{}", if *.other_run { ": met another run" } else { "" })]
    Incomplete { failed: usize, not_started: usize, other_run: bool },
    /// `reindex --check`.
    #[error("the index differs from the images in {}", plural(usize::try_from(*differences).unwrap_or(usize::MAX), "row"))]
    IndexDiffers { differences: u64 },
    /// Each was reported when it failed.
    #[error("{} could not be repaired", plural(usize::try_from(*failed).unwrap_or(usize::MAX), "row"))]
    IndexIncomplete { failed: u64 },
    #[error("a second look still finds something to change: {}", .0.join(", "))]
    NotConverged(Vec<String>),
    #[error("interrupted")]
    Interrupted(Signal),
    /// `plan --check` found changes, not made yet.
    #[error("changes from gallery.yaml are pending")]
    Pending,
    /// `plan --check` found something that was changed by hand.
    #[error("something was changed by hand, though gallery.yaml did not change")]
    Drifted,
    /// `--timeout`.
    #[error("the run took longer than the {} s of --timeout", given.as_secs())]
    TimedOut { given: Duration },
    #[error("cannot {action} `{}`: {source}", path.display())]
    File { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("cannot write the output: {0}")]
    Output(std::io::Error),
    #[error("an internal step ended unexpectedly: {0}")]
    Bug(String),
}

impl From<AwsError> for Error {
    fn from(error: AwsError) -> Self {
        Self::Aws(Box::new(error))
    }
}

impl Error {
    /// The same, told as another run's doing where it is that, after `subject` was to be changed: what was there when this run looked, or was made by
    /// it, is gone; what was not there has come into being.
    pub fn of_change(self, subject: &Subject) -> Self {
        let (error, what) = match self {
            Self::Aws(error) if error.is_not_found() => (*error, "or what it needs, was deleted since this run saw it"),
            Self::Deadline { last: Some(error), .. } if error.is_not_found() => {
                (error, "or what it needs, was deleted since this run saw it")
            }
            Self::Aws(error) if error.already_exists() => (*error, "was made since this run looked"),
            other => return other,
        };
        Self::OtherRun { what: format!("the {} `{}` {what}", subject.kind.word(), subject.name), last: Some(error) }
    }

    /// Adds to what was denied the statement among `rights` that allows it.
    #[must_use]
    pub fn allowed_by(mut self, rights: &[Right]) -> Self {
        match &mut self {
            Self::Aws(error) => add_statement(error, rights),
            Self::Deadline { last: Some(error), .. } => add_statement(error, rights),
            Self::Blocked { blocked } => {
                for blocked in blocked {
                    if let Why::Denied { call, message, allow } = &mut blocked.why {
                        *allow = statement_for(rights, denied_action(message).unwrap_or(call));
                    }
                }
            }
            _ => {}
        }
        self
    }

    /// Whether it is only that no call may begin any more.
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Aws(error) if error.class == Class::Stopped)
    }

    /// Whether the caller may not do it.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::Aws(error) if error.class == Class::Denied)
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_)
            | Self::Name(_)
            | Self::Bundle(_)
            | Self::Site(_)
            | Self::NoRegion
            | Self::BadRegion { .. }
            | Self::Endpoint(_) => exit::CONFIG,
            Self::InDev { error, .. } => error.exit_code(),
            Self::LoginExpired { .. } => exit::CREDENTIALS,
            Self::Aws(error) if error.class == Class::Credentials || Known::of(error).is_some() => exit::CREDENTIALS,
            Self::Blocked { blocked } if blocked.iter().all(|blocked| matches!(blocked.why, Why::Denied { .. })) => {
                exit::CREDENTIALS
            }
            Self::Blocked { .. } | Self::Unconfirmed { .. } | Self::Cancelled | Self::Exists(_) | Self::WrongAccount { .. } => {
                exit::REFUSED
            }
            Self::NoSuchOutput { .. } | Self::Usage(_) | Self::NoWayOut { .. } => exit::USAGE,
            Self::IndexDiffers { .. } => exit::DRIFT,
            Self::Pending => exit::CHANGES,
            Self::Drifted => exit::DRIFT,
            Self::Interrupted(Signal::Interrupt) => exit::INTERRUPTED,
            Self::Interrupted(Signal::Terminate) => exit::TERMINATED,
            Self::Aws(_)
            | Self::NoLocalAws { .. }
            | Self::Unreachable { .. }
            | Self::Deadline { .. }
            | Self::TimedOut { .. }
            | Self::OtherRun { .. }
            | Self::NotDeployed(_)
            | Self::NoLog(_)
            | Self::Local(_)
            | Self::Incomplete { .. }
            | Self::NotConverged(_)
            | Self::IndexIncomplete { .. }
            | Self::File { .. }
            | Self::Output(_) => exit::FAILED,
            Self::Unwell { exit, .. } => *exit,
            Self::Bug(_) => exit::BUG,
        }
    }

    /// What stands in `error[…]`.
    pub fn code(&self) -> Code {
        match self {
            Self::Config(_) | Self::Name(_) => Code::Config,
            Self::LoginExpired { .. } => Code::Credentials,
            Self::NoLocalAws { .. } => Code::Local,
            Self::Unreachable { .. } => Code::Network,
            Self::Aws(error) if Known::of(error).is_some() => Code::Credentials,
            Self::Aws(error) => match error.class {
                Class::Credentials => Code::Credentials,
                Class::Denied => Code::Permission,
                Class::Network => Code::Network,
                Class::NotFound | Class::Elsewhere | Class::Exists | Class::Stopped | Class::Other => Code::Aws,
            },
            Self::Deadline { .. } | Self::TimedOut { .. } => Code::Deadline,
            Self::NoRegion | Self::BadRegion { .. } => Code::Region,
            Self::Endpoint(_) => Code::Endpoint,
            Self::InDev { error, .. } => error.code(),
            Self::WrongAccount { .. } => Code::Account,
            Self::Blocked { .. } | Self::Unconfirmed { .. } | Self::Cancelled | Self::Exists(_) => Code::Refused,
            Self::NotDeployed(_) | Self::NoLog(_) => Code::NotDeployed,
            Self::NoSuchOutput { .. } | Self::Usage(_) | Self::NoWayOut { .. } => Code::Usage,
            Self::Bundle(_) => Code::Bundle,
            Self::Site(_) => Code::Site,
            Self::Local(_) => Code::Local,
            Self::OtherRun { .. } | Self::Incomplete { other_run: true, .. } => Code::OtherRun,
            Self::Incomplete { .. } | Self::NotConverged(_) | Self::IndexIncomplete { .. } => Code::Incomplete,
            Self::IndexDiffers { .. } => Code::Index,
            Self::Pending => Code::Changes,
            Self::Drifted => Code::Drift,
            Self::Interrupted(_) => Code::Interrupted,
            Self::File { .. } => Code::File,
            Self::Output(_) => Code::Output,
            Self::Unwell { .. } => Code::Doctor,
            Self::Bug(_) => Code::Bug,
        }
    }

    /// Labelled facts below the summary.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let of_call = |error: &AwsError| {
            let (on, said) = match error.class {
                Class::Denied => (error.object(), denied::reason(&error.message)),
                _ => (None, error.message.as_str()),
            };
            let on = on.unwrap_or(&error.resource);
            let mut facts = vec![("call", format!("{} on {on}", error.call)), ("AWS says", said.to_owned())];
            if let Some(arn) = error.identity() {
                facts.insert(1, ("identity", arn.to_owned()));
            }
            if let Some(id) = &error.request_id {
                facts.push(("request", id.clone()));
            }
            facts
        };
        match self {
            Self::InDev { error, .. } => error.facts(),
            Self::Aws(error) => of_call(error),
            Self::NoLocalAws { last, .. } | Self::Unreachable { last, .. } | Self::LoginExpired { last, .. } => of_call(last),
            Self::Deadline { last: Some(error), .. } | Self::OtherRun { last: Some(error), .. } => of_call(error),
            Self::Bundle(error) => causes(error),
            Self::Blocked { blocked } => {
                blocked.iter().map(|blocked| (blocked.kind.word(), format!("`{}` {}", blocked.name, blocked.why))).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The one line that says what went wrong.
    pub fn summary(&self) -> String {
        match self {
            Self::InDev { error, .. } => error.summary(),
            Self::Aws(error) if Known::of(error).is_some() => Known::of(error).map(Known::summary).unwrap_or_default().to_owned(),
            Self::Aws(error) => match (error.class, error.code.as_deref()) {
                (Class::Denied, _) => format!("not allowed to {}", denied::in_words(error.action())),
                (Class::Credentials, Some(_)) if error.is_of_the_clock() => "this machine's clock is wrong".into(),
                (Class::Credentials, Some("SignatureDoesNotMatch" | "InvalidSignatureException")) => {
                    "the secret access key is wrong".into()
                }
                (Class::Credentials, Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired")) => {
                    "the credentials have expired".into()
                }
                (Class::Credentials, Some(_)) => "AWS does not take these credentials".into(),
                (Class::Credentials, None) => "no credentials were found".into(),
                (Class::Network, _) => "AWS could not be reached".into(),
                _ => format!("{} failed", error.call),
            },
            other => other.to_string(),
        }
    }
}

/// Adds the statement among `rights` that allows what was denied.
fn add_statement(error: &mut AwsError, rights: &[Right]) {
    if error.class == Class::Denied {
        error.allow = statement_for(rights, error.action()).map(|statement| Allowing::new(statement, rights));
    }
}

/// What lies behind an error, one line each.
fn causes(error: &dyn std::error::Error) -> Vec<(&'static str, String)> {
    std::iter::successors(error.source(), |cause| cause.source()).map(|cause| ("because", cause.to_string())).collect()
}

fn unreachable(region: &str, endpoint: Option<&str>, unknown_host: bool) -> String {
    match endpoint {
        Some(endpoint) => format!("{endpoint} could not be reached"),
        None if unknown_host => format!("the address of AWS in `{region}` is not known"),
        None => format!("AWS in {region} could not be reached"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Kind;

    fn help_for(class: Class, call: &'static str, code: &str, message: &str) -> String {
        Error::from(AwsError::told(call, "x", class, code, message)).help().join("\n")
    }

    #[test]
    fn organizations_that_forbid_something_are_named() {
        let message = "User: u is not authorized to perform: iam:CreateUser with an explicit deny in a service control policy";
        assert!(help_for(Class::Denied, "iam:CreateUser", "AccessDenied", message).contains("organization"));
        assert!(help_for(Class::Denied, "iam:CreateUser", "AccessDenied", "no policy allows it").contains("`iam:CreateUser`"));
    }

    #[test]
    fn what_is_denied_is_answered_with_a_statement_to_paste() {
        let arn = "arn:aws:iam::111122223333:role/gallery-deploy/holiday/holiday-indexer-us-west-2";
        let rights = [Right::to_change("Role", &["iam:CreateRole", "iam:TagRole"], &[arn.to_owned()])];
        let message =
            format!("User: arn:aws:iam::111122223333:user/ci is not authorized to perform: iam:TagRole on resource: {arn}");
        // AWS may ask for another permission than the call's own.
        let denied = AwsError::told("iam:CreateRole", "holiday-indexer", Class::Denied, "AccessDenied", &message);
        let error = Error::from(denied).allowed_by(&rights);
        assert_eq!(error.summary(), "not allowed to tag an IAM role");
        assert!(error.facts().contains(&("identity", "arn:aws:iam::111122223333:user/ci".into())));
        let statement =
            format!(r#"{{"Sid":"Role","Effect":"Allow","Action":["iam:CreateRole","iam:TagRole"],"Resource":["{arn}"]}}"#);
        assert!(
            error.help()[0]
                .ends_with(&format!("`ci`\n        {}", statement.replace(",\"Resource\"", ",\n         \"Resource\""))),
            "{:?}",
            error.help()
        );

        let why = Why::Denied { call: "iam:CreateRole".into(), message: "Access denied".into(), allow: None };
        let blocked = Blocked::new(Kind::Role, "holiday-indexer", why);
        let error = Error::Blocked { blocked: vec![blocked] }.allowed_by(&rights);
        assert!(error.help()[0].replace("\n         ", "").contains(&statement), "{:?}", error.help());
    }

    /// S7: no call on the bucket shows an account-wide block.
    #[test]
    fn an_account_wide_block_is_named_when_the_wait_is_over() {
        let message = "not authorized because public policies are blocked by the BlockPublicPolicy setting";
        let last = AwsError::told("s3:PutBucketPolicy", "b", Class::Denied, "AccessDenied", message);
        let error = Error::Deadline { for_what: "for S3", seconds: 60, last: Some(last) };
        assert!(error.help()[0].contains("account or organization"));
        assert_eq!(error.exit_code(), exit::FAILED);
    }

    /// S3 has a code for it, the others say it in the words of a wrong signature.
    #[test]
    fn a_wrong_clock_is_told_from_a_wrong_secret() {
        let summary = |code: &str, message: &str| {
            Error::from(AwsError::told("sts:GetCallerIdentity", "x", Class::Credentials, code, message)).summary()
        };
        let clock = "this machine's clock is wrong";
        assert_eq!(summary("RequestTimeTooSkewed", ""), clock);
        assert_eq!(
            summary("SignatureDoesNotMatch", "Signature expired: 20261127T100000Z is now earlier than 20261127T101500Z"),
            clock
        );
        assert_eq!(
            summary("InvalidSignatureException", "Signature not yet current: 20261127T101000Z is still later than …"),
            clock
        );
        let secret = "The request signature we calculated does not match the signature you provided.";
        assert_eq!(summary("SignatureDoesNotMatch", secret), "the secret access key is wrong");
    }

    #[test]
    fn credentials_that_aws_does_not_take_are_exit_7() {
        for code in ["SignatureDoesNotMatch", "InvalidClientTokenId", "ExpiredToken", "RequestTimeTooSkewed"] {
            let error = Error::from(AwsError::told("sts:GetCallerIdentity", "x", Class::Credentials, code, ""));
            assert_eq!((error.exit_code(), error.code()), (exit::CREDENTIALS, Code::Credentials), "{code}");
            assert!(!error.help().is_empty(), "{code}");
        }
    }
}
