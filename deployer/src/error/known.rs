//! Answers of AWS that have words of their own, whichever call they answer: what is wrong lies outside of the gallery.

use crate::aws::error::{AwsError, Class};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// This machine's clock is off.
    ClockWrong,
    /// The account is suspended, closed or was never opened in full.
    AccountUnusable,
    /// AWS found the key in a public place.
    KeyQuarantined,
    /// The login in a browser is over.
    LoginExpired,
    /// The credentials were good for a while only.
    Expired,
    SecretWrong,
    KeyUnknown,
}

impl Known {
    pub(super) fn of(error: &AwsError) -> Option<Self> {
        let says = |fragments: &[&str]| fragments.iter().any(|fragment| error.message.contains(fragment));
        match (error.class, error.code.as_deref()) {
            (_, Some(_)) if error.is_of_the_clock() => Some(Self::ClockWrong),
            (_, Some("AccountProblem" | "NotSignedUp" | "OptInRequired" | "PendingVerification" | "AllAccessDisabled")) => {
                Some(Self::AccountUnusable)
            }
            _ if says(&["account is suspended", "account has been suspended", "account is currently blocked"]) => {
                Some(Self::AccountUnusable)
            }
            (Class::Denied, _) if says(&["AWSCompromisedKeyQuarantine"]) => Some(Self::KeyQuarantined),
            (Class::Credentials, None) if says(&["SSO token", "sso token", "SSO session"]) => Some(Self::LoginExpired),
            (Class::Credentials, Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired")) => Some(Self::Expired),
            (Class::Credentials, Some("SignatureDoesNotMatch" | "InvalidSignatureException")) => Some(Self::SecretWrong),
            (Class::Credentials, Some("InvalidClientTokenId" | "InvalidAccessKeyId" | "UnrecognizedClientException")) => {
                Some(Self::KeyUnknown)
            }
            _ => None,
        }
    }

    pub(super) const fn summary(self) -> &'static str {
        match self {
            Self::ClockWrong => "this machine's clock is wrong",
            Self::AccountUnusable => "the AWS account cannot be used",
            Self::KeyQuarantined => "AWS has quarantined this access key",
            Self::LoginExpired => "the SSO login has expired",
            Self::Expired => "the credentials have expired",
            Self::SecretWrong => "the secret access key is wrong",
            Self::KeyUnknown => "AWS does not know this access key",
        }
    }

    pub(super) fn help(self) -> Vec<String> {
        let help: &[&str] = match self {
            Self::ClockWrong => &[
                "set the clock: AWS takes requests that are at most a few minutes old (`timedatectl set-ntp true`); `gallery-deploy doctor` says how far it is off",
            ],
            Self::AccountUnusable => &[
                "sign in to the AWS console as the account's root user: it says what is open, such as a bill or a phone number to confirm",
            ],
            Self::KeyQuarantined => &[
                "AWS found the key in a public place: make a new key, delete this one, then detach the policy whose name begins with AWSCompromisedKeyQuarantine",
            ],
            Self::LoginExpired => &["run `aws sso login`, with `--profile NAME` if you use a profile"],
            Self::Expired => &["get new credentials, for example with `aws sso login`"],
            Self::SecretWrong => &["check AWS_SECRET_ACCESS_KEY, or the profile in ~/.aws/credentials"],
            Self::KeyUnknown => &[
                "check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                "a region that the account has not enabled answers the same: `aws account list-regions` shows them",
            ],
        };
        help.iter().map(|line| (*line).to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::error::{Error, exit};

    fn told(class: Class, code: Option<&str>, message: &str) -> Error {
        let error = AwsError::told("sts:GetCallerIdentity", "the caller", class, code.unwrap_or_default(), message);
        Error::from(AwsError { code: code.map(ToOwned::to_owned), ..error })
    }

    /// Each of them with its own summary, and with help that names what to do.
    #[test]
    fn what_lies_outside_of_the_gallery_is_told_apart() {
        let signature = "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z";
        let quarantine = "not authorized with an explicit deny in an identity-based policy: arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3";
        let credentials = (exit::CREDENTIALS, Code::Credentials);
        let cases = [
            (Class::Credentials, Some("RequestTimeTooSkewed"), "", credentials, "clock is wrong", "set the clock"),
            (Class::Credentials, Some("SignatureDoesNotMatch"), signature, credentials, "clock is wrong", "set the clock"),
            (
                Class::Credentials,
                Some("SignatureDoesNotMatch"),
                "calculated",
                credentials,
                "secret access key",
                "AWS_SECRET_ACCESS_KEY",
            ),
            (Class::Credentials, Some("NotSignedUp"), "", credentials, "account cannot be used", "root user"),
            (Class::Other, Some("AccountProblem"), "", credentials, "account cannot be used", "root user"),
            (
                Class::Denied,
                Some("AccessDenied"),
                "Your account is suspended",
                credentials,
                "account cannot be used",
                "root user",
            ),
            (Class::Denied, Some("AccessDenied"), quarantine, credentials, "quarantined", "new key"),
            (Class::Credentials, Some("ExpiredToken"), "", credentials, "have expired", "aws sso login"),
            (Class::Credentials, Some("InvalidClientTokenId"), "", credentials, "does not know", "has not enabled"),
            (
                Class::Credentials,
                None,
                "the SSO token has expired and cannot be refreshed",
                credentials,
                "SSO login",
                "aws sso login",
            ),
        ];
        for (class, code, message, (exit, word), summary, help) in cases {
            let error = told(class, code, message);
            assert_eq!((error.exit_code(), error.code()), (exit, word), "{code:?} {message}");
            assert!(error.summary().contains(summary), "{}", error.summary());
            assert!(error.help().join("\n").contains(help), "{:?}", error.help());
        }
    }
}
