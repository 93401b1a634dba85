//! An answer whose body is at hand, and errors as each service words them.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, TRANSFER_ENCODING};
use hyper::http::response::Parts;
use hyper::{HeaderMap, Method, Response, StatusCode};
use serde_json::json;

use super::Call;
use super::serve::Body;

/// In every made-up answer, where AWS puts a request's id.
const REQUEST_ID: &str = "BADDAY0000000000";

/// What AWS answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(super) fn new(parts: Parts, body: Bytes) -> Self {
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// A success that says nothing.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap(), headers: HeaderMap::new(), body: Bytes::new() }
    }

    fn made(status: u16, content_type: &str, body: String) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Self { status: StatusCode::from_u16(status).unwrap(), headers, body: body.into() }
    }

    /// An error of the service that was called, in the service's own form. `code` as the service's documentation writes it.
    pub(crate) fn error(call: &Call, status: u16, code: &str, message: &str) -> Self {
        let (code_, message_) = (escaped(code), escaped(message));
        match call.service.as_str() {
            "s3" => {
                let resource = escaped(&call.resource);
                let error = format!("<Error><Code>{code_}</Code><Message>{message_}</Message><Resource>/{resource}</Resource>");
                let body =
                    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{error}<RequestId>{REQUEST_ID}</RequestId></Error>");
                Self::made(status, "application/xml", body).with("x-amz-request-id", REQUEST_ID)
            }
            "iam" | "sts" => {
                let side = if status < 500 { "Sender" } else { "Receiver" };
                let error = format!("<Error><Type>{side}</Type><Code>{code_}</Code><Message>{message_}</Message></Error>");
                let body = format!("<ErrorResponse>{error}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>");
                Self::made(status, "text/xml", body).with("x-amzn-requestid", REQUEST_ID)
            }
            "lambda" => {
                let side = if status < 500 { "User" } else { "Service" };
                let body = json!({ "Type": side, "Message": message, "message": message });
                let answer = Self::made(status, "application/json", body.to_string());
                answer.with("x-amzn-errortype", code).with("x-amzn-requestid", REQUEST_ID)
            }
            service => {
                let (version, namespace) = match service {
                    "dynamodb" => ("1.0", "com.amazonaws.dynamodb.v20120810#"),
                    _ => ("1.1", ""),
                };
                let body = json!({ "__type": format!("{namespace}{code}"), "message": message });
                let answer = Self::made(status, &format!("application/x-amz-json-{version}"), body.to_string());
                answer.with("x-amzn-requestid", REQUEST_ID)
            }
        }
    }

    /// The service asks to be called less often, each in its own words (aws-behaviours §2.1).
    pub(crate) fn throttled(call: &Call) -> Self {
        match call.service.as_str() {
            "s3" => Self::error(call, 503, "SlowDown", "Please reduce your request rate."),
            "lambda" => Self::error(call, 429, "TooManyRequestsException", "Rate exceeded"),
            "iam" | "sts" => Self::error(call, 400, "Throttling", "Rate exceeded"),
            _ => Self::error(call, 400, "ThrottlingException", "Rate exceeded"),
        }
    }

    /// No policy of the caller allows it.
    pub(crate) fn denied(call: &Call) -> Self {
        let (status, code) = match call.service.as_str() {
            "s3" | "iam" | "sts" => (403, "AccessDenied"),
            "lambda" => (403, "AccessDeniedException"),
            _ => (400, "AccessDeniedException"),
        };
        let (action, resource) = (call.name(), &call.resource);
        let words = format!(
            "User: arn:aws:iam::000000000000:user/refused is not authorized to perform: {action} on resource: {resource} because no \
             identity-based policy allows the {action} action"
        );
        Self::error(call, status, code, &words)
    }

    /// The service has failed.
    pub(crate) fn internal_error(call: &Call) -> Self {
        let code = match call.service.as_str() {
            "s3" => "InternalError",
            "iam" | "logs" => "ServiceFailure",
            "lambda" => "ServiceException",
            "dynamodb" => "InternalServerError",
            _ => "InternalFailure",
        };
        Self::error(call, 500, code, "We encountered an internal error. Please try again.")
    }

    /// The same with another header, or with another value of it.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), value.parse().unwrap());
        self
    }

    /// As it is sent; the answer to HEAD has no body.
    pub(super) fn into_response(mut self, method: &Method) -> Response<Body> {
        if method == Method::HEAD {
            self.body = Bytes::new();
        } else {
            self.headers.remove(TRANSFER_ENCODING);
            self.headers.insert(CONTENT_LENGTH, self.body.len().into());
        }
        let mut response = Response::new(Full::new(self.body).map_err(|never| match never {}).boxed());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Text for XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn throttled(service: &str) -> Answer {
        Answer::throttled(&Call::new(service, "GetThing", "a<b"))
    }

    #[test]
    fn every_service_words_an_error_in_its_own_form() {
        let s3 = throttled("s3");
        assert_eq!(s3.status, 503);
        let text = String::from_utf8(s3.body.to_vec()).unwrap();
        assert!(text.contains("<Code>SlowDown</Code>") && text.contains("<Resource>/a&lt;b</Resource>"), "{text}");

        let iam = throttled("iam");
        assert_eq!(iam.status, 400);
        assert!(String::from_utf8(iam.body.to_vec()).unwrap().contains("<Type>Sender</Type><Code>Throttling</Code>"));

        let lambda = throttled("lambda");
        assert_eq!(
            (lambda.status.as_u16(), &lambda.headers["x-amzn-errortype"]),
            (429, &"TooManyRequestsException".parse().unwrap())
        );

        let type_of = |answer: Answer| serde_json::from_slice::<Value>(&answer.body).unwrap()["__type"].clone();
        assert_eq!(type_of(throttled("dynamodb")), "com.amazonaws.dynamodb.v20120810#ThrottlingException");
        assert_eq!(type_of(throttled("logs")), "ThrottlingException");

        let denied = |service: &str| Answer::denied(&Call::new(service, "GetThing", "a"));
        let codes = [(403, "s3", "AccessDenied"), (403, "iam", "AccessDenied"), (400, "logs", "AccessDeniedException")];
        for (status, service, code) in codes {
            let answer = denied(service);
            let text = String::from_utf8(answer.body.to_vec()).unwrap();
            assert!(answer.status == status && text.contains(code) && text.contains("not authorized"), "{text}");
        }
    }
}
