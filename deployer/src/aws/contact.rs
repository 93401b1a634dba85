//! Errors of the first contact with AWS, which know more than what AWS says: the profile, the region, the endpoint.

use super::error::{AwsError, Class};
use crate::endpoint::Endpoint;
use crate::error::Error;

/// Where and as whom AWS was to be reached.
#[derive(Debug, Clone, Copy)]
pub struct Contact<'a> {
    pub profile: Option<&'a str>,
    pub region: &'a str,
    /// `None`: the real AWS.
    pub endpoint: Option<&'a Endpoint>,
}

impl Contact<'_> {
    /// The same error in words that fit.
    pub(super) fn error(self, error: AwsError) -> Error {
        let owned = |text: &str| text.to_owned();
        let lower = error.message.to_lowercase();
        match (error.class, self.endpoint) {
            (Class::Network, Some(endpoint)) if endpoint.is_loopback() => {
                Error::NoLocalAws { endpoint: endpoint.to_string(), last: Box::new(error) }
            }
            (Class::Network, endpoint) => Error::Unreachable {
                region: owned(self.region),
                endpoint: endpoint.map(ToString::to_string),
                unknown_host: lower.contains("dns") || lower.contains("lookup"),
                last: Box::new(error),
            },
            (Class::Credentials, _) if error.code.is_none() && lower.contains("sso") => {
                Error::LoginExpired { profile: self.profile.map(owned), last: Box::new(error) }
            }
            _ => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;
    use crate::error::exit;

    fn error(class: Class, message: &str, contact: Contact<'_>) -> Error {
        let error = AwsError::told("sts:GetCallerIdentity", "the caller", class, "", message);
        contact.error(AwsError { code: None, ..error })
    }

    const AWS: Contact<'_> = Contact { profile: Some("private"), region: "us-west-2", endpoint: None };

    #[test]
    fn an_expired_login_names_the_command_that_renews_it() {
        let expired = error(Class::Credentials, "the SSO token has expired and cannot be refreshed", AWS);
        assert_eq!((expired.exit_code(), expired.code()), (exit::CREDENTIALS, Code::Credentials));
        assert_eq!(expired.help(), ["run `aws sso login --profile private`"]);
        let nameless = error(Class::Credentials, "failed to load SSO token", Contact { profile: None, ..AWS });
        assert_eq!(nameless.help(), ["run `aws sso login`"]);
        assert!(matches!(error(Class::Credentials, "no providers in chain", AWS), Error::Aws(_)));
    }

    #[test]
    fn a_local_aws_that_is_not_running_is_no_trouble_of_the_network() {
        for endpoint in ["http://127.0.0.1:4566", "http://localhost:1", "http://s3.localhost", "http://[::1]:80/"] {
            let endpoint = Endpoint::parse(endpoint).expect("an endpoint");
            let refused = error(Class::Network, "connection refused", Contact { endpoint: Some(&endpoint), ..AWS });
            assert!(
                refused.summary().contains(&endpoint.to_string()) && refused.help()[0].contains("gallery-deploy dev"),
                "{refused:?}"
            );
        }
        let endpoint = Endpoint::parse("http://10.0.0.1:81").expect("an endpoint");
        let elsewhere = error(Class::Network, "connection refused", Contact { endpoint: Some(&endpoint), ..AWS });
        assert_eq!(elsewhere.summary(), "http://10.0.0.1:81 could not be reached");
    }

    #[test]
    fn an_address_that_nobody_knows_may_be_a_wrong_region() {
        let wrong =
            error(Class::Network, "dns error: failed to lookup address information", Contact { region: "eu-south-9", ..AWS });
        assert_eq!(wrong.summary(), "the address of AWS in `eu-south-9` is not known");
        assert!(wrong.help().join("\n").contains("`region:`"), "{:?}", wrong.help());
        assert_eq!((wrong.exit_code(), wrong.code()), (exit::FAILED, Code::Network));
        assert_eq!(error(Class::Network, "connect timeout", AWS).summary(), "AWS in us-west-2 could not be reached");
    }
}
