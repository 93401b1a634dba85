//! An S3 and a DynamoDB in one, which records what it is asked and answers what it was told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::RuntimeComponents;
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use gallery_index::{Accepted, Key};
use serde_json::Value;

use crate::environment::Environment;
use crate::index::Index;

pub(crate) const BUCKET: &str = "holiday-images-123456789012-us-west-2";

/// Status, headers and body.
pub(crate) type Answer = (u16, &'static [(&'static str, &'static str)], &'static str);

/// Of a HEAD.
pub(crate) const OBJECT: Answer = (
    200,
    &[
        ("content-length", "18"),
        ("etag", "\"abc\""),
        ("last-modified", "Sat, 14 Mar 2026 09:26:53 GMT"),
        ("x-amz-version-id", "v1"),
    ],
    "",
);
pub(crate) const GONE: Answer = (404, &[], "");
/// The same where a delete marker hides what there is.
pub(crate) const MARKER: Answer = (404, &[("x-amz-delete-marker", "true"), ("x-amz-version-id", "v2")], "");
pub(crate) const FORBIDDEN: Answer = (403, &[], "");
pub(crate) const UNAVAILABLE: Answer = (503, &[], "");
/// Of a GET: a GIF of 30 by 20 pixels.
pub(crate) const FIRST_BYTES: Answer = (206, &[], "GIF89a\x1e\0\x14\0\0\0\0\0\0\0\0\0");
pub(crate) const CHANGED: Answer = (412, &[], "<Error><Code>PreconditionFailed</Code></Error>");
pub(crate) const ARCHIVED: Answer = (403, &[], "<Error><Code>InvalidObjectState</Code></Error>");
/// Of a `PutItem`.
pub(crate) const WRITTEN: Answer = (200, &[], "{}");
pub(crate) const REFUSED_BY_5: Answer = (
    400,
    &[],
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"it failed","Item":{"rev":{"N":"5"},"etag":{"S":"x"}}}"#,
);
pub(crate) const REFUSED_BY_AWAITED: Answer = (
    400,
    &[],
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"it failed","Item":{"rev":{"N":"5"},"hidden":{"S":"deleted"},"awaited":{"N":"1"}}}"#,
);
pub(crate) const REFUSED_BY_AWAITED_IN_VAIN: Answer = (
    400,
    &[],
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"it failed","Item":{"rev":{"N":"5"},"hidden":{"S":"deleted"},"awaited_in_vain":{"S":"e"}}}"#,
);
pub(crate) const REFUSED_BY_AWAITED_IN_VAIN_FOR_NO_NAME: Answer = (
    400,
    &[],
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"it failed","Item":{"rev":{"N":"5"},"hidden":{"S":"deleted"},"awaited_in_vain":{"S":""}}}"#,
);
pub(crate) const REFUSED_BY_NOTHING: Answer =
    (400, &[], r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"it failed"}"#);
pub(crate) const NOT_ALLOWED: Answer =
    (400, &[], r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not authorized: dynamodb:PutItem"}"#);
pub(crate) const NOT_VALID: Answer =
    (400, &[], r#"{"__type":"com.amazon.coral.validate#ValidationException","message":"the item is too large"}"#);

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `HEAD URL`, `GET URL`, or DynamoDB's operation.
    pub operation: String,
    /// As `name: value`, sorted.
    pub headers: Vec<String>,
    /// `Null` for S3.
    pub body: Value,
}

#[derive(Debug, Clone)]
enum Answers {
    InOrder(Arc<Mutex<VecDeque<Answer>>>),
    /// By [`Request::operation`].
    To(fn(&str) -> Answer),
}

/// The other end of the function's connections; clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct FakeConnection {
    answers: Answers,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl FakeConnection {
    /// Gives each request the next answer, and breaks when there is none left.
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { answers: Answers::InOrder(answers), requests: Arc::default() }
    }

    /// Gives each operation its answer.
    pub(crate) fn answering(answer: fn(&str) -> Answer) -> Self {
        Self { answers: Answers::To(answer), requests: Arc::default() }
    }

    /// The function's clients on this connection.
    pub(crate) fn index(&self) -> Index {
        let environment = Environment {
            table: "holiday-index".to_owned(),
            bucket: BUCKET.to_owned(),
            bucket_url: format!("https://{BUCKET}.s3.us-west-2.amazonaws.com"),
            accepted: Accepted { types: vec!["image/gif".to_owned()], max_size: 1_000 },
            region: "us-west-2".to_owned(),
            credentials: Credentials::new("AKIDEXAMPLE", "secret", Some("token".to_owned()), None, "test"),
            dynamodb_endpoint: None,
        };
        Index::new(environment, SharedHttpClient::new(self.clone()))
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no test panics with it").clone()
    }

    /// The operations alone, S3's without the URL.
    pub(crate) fn operations(&self) -> Vec<String> {
        let operations = self.requests().into_iter().map(|request| request.operation);
        operations.map(|operation| operation.split(' ').next().expect("a word").to_owned()).collect()
    }
}

impl HttpConnector for FakeConnection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().expect("a body in memory");
        let operation = match request.headers().get("x-amz-target") {
            Some(target) => target.rsplit('.').next().expect("a name").to_owned(),
            None => format!("{} {}", request.method(), request.uri()),
        };
        let mut headers: Vec<String> = request.headers().iter().map(|(name, value)| format!("{name}: {value}")).collect();
        headers.sort();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(body).expect("a JSON body") };
        let answer = match &self.answers {
            Answers::InOrder(answers) => answers.lock().expect("no test panics with it").pop_front(),
            Answers::To(answer) => Some(answer(&operation)),
        };
        self.requests.lock().expect("no test panics with it").push(Request { operation, headers, body });
        HttpConnectorFuture::ready(match answer {
            Some((status, headers, body)) => {
                let status = status.try_into().expect("an HTTP status");
                let mut response = HttpResponse::new(status, SdkBody::from(body));
                for (name, value) in headers {
                    response.headers_mut().insert(*name, *value);
                }
                Ok(response)
            }
            None => Err(ConnectorError::io("no answer left".into())),
        })
    }
}

impl HttpClient for FakeConnection {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

pub(crate) fn key(key: &str) -> Key {
    Key::new(key.to_owned()).expect("a key of an image")
}
