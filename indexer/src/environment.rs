//! What the function is told by its environment: by `gallery-deploy`, by Lambda, and by a local AWS.

use std::env;
use std::str::FromStr;

use aws_credential_types::Credentials;
use gallery_index::Accepted;

/// A variable is missing or wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnvironmentError {
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    #[error("the environment variable {0} is not a number")]
    NotANumber(&'static str),
}

/// All that the function knows from its start.
#[derive(Debug, Clone)]
pub(crate) struct Environment {
    /// The index table.
    pub table: String,
    /// The images bucket.
    pub bucket: String,
    /// Where the bucket's objects are: this URL, a slash, the key.
    pub bucket_url: String,
    pub accepted: Accepted,
    pub region: String,
    /// The role's. A function keeps its environment from start to end, and these live longer than that.
    pub credentials: Credentials,
    /// Of a local AWS.
    pub dynamodb_endpoint: Option<String>,
}

impl Environment {
    pub(crate) fn read() -> Result<Self, EnvironmentError> {
        let bucket = needed("GALLERY_BUCKET")?;
        Ok(Self {
            table: needed("GALLERY_TABLE")?,
            bucket_url: match endpoint("AWS_ENDPOINT_URL_S3") {
                Some(endpoint) => format!("{}/{bucket}", endpoint.trim_end_matches('/')),
                None => needed("GALLERY_BUCKET_URL")?,
            },
            bucket,
            accepted: Accepted {
                types: needed("GALLERY_ACCEPTED_TYPES")?.split(',').map(str::to_owned).collect(),
                max_size: number("GALLERY_MAX_SIZE")?,
            },
            region: needed("AWS_REGION")?,
            credentials: Credentials::new(
                needed("AWS_ACCESS_KEY_ID")?,
                needed("AWS_SECRET_ACCESS_KEY")?,
                variable("AWS_SESSION_TOKEN"),
                None,
                "Lambda",
            ),
            dynamodb_endpoint: endpoint("AWS_ENDPOINT_URL_DYNAMODB"),
        })
    }
}

/// The variable of the service goes before the one of all services, as in every AWS tool.
fn endpoint(of_service: &str) -> Option<String> {
    variable(of_service).or_else(|| variable("AWS_ENDPOINT_URL"))
}

fn needed(name: &'static str) -> Result<String, EnvironmentError> {
    variable(name).ok_or(EnvironmentError::Missing(name))
}

fn number<T: FromStr>(name: &'static str) -> Result<T, EnvironmentError> {
    needed(name)?.parse().map_err(|_| EnvironmentError::NotANumber(name))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
