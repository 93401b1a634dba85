//! What rules ask the local AWS.

use hyper::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// An action of IAM: the XML that it answers, if it succeeds.
pub(super) fn iam(exchange: &Exchange<'_>, action: &str, parameters: &[(&str, &str)]) -> Option<String> {
    let encoded = |(name, value): &(&str, &str)| format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
    let parameters: String = parameters.iter().map(encoded).collect();
    let body = format!("Action={action}&Version=2010-05-08{parameters}");
    text(exchange.ask("iam", Method::POST, "/", None, &body))
}

/// GET from Lambda: `functions/NAME/policy`.
pub(super) fn lambda(exchange: &Exchange<'_>, path: &str) -> Option<Value> {
    json(exchange.ask("lambda", Method::GET, &format!("/2015-03-31/{path}"), None, ""))
}

/// An operation of DynamoDB.
pub(super) fn dynamodb(exchange: &Exchange<'_>, operation: &str, body: &Value) -> Option<Value> {
    let target = format!("DynamoDB_20120810.{operation}");
    json(exchange.ask("dynamodb", Method::POST, "/", Some(&target), &body.to_string()))
}

/// An operation of CloudWatch Logs.
pub(super) fn logs(exchange: &Exchange<'_>, operation: &str, body: &Value) -> Option<Value> {
    let target = format!("Logs_20140328.{operation}");
    json(exchange.ask("logs", Method::POST, "/", Some(&target), &body.to_string()))
}

/// A read of S3: `BUCKET?cors`.
pub(super) fn s3(exchange: &Exchange<'_>, path: &str) -> Answer {
    exchange.ask("s3", Method::GET, &format!("/{path}"), None, "")
}

fn text(answer: Answer) -> Option<String> {
    answer.status.is_success().then(|| String::from_utf8_lossy(&answer.body).into_owned())
}

/// `Null` for a success without a body.
fn json(answer: Answer) -> Option<Value> {
    answer.status.is_success().then(|| serde_json::from_slice(&answer.body).unwrap_or_default())
}

/// The text of every element of this name, in the order of an XML document. The documents that AWS exchanges nest no element in one of the same name.
pub(super) fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split_once(&close)).map(|(text, _)| text).collect()
}

/// The text of the first element of this name.
pub(super) fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    elements(xml, name).into_iter().next()
}

/// Text as it stood before it was escaped for XML.
pub(super) fn unescaped(xml: &str) -> String {
    let plain =
        xml.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#34;", "\"").replace("&apos;", "'");
    plain.replace("&amp;", "&")
}
