//! The DynamoDB client, from what Lambda puts into the environment.
//!
//! `aws-config` would find the same, after looking through profiles, instance metadata and single sign-on, none of which a
//! Lambda has: without it the program is smaller and starts faster. Building the client makes no request.

use std::env;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region};
use aws_smithy_http_client::Builder as HttpClientBuilder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// One try of a call. The function as a whole has 30 s by default, which holds all tries.
const TRY_TIMEOUT: Duration = Duration::from_secs(6);
const TRIES: u32 = 3;

/// A variable that Lambda always sets is missing.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is not set")]
pub(crate) struct MissingVariable(&'static str);

/// A client with the function's own region, credentials and, on a local AWS, endpoint.
pub(crate) fn from_environment() -> Result<Client, MissingVariable> {
    let needed = |name: &'static str| variable(name).ok_or(MissingVariable(name));
    // A function keeps its environment, credentials too, from start to end.
    let credentials = Credentials::new(
        needed("AWS_ACCESS_KEY_ID")?,
        needed("AWS_SECRET_ACCESS_KEY")?,
        variable("AWS_SESSION_TOKEN"),
        None,
        "Lambda",
    );
    let http_client = HttpClientBuilder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(needed("AWS_REGION")?))
        .credentials_provider(credentials)
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(TRY_TIMEOUT).build())
        .http_client(http_client);
    // The variable of the service goes before the one of all services, as in every AWS tool.
    if let Some(endpoint) = variable("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| variable("AWS_ENDPOINT_URL")) {
        config = config.endpoint_url(endpoint);
    }
    Ok(Client::from_conf(config.build()))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
