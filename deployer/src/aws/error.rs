//! What a failed call says: which call on what, the code, the words, the request id. Classified once, here.

pub mod passing;
mod told;

use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::stop::Stopped;
use crate::error::denied::Allowing;

/// A call to AWS that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call} on {resource}: {message}")]
pub struct AwsError {
    /// `iam:CreateRole`.
    pub call: &'static str,
    /// Name or ARN of what it was called on.
    pub resource: String,
    pub class: Class,
    /// AWS's error code, where there is a body that holds one.
    pub code: Option<String>,
    /// What AWS said, or what went wrong on the way.
    pub message: String,
    pub status: Option<u16>,
    pub request_id: Option<String>,
    /// `x-amz-bucket-region`, on any answer of S3 about a bucket (S5).
    pub bucket_region: Option<String>,
    /// Of a call that was denied: what allows it.
    pub allow: Option<Allowing>,
}

/// What kind of failure it is, as far as anybody decides by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// What was asked for is not there.
    NotFound,
    /// It is in another region.
    Elsewhere,
    /// It is there already.
    Exists,
    /// The identity may not do this.
    Denied,
    /// No credentials, or AWS does not take them.
    Credentials,
    /// No answer: name resolution, connection, time-out.
    Network,
    /// It was not called: the run is to stop.
    Stopped,
    Other,
}

impl AwsError {
    /// A failure that AWS told inside a successful answer, or that we saw ourselves.
    pub fn told(call: &'static str, resource: &str, class: Class, code: &str, message: &str) -> Self {
        Self {
            call,
            resource: resource.to_owned(),
            class,
            code: Some(code.to_owned()),
            message: message.to_owned(),
            status: None,
            request_id: None,
            bucket_region: None,
            allow: None,
        }
    }

    /// The IAM action that was denied: the one that AWS names, which may be another than the call's own (`iam:PassRole`).
    pub fn action(&self) -> &str {
        denied_action(&self.message).unwrap_or(self.call)
    }

    /// Whether the identity lacks a right, which AWS names then. A refusal without a name may only hide that nothing is there.
    pub fn is_lack_of_a_right(&self) -> bool {
        self.class == Class::Denied && denied_action(&self.message).is_some()
    }

    /// The same where AWS does not name the policy of the other side, as it does of what another account of the same organization has.
    pub fn is_lack_of_own_right(&self) -> bool {
        self.is_lack_of_a_right() && !self.message.contains("resource-based policy")
    }

    /// Who was denied, where AWS names it: the ARN of a user or a role session.
    pub fn identity(&self) -> Option<&str> {
        word_after(&self.message, "User: ")
    }

    /// What it was denied on, where AWS names it: an ARN.
    pub fn object(&self) -> Option<&str> {
        word_after(&self.message, "on resource: ").filter(|arn| arn.starts_with("arn:"))
    }

    /// Whether AWS answered with one of `codes`.
    pub fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Whether AWS answered with `code` and its message contains `fragment`.
    pub fn says(&self, code: &str, fragment: &str) -> bool {
        self.is(&[code]) && self.message.contains(fragment)
    }

    /// Whether AWS answered that it will not do it: nothing has come of the call.
    pub fn is_refusal(&self) -> bool {
        self.status.is_some_and(|status| (400..500).contains(&status))
    }

    pub fn is_not_found(&self) -> bool {
        self.class == Class::NotFound
    }

    /// Whether AWS refuses the call since this machine's clock is too far off.
    pub fn is_of_the_clock(&self) -> bool {
        let said = |words: &str| self.message.contains(words);
        self.is(&["RequestTimeTooSkewed"]) || said("Signature expired") || said("Signature not yet current")
    }

    pub fn already_exists(&self) -> bool {
        self.class == Class::Exists
    }
}

/// The action in "User: ARN is not authorized to perform: ACTION on resource: ARN because …".
pub fn denied_action(message: &str) -> Option<&str> {
    word_after(message, "not authorized to perform: ")
}

fn word_after<'a>(message: &'a str, words: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(words)?;
    rest.split_whitespace().next()
}

/// Gives a failed SDK call its name and its object.
pub trait Named<T> {
    /// `call` as IAM writes it (`s3:CreateBucket`), `resource` the name or ARN.
    ///
    /// # Errors
    /// The same failure, classified.
    fn named(self, call: &'static str, resource: &str) -> Result<T, AwsError>;
}

impl<T, E> Named<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    fn named(self, call: &'static str, resource: &str) -> Result<T, AwsError> {
        self.map_err(|error| describe(&error, call, resource))
    }
}

fn describe<E>(error: &SdkError<E, HttpResponse>, call: &'static str, resource: &str) -> AwsError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let response = error.raw_response();
    let header = |name: &str| response.and_then(|response| response.headers().get(name)).map(ToOwned::to_owned);
    let status = response.map(|response| response.status().as_u16());
    let metadata = error.as_service_error();
    // `to_string()` of an SdkError is only "service error" (L3).
    let code = metadata.and_then(ProvideErrorMetadata::code).map(ToOwned::to_owned);
    let message = match metadata.and_then(ProvideErrorMetadata::message) {
        Some(message) => message.to_owned(),
        None => match (&code, status) {
            (Some(code), _) => code.clone(),
            (None, Some(status)) => format!("HTTP status {status}"),
            (None, None) => causes(error),
        },
    };
    // Only the inner form of some failures says that credentials are missing.
    let inner = || DisplayErrorContext(error).to_string();
    let class = match error {
        _ if is_stopped(error) => Class::Stopped,
        SdkError::DispatchFailure(failure) if failure.is_other() || failure.is_user() => class_of_failure(&inner()),
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) | SdkError::ResponseError(_) => Class::Network,
        SdkError::ConstructionFailure(_) => class_of_failure(&inner()),
        _ => class_of(code.as_deref(), status),
    };
    AwsError {
        call,
        resource: resource.to_owned(),
        class,
        code,
        message,
        status,
        request_id: response.and_then(RequestId::request_id).map(ToOwned::to_owned),
        bucket_region: header("x-amz-bucket-region"),
        allow: None,
    }
}

/// What happened, and because of what.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |cause| cause.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Whether the call was refused since the run is to stop.
fn is_stopped(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |cause| cause.source()).any(<dyn std::error::Error>::is::<Stopped>)
}

/// A request that was never sent: the credentials are missing, or cannot be had.
fn class_of_failure(message: &str) -> Class {
    let lower = message.to_lowercase();
    if ["credential", "identity", "sso", "token"].iter().any(|word| lower.contains(word)) {
        Class::Credentials
    } else {
        Class::Network
    }
}

fn class_of(code: Option<&str>, status: Option<u16>) -> Class {
    match code {
        Some(
            "NotFound" | "NoSuchBucket" | "NoSuchKey" | "NoSuchEntity" | "NoSuchEntityException" | "ResourceNotFoundException" | "TableNotFoundException"
            // "Not configured" is an error of its own for each part of a bucket (S10).
            | "NoSuchBucketPolicy" | "NoSuchCORSConfiguration" | "NoSuchLifecycleConfiguration" | "NoSuchTagSet" | "NoSuchTagSetError"
            | "NoSuchPublicAccessBlockConfiguration" | "OwnershipControlsNotFoundError" | "ServerSideEncryptionConfigurationNotFoundError",
        ) => Class::NotFound,
        Some("EntityAlreadyExists" | "EntityAlreadyExistsException" | "BucketAlreadyOwnedByYou" | "ResourceAlreadyExistsException") => Class::Exists,
        Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "AllAccessDisabled") => Class::Denied,
        Some(
            "InvalidClientTokenId" | "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "InvalidSignatureException" | "UnrecognizedClientException"
            | "ExpiredToken" | "ExpiredTokenException" | "IncompleteSignature" | "MissingAuthenticationToken" | "MissingAuthenticationTokenException"
            | "RequestTimeTooSkewed" | "InvalidToken" | "RequestExpired" | "OptInRequired" | "NotSignedUp",
        ) => Class::Credentials,
        Some("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => Class::Elsewhere,
        None if status == Some(301) => Class::Elsewhere,
        // HeadBucket and HeadObject have no body, so no code (S5).
        None if status == Some(404) => Class::NotFound,
        None if status == Some(403) => Class::Denied,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_request_has_only_a_status() {
        assert_eq!(class_of(None, Some(404)), Class::NotFound);
        assert_eq!(class_of(None, Some(403)), Class::Denied);
        assert_eq!(class_of(None, Some(301)), Class::Elsewhere);
        assert_eq!(class_of(Some("PermanentRedirect"), Some(301)), Class::Elsewhere);
    }

    #[test]
    fn not_configured_is_not_found() {
        assert_eq!(class_of(Some("NoSuchCORSConfiguration"), Some(404)), Class::NotFound);
        assert_eq!(class_of(Some("AccessDenied"), Some(403)), Class::Denied);
        assert_eq!(class_of(Some("SignatureDoesNotMatch"), Some(403)), Class::Credentials);
    }
    #[test]
    fn what_aws_names_in_a_denial_is_found() {
        let message = "User: arn:aws:iam::1:user/ci is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::1:role/r \
                       because no identity-based policy allows the iam:CreateRole action";
        let denied = AwsError::told("iam:CreateRole", "r", Class::Denied, "AccessDenied", message);
        assert_eq!((denied.identity(), denied.object()), (Some("arn:aws:iam::1:user/ci"), Some("arn:aws:iam::1:role/r")));
        let bare = AwsError::told("s3:ListBucket", "b", Class::Denied, "AccessDenied", "Access Denied");
        assert_eq!((bare.identity(), bare.object()), (None, None));
    }
}
