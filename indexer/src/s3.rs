//! The two requests that S3 gets: HEAD, and GET of the first bytes.
//!
//! The SDK's S3 client would add a third to the size of the program for them. What a client of the SDK is made of does
//! the work here, too: its signer, its retries and time-outs, its HTTP client.

use std::fmt;
use std::time::SystemTime;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_types::retry::RetryConfig;
use gallery_index::{FIRST_BYTES, FirstBytes, Found, Key, Object};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::client::{self, TRIES};
use crate::environment::Environment;

/// What stays as it is in the path of a request.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

#[derive(Debug)]
pub(crate) struct S3 {
    operation: Operation<HttpRequest, Answer, S3Error>,
}

/// S3 refused the request, or failed. Those that matter are answers: [`S3::head`] and [`S3::first_bytes`] know them.
#[derive(Debug, thiserror::Error)]
#[error("S3 answered {status}{}{body}", if body.is_empty() { "" } else { ": " })]
pub(crate) struct S3Error {
    status: u16,
    /// Of a GET: XML. A HEAD has none.
    body: String,
}

/// An answer whose status is not a failure of S3's.
#[derive(Debug)]
struct Answer {
    status: u16,
    size: Option<u64>,
    etag: Option<String>,
    last_modified: Option<String>,
    version: Option<String>,
    /// `x-amz-delete-marker: true`, which S3 never says of what it has missed.
    is_marker: bool,
    /// It is encrypted with a key of KMS: whoever reads it needs a right to the key, which the public never has.
    is_for_some: bool,
    body: Vec<u8>,
}

impl S3 {
    pub(crate) fn new(environment: &Environment, http_client: SharedHttpClient) -> Self {
        let operation = Operation::builder()
            .service_name("S3")
            .operation_name("Object")
            .behavior_version(BehaviorVersion::v2026_01_12())
            .http_client(http_client)
            .endpoint_url(&environment.bucket_url)
            .no_auth()
            .interceptor(Signer { identity: environment.credentials.clone().into(), region: environment.region.clone() })
            .sleep_impl(TokioSleep::new())
            .timeout_config(client::timeouts())
            .standard_retry(&RetryConfig::standard().with_max_attempts(TRIES))
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(TransientErrorClassifier::<S3Error>::new())
            .with_connection_poisoning()
            .serializer(Ok)
            .deserializer(answer)
            .build();
        Self { operation }
    }

    /// What the object is now. Without `s3:ListBucket`, S3 would answer 403 for an object that is gone, too: so 403 is a
    /// failure, and never taken for that.
    pub(crate) async fn head(&self, key: &Key) -> Result<Found, String> {
        let answer = self.send("HEAD", key, &[]).await?;
        match answer.status {
            200 if answer.is_for_some => Ok(Found::Unreadable),
            200 => answer.object().map(Found::Object).ok_or_else(|| format!("S3's answer is not complete: {answer:?}")),
            404 if answer.is_marker => Ok(Found::Marker),
            404 => Ok(Found::Nothing),
            400 | 403 => self.why_unreadable(key).await,
            _ => Err(answer.failure().to_string()),
        }
    }

    /// A HEAD says nothing of the object nor of a failure; a GET tells whether the key is missing with which it was encrypted (SSE-C), or the right to use
    /// it (KMS).
    async fn why_unreadable(&self, key: &Key) -> Result<Found, String> {
        let answer = self.send("GET", key, &[("range", "bytes=0-0")]).await?;
        match answer.status {
            // `KMS.DisabledException`: the key is of no use to anybody any more.
            400 if ["<Code>InvalidRequest</Code>", "<Code>KMS."].iter().any(|code| answer.text().contains(code)) => {
                Ok(Found::Unreadable)
            }
            403 if answer.text().contains("not authorized to perform: kms:") => Ok(Found::Unreadable),
            _ => Err(answer.failure().to_string()),
        }
    }

    pub(crate) async fn first_bytes(&self, key: &Key, object: &Object) -> Result<FirstBytes, String> {
        let range = format!("bytes=0-{}", FIRST_BYTES - 1);
        let etag = format!("\"{}\"", object.etag);
        let answer = self.send("GET", key, &[("range", &range), ("if-match", &etag)]).await?;
        match answer.status {
            200 | 206 => Ok(FirstBytes::Read(answer.body)),
            404 | 412 | 416 => Ok(FirstBytes::Changed),
            403 if answer.text().contains("<Code>InvalidObjectState</Code>") => Ok(FirstBytes::Archived),
            _ => Err(answer.failure().to_string()),
        }
    }

    async fn send(&self, method: &str, key: &Key, headers: &[(&'static str, &str)]) -> Result<Answer, String> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_method(method).map_err(|error| error.to_string())?;
        let path = format!("/{}", utf8_percent_encode(key.as_str(), PATH));
        request.set_uri(path).map_err(|error| error.to_string())?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, (*value).to_owned());
        }
        self.operation.invoke(request).await.map_err(|error| client::with_causes(&error))
    }
}

impl Answer {
    fn object(&self) -> Option<Object> {
        let time = DateTime::from_str(self.last_modified.as_ref()?, Format::HttpDate).ok()?;
        Some(Object {
            size: self.size?,
            etag: self.etag.as_ref()?.trim_matches('"').to_owned(),
            uploaded_at: time.fmt(Format::DateTime).ok()?,
            version: self.version.clone(),
        })
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn failure(&self) -> S3Error {
        S3Error { status: self.status, body: self.text() }
    }
}

/// Failures of S3's own are errors here, so that they are tried again.
fn answer(response: &HttpResponse) -> Result<Answer, OrchestratorError<S3Error>> {
    let header = |name: &str| response.headers().get(name).map(str::to_owned);
    let answer = Answer {
        status: response.status().as_u16(),
        size: header("content-length").and_then(|size| size.parse().ok()),
        etag: header("etag"),
        last_modified: header("last-modified"),
        version: header("x-amz-version-id"),
        is_marker: header("x-amz-delete-marker").is_some_and(|marker| marker == "true"),
        is_for_some: header("x-amz-server-side-encryption").is_some_and(|how| how.starts_with("aws:kms")),
        body: response.body().bytes().unwrap_or_default().to_vec(),
    };
    if answer.status >= 500 { Err(OrchestratorError::operation(answer.failure())) } else { Ok(answer) }
}

/// Signs each try anew: a signature is valid for some minutes only.
struct Signer {
    identity: Identity,
    region: String,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("region", &self.region).finish_non_exhaustive()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Signer {
    fn name(&self) -> &'static str {
        "Signer"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut settings = SigningSettings::default();
        // As S3 wants it: paths are taken as they are, and the payload's hash is sent.
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let parameters = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()?
            .into();
        let request = context.request_mut();
        let signable = SignableRequest::new(request.method(), request.uri(), request.headers().iter(), SignableBody::Bytes(&[]))?;
        let (headers, _) = sign(signable, &parameters)?.into_parts().0.into_parts();
        for header in headers {
            request.headers_mut().insert(header.name(), header.value().to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "s3_tests.rs"]
mod tests;
