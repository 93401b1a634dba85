//! A DynamoDB that records what it is asked and answers what it was told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

/// An answer: HTTP status and body.
pub(crate) type Answer = (u16, &'static str);

pub(crate) const OK: Answer = (200, "{}");
pub(crate) const CONDITION_FAILED: Answer =
    (400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"it failed"}"#);
pub(crate) const SERVER_ERROR: Answer =
    (500, r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"try again"}"#);
pub(crate) const REFUSED: Answer =
    (400, r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not authorized: dynamodb:PutItem"}"#);

/// The other end of the client's connection; clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct FakeConnection {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl FakeConnection {
    /// Gives each request the next answer, and breaks when there is none left.
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: Arc::new(Mutex::new(answers.into_iter().collect())), requests: Arc::default() }
    }

    /// A client, without retries, that uses it.
    pub(crate) fn client(&self) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-west-2"))
            .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(self.clone())
            .build();
        Client::from_conf(config)
    }

    /// What was asked: operation and body of each request, in order.
    pub(crate) fn requests(&self) -> Vec<(String, Value)> {
        self.requests.lock().expect("no test panics with it").clone()
    }
}

impl HttpConnector for FakeConnection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = request.headers().get("x-amz-target").expect("names its operation").to_owned();
        let body = serde_json::from_slice(request.body().bytes().expect("a body in memory")).expect("a JSON body");
        self.requests.lock().expect("no test panics with it").push((operation, body));
        let answer = self.answers.lock().expect("no test panics with it").pop_front();
        HttpConnectorFuture::ready(match answer {
            Some((status, body)) => Ok(HttpResponse::new(status.try_into().expect("an HTTP status"), SdkBody::from(body))),
            None => Err(ConnectorError::io("no answer left".into())),
        })
    }
}

impl HttpClient for FakeConnection {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}
