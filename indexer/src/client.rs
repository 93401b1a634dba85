//! What both clients share, and DynamoDB's, from what Lambda puts into the environment.
//!
//! `aws-config` would find the same, after looking through profiles, instance metadata and single sign-on, none of which a
//! Lambda has: without it the program is smaller and starts faster. Building the clients makes no request.

use std::error::Error;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region};
use aws_smithy_http_client::Builder as HttpClientBuilder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::environment::Environment;

/// How often a call is tried. The function as a whole has 30 s by default, which holds all tries of a few calls.
pub(crate) const TRIES: u32 = 3;

/// Of one try of a call.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(6)).build()
}

/// The one HTTPS client of the function.
pub(crate) fn https() -> SharedHttpClient {
    HttpClientBuilder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

pub(crate) fn dynamodb(environment: &Environment, http_client: SharedHttpClient) -> Client {
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(environment.region.clone()))
        .credentials_provider(environment.credentials.clone())
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
        .timeout_config(timeouts())
        .http_client(http_client);
    if let Some(endpoint) = &environment.dynamodb_endpoint {
        config = config.endpoint_url(endpoint);
    }
    Client::from_conf(config.build())
}

/// `SdkError` itself prints as "service error" only; what happened is in its sources (L3).
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
