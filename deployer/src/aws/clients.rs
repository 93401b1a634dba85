//! The SDK's clients, made once for a run.

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::calls::Calls;
use super::clock::Skew;
use super::contact::Contact;
use super::endpoints::{endpoint_of, endpoint_of_all};
use super::error::{AwsError, Named as _};
use super::guard::ReadOnly;
use super::stop::Stop;
use crate::config::check_region;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::place::Place;
use crate::resource::key::KeyPair;

/// Without an answer for so long, an attempt has failed: a question and an answer of some kilobytes, seldom of a megabyte.
const ATTEMPT: Duration = Duration::from_secs(30);
/// The same for what sends a file. Long enough for a zip of 50 MB on a slow line.
const ATTEMPT_WITH_A_FILE: Duration = Duration::from_secs(120);
/// On a line that carries less (bytes a second), many or large objects are given up.
const SLOWEST: u64 = 32 << 10;
const CONNECT: Duration = Duration::from_secs(4);
/// At most so long until the second attempt at what may succeed (throttling, 5xx, a lost connection); each later pause is up to twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The account's rates are shared with everybody in it: Lambda takes 15 changes a second, DynamoDB 10 reads of tags (§2.1). Six attempts last
/// some seconds.
const ATTEMPTS: u32 = 6;

/// How often a call is made again that may succeed the next time, and when.
pub(super) fn retries() -> RetryConfig {
    RetryConfig::standard().with_initial_backoff(FIRST_PAUSE).with_max_attempts(attempts())
}

/// Whether a run may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    ReadOnly,
    ReadWrite,
}

/// Where the calls go and with which credentials.
#[derive(Debug, Clone)]
pub enum Origin {
    /// As every AWS tool finds them: environment, profile, SSO, web identity, instance role.
    Environment,
    /// A local AWS.
    Local { endpoint: String, key: KeyPair },
}

/// How a run reaches AWS, whatever it does there.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// The profile that the user named; it outranks credentials of the environment.
    pub profile: Option<String>,
    pub calls: Calls,
    /// Set when no call shall begin any more.
    pub stop: Stop,
}

impl Reach {
    /// The profile in use, if one is named here or in the environment.
    pub fn profile_in_use(&self) -> Option<String> {
        self.profile.clone().or_else(|| std::env::var("AWS_PROFILE").ok()).filter(|profile| !profile.is_empty())
    }
}

/// An answer to the first question, with all that is tried for it, comes within this time or not at all.
const FIRST_ANSWER: Duration = Duration::from_secs(14);

/// Clients, before it is known whose they are.
pub struct Connection {
    aws: Aws,
    /// The profile in use, if one is named.
    profile: Option<String>,
    region: String,
    endpoint: Option<Endpoint>,
}

/// Clients of an account and region.
pub struct Aws {
    pub s3: aws_sdk_s3::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
    pub iam: aws_sdk_iam::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub sts: aws_sdk_sts::Client,
    /// `None` with an endpoint of one's own, which knows nothing of accounts (S7).
    pub s3control: Option<aws_sdk_s3control::Client>,
    /// The account that owns what we make: S3 checks it on each call (S5).
    pub account: String,
    /// Set when no call shall begin any more.
    pub stop: Stop,
    /// What is under way.
    pub calls: Calls,
    pub(super) access: Access,
    pub(super) sdk: SdkConfig,
}

/// Who is calling.
#[derive(Debug, Clone)]
pub struct Caller {
    pub account: String,
    /// Of a user or a role session.
    pub arn: String,
}

impl Connection {
    /// Finds region, endpoint and credentials; asks AWS nothing yet. `region` is that of `gallery.yaml`.
    ///
    /// # Errors
    /// No region, or one that AWS does not have; an endpoint that is none, or that is not that of both S3 and DynamoDB.
    pub async fn open(origin: Origin, access: Access, region: Option<&str>, reach: &Reach) -> Result<Self, Error> {
        // A local AWS is on this machine or beside it; a company's proxy cannot reach it.
        let proxy = if matches!(origin, Origin::Local { .. }) { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
        let http = reach.calls.counted(http_client(proxy));
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            .retry_config(retries())
            .timeout_config(timeouts(ATTEMPT));
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let mut profile = None;
        match origin {
            Origin::Environment => {
                if let Some(profile) = &reach.profile {
                    loader = loader.profile_name(profile).credentials_provider(of_profile(profile, http, region));
                }
                profile = reach.profile_in_use();
            }
            Origin::Local { endpoint, key } => {
                let credentials = Credentials::new(key.access_key_id, key.secret.reveal(), None, None, "local");
                // What the environment or a profile wants of the real AWS is none of its business.
                loader = loader.endpoint_url(&endpoint).credentials_provider(credentials).use_fips(false).use_dual_stack(false);
            }
        }
        let sdk = loader.load().await;
        let found = sdk.region().map(|region| region.as_ref().to_owned()).ok_or(Error::NoRegion)?;
        if region.is_none() {
            check_region(&found).map_err(|reason| Error::BadRegion { region: found.clone(), reason })?;
        }
        let endpoint = endpoint_of_all(&sdk)?;
        Ok(Self { profile, aws: Aws::new(sdk, access, endpoint.is_some(), reach), region: found, endpoint })
    }

    /// The place that the calls go to, in an account that is known already.
    pub fn place_in(self, account: String) -> Place {
        Place { account, region: self.region, endpoint: self.endpoint }
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    /// The profile in use, if one is named and counts.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The endpoint, if it is not the real AWS's.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.endpoint.as_ref()
    }

    /// How far this machine's clock is ahead of AWS's, in seconds. `None`: no answer came.
    pub async fn clock_ahead(&self) -> Option<i64> {
        let skew = Skew::default();
        // Whether AWS takes the credentials is another question.
        self.aws.sts.get_caller_identity().customize().interceptor(skew.clone()).send().await.ok();
        skew.seconds()
    }

    /// Clients for an account that is known already; whether it is the caller's, nobody has asked.
    pub fn in_account(self, account: String) -> (Aws, Place) {
        let Self { mut aws, profile: _, region, endpoint } = self;
        aws.account.clone_from(&account);
        (aws, Place { account, region, endpoint })
    }

    /// Asks AWS who is calling: clients for that account.
    ///
    /// # Errors
    /// Credentials that AWS does not take; no AWS.
    pub async fn identify(self) -> Result<(Aws, Place, Caller), Error> {
        let contact = Contact { profile: self.profile.as_deref(), region: &self.region, endpoint: self.endpoint.as_ref() };
        let caller = self.aws.caller(contact).await?;
        let (aws, place) = self.in_account(caller.account.clone());
        Ok((aws, place, caller))
    }
}

#[cfg(test)]
impl Connection {
    /// One that is made already, in us-west-2.
    pub(super) fn of(aws: Aws, endpoint: Option<&str>) -> Self {
        let endpoint = endpoint.and_then(|endpoint| Endpoint::parse(endpoint).ok());
        Self { aws, profile: None, region: "us-west-2".into(), endpoint }
    }
}

impl Aws {
    /// With the time-outs of real runs.
    #[cfg(test)]
    pub(super) fn impatient(sdk: &SdkConfig) -> Self {
        let sdk = sdk.to_builder().timeout_config(timeouts(ATTEMPT)).build();
        Self::new(sdk, Access::ReadWrite, false, &Reach::default())
    }

    /// `custom_endpoint`: not the real AWS, so that buckets are named in paths.
    pub(super) fn new(sdk: SdkConfig, access: Access, custom_endpoint: bool, reach: &Reach) -> Self {
        let Reach { stop, calls, .. } = reach.clone();
        macro_rules! client {
            ($service:ident, $name:literal) => {{
                let mut config = $service::config::Builder::from(&sdk).interceptor(stop.clone()).retry_classifier(QuotasAreFinal);
                config.set_endpoint_url(endpoint_of(&sdk, $name));
                if access == Access::ReadOnly {
                    config = config.interceptor(ReadOnly);
                }
                config
            }};
        }
        Self {
            s3: aws_sdk_s3::Client::from_conf(client!(aws_sdk_s3, "S3").force_path_style(custom_endpoint).build()),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(client!(aws_sdk_dynamodb, "DynamoDB").build()),
            iam: aws_sdk_iam::Client::from_conf(client!(aws_sdk_iam, "IAM").build()),
            lambda: aws_sdk_lambda::Client::from_conf(client!(aws_sdk_lambda, "Lambda").build()),
            logs: aws_sdk_cloudwatchlogs::Client::from_conf(client!(aws_sdk_cloudwatchlogs, "CloudWatch Logs").build()),
            sts: aws_sdk_sts::Client::from_conf(client!(aws_sdk_sts, "STS").build()),
            s3control: (!custom_endpoint)
                .then(|| aws_sdk_s3control::Client::from_conf(client!(aws_sdk_s3control, "S3 Control").build())),
            account: String::new(),
            stop,
            calls,
            access,
            sdk,
        }
    }

    /// The same once more, but such as can only read: for the looks of a run that writes.
    #[must_use]
    pub fn only_reading(&self) -> Self {
        let reach = Reach { profile: None, calls: self.calls.clone(), stop: self.stop.clone() };
        let again = Self::new(self.sdk.clone(), Access::ReadOnly, self.s3control.is_none(), &reach);
        Self { account: self.account.clone(), ..again }
    }

    /// Asks AWS who is calling.
    ///
    /// # Errors
    /// Credentials that AWS does not take; no AWS.
    pub async fn caller(&self, contact: Contact<'_>) -> Result<Caller, Error> {
        let caller = caller(self).await.map_err(|error| contact.error(error))?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok(Caller { account: text(caller.account()), arn: text(caller.arn()) })
    }

    /// A client that signs with the page's key, to see whether AWS knows the key yet (I6).
    pub fn sts_as(&self, key: &KeyPair) -> aws_sdk_sts::Client {
        let credentials = Credentials::new(&key.access_key_id, key.secret.reveal(), None, None, "page");
        let config = aws_sdk_sts::config::Builder::from(&self.sdk).credentials_provider(credentials);
        let mut config = config.interceptor(self.stop.clone());
        config.set_endpoint_url(endpoint_of(&self.sdk, "STS"));
        if self.access == Access::ReadOnly {
            config = config.interceptor(ReadOnly);
        }
        aws_sdk_sts::Client::from_conf(config.build())
    }
}

/// Credentials of a profile that was named on the command line: as for the `aws` command line, those of the environment do not count then.
fn of_profile(profile: &str, http: SharedHttpClient, region: Option<&str>) -> ProfileFileCredentialsProvider {
    let region = region.map(|region| Region::new(region.to_owned()));
    let provider = ProviderConfig::default().with_http_client(http).with_region(region);
    ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(profile).build()
}

/// Who is calling. Nothing is uploaded here, so whoever cannot be reached is not waited for.
async fn caller(aws: &Aws) -> Result<GetCallerIdentityOutput, AwsError> {
    let in_time = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(FIRST_ANSWER).build();
    let in_time = aws_sdk_sts::config::Config::builder().timeout_config(in_time);
    let call = aws.sts.get_caller_identity().customize().config_override(in_time).send();
    call.await.named("sts:GetCallerIdentity", "the caller")
}

fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(attempt).build()
}

/// For calls of Lambda that send a zip.
pub(super) fn with_a_zip() -> aws_sdk_lambda::config::Builder {
    aws_sdk_lambda::config::Builder::default().timeout_config(timeouts(ATTEMPT_WITH_A_FILE))
}

/// For calls of S3 that send an object, on a line that `bytes` share in all.
pub(super) fn with_an_object(bytes: u64) -> aws_sdk_s3::config::Builder {
    let attempt = ATTEMPT_WITH_A_FILE + Duration::from_secs(bytes / SLOWEST);
    aws_sdk_s3::config::Builder::default().timeout_config(timeouts(attempt))
}

/// The SDK takes `LimitExceededException` for throttling and tries again. It is a quota; or too many tables that change at once (D3), for which
/// the table of what passes has its own wait.
#[derive(Debug)]
struct QuotasAreFinal;

impl ClassifyRetry for QuotasAreFinal {
    fn name(&self) -> &'static str {
        "QuotasAreFinal"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        // `"__type":"com.amazonaws.dynamodb.v20120810#LimitExceededException"`, `"__type":"LimitExceededException"`
        let body = context.response().and_then(|response| response.body().bytes()).unwrap_or_default();
        let body = String::from_utf8_lossy(body);
        let is_quota = ["#LimitExceededException\"", "\"LimitExceededException\""].iter().any(|code| body.contains(code));
        if is_quota { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }
}

/// `AWS_MAX_ATTEMPTS`, which every SDK knows, outranks ours.
fn attempts() -> u32 {
    let wanted = std::env::var("AWS_MAX_ATTEMPTS").ok().and_then(|attempts| attempts.trim().parse().ok());
    wanted.filter(|attempts| *attempts > 0).unwrap_or(ATTEMPTS)
}

/// TLS by rustls on ring, through `proxy`.
pub(super) fn http_client(proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).proxy_config(proxy.clone());
        if let Some(settings) = settings {
            connector = connector.connector_settings(settings.clone());
        }
        if let Some(sleep) = components.and_then(RuntimeComponents::sleep_impl) {
            connector.set_sleep_impl(Some(sleep));
        }
        connector.build()
    })
}
