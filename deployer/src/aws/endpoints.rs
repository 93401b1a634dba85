//! Endpoints of one's own, found as every AWS tool finds them: of one service or of all, in the environment or in the profile.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use crate::endpoint::Endpoint;
use crate::error::Error;

/// In the environment, for all services; for one, its name is added.
const ALL: &str = "AWS_ENDPOINT_URL";

/// No variable of AWS's: with it, only the profile is looked at.
const NO_VARIABLE: &str = "GALLERY_DEPLOY_NO_ENDPOINT_URL";

/// The endpoint of a service, by the name that AWS's SDKs give it. `None`: AWS's own. A variable that is set to nothing is not set; the SDK
/// would take it for an endpoint.
pub(super) fn endpoint_of(sdk: &SdkConfig, service: &str) -> Option<String> {
    let of_all = sdk.endpoint_url().map(ToOwned::to_owned);
    if sdk.get_origin("endpoint_url").is_client_config() {
        // Named by whoever calls: nothing else counts.
        return of_all;
    }
    let load = |env| {
        let key = ServiceConfigKey::builder().service_id(service).env(env).profile("endpoint_url").build().ok()?;
        sdk.service_config()?.load_config(key)
    };
    match load(ALL) {
        Some(empty) if empty.is_empty() => {
            [std::env::var(ALL).ok(), load(NO_VARIABLE)].into_iter().flatten().find(|endpoint| !endpoint.is_empty())
        }
        found => found.or(of_all),
    }
}

/// The endpoint at which the page finds images and index.
///
/// # Errors
/// One that is none; one of S3 that is not DynamoDB's: the page knows a single one.
pub(super) fn endpoint_of_all(sdk: &SdkConfig) -> Result<Option<Endpoint>, Error> {
    let [s3, dynamodb] = ["S3", "DynamoDB"].map(|service| endpoint_of(sdk, service));
    let parsed = [parse(s3)?, parse(dynamodb)?];
    let [s3, dynamodb] = parsed;
    if s3 == dynamodb {
        return Ok(s3);
    }
    let shown = |endpoint: Option<Endpoint>| endpoint.map_or_else(|| "AWS itself".to_owned(), |endpoint| format!("`{endpoint}`"));
    Err(Error::Endpoint(format!("S3 is reached at {}, but DynamoDB at {}", shown(s3), shown(dynamodb))))
}

fn parse(text: Option<String>) -> Result<Option<Endpoint>, Error> {
    let parse = |text: String| {
        Endpoint::parse(&text).map_err(|wrong| {
            // What stands before an `@` may be a password.
            let shown = text.rsplit_once('@').map_or(text.as_str(), |(_, rest)| rest);
            Error::Endpoint(format!("the endpoint `{shown}` {wrong}"))
        })
    };
    text.map(parse).transpose()
}
