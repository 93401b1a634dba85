//! Which call a request is, for the services that are not S3.

use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::Call;

/// What the signature names: access key, date, region, service.
pub(super) fn scope(parts: &Parts) -> impl Iterator<Item = &str> {
    // AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, ...
    let credential = header(&parts.headers, AUTHORIZATION.as_str()).split_once("Credential=");
    credential.into_iter().flat_map(|(_, scope)| scope.split('/').take(4))
}

/// The service that the signature names. What is not signed can only be for S3.
pub(super) fn service(parts: &Parts) -> &str {
    scope(parts).nth(3).unwrap_or("s3")
}

/// The call, from a request and its body.
pub(super) fn classify(service: &str, parts: &Parts, body: &[u8]) -> Call {
    let target = header(&parts.headers, "x-amz-target");
    if let Some((_, operation)) = target.split_once('.') {
        return Call::new(service, operation, json_resource(body));
    }
    match service {
        "lambda" => lambda(&parts.method, parts.uri.path()),
        _ => form(service, body),
    }
}

/// DynamoDB, CloudWatch Logs: what the JSON document names.
fn json_resource(body: &[u8]) -> String {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let names = ["TableName", "logGroupName", "logGroupNamePrefix", "ResourceArn", "resourceArn"];
    names.iter().find_map(|name| document[*name].as_str()).unwrap_or_default().to_owned()
}

/// IAM, STS: `Action=CreateRole&RoleName=...`.
fn form(service: &str, body: &[u8]) -> Call {
    let resource = ["RoleName", "UserName", "PathPrefix"].iter().find_map(|name| form_field(body, name));
    Call::new(service, form_field(body, "Action").unwrap_or_default(), resource.unwrap_or_default())
}

/// A field of a form, decoded.
pub(super) fn form_field(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, value) = text.split('&').filter_map(|pair| pair.split_once('=')).find(|(field, _)| *field == name)?;
    Some(percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned())
}

/// Lambda: `/2015-03-31/functions/NAME/policy`.
fn lambda(method: &Method, path: &str) -> Call {
    let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
    let (operation, resource) = match (method.as_str(), parts.as_slice()) {
        ("GET", ["functions"]) => ("ListFunctions", ""),
        ("POST", ["functions"]) => ("CreateFunction", ""),
        ("GET", ["functions", name]) => ("GetFunction", *name),
        ("DELETE", ["functions", name]) => ("DeleteFunction", *name),
        ("GET", ["functions", name, "configuration"]) => ("GetFunctionConfiguration", *name),
        ("PUT", ["functions", name, "configuration"]) => ("UpdateFunctionConfiguration", *name),
        ("PUT", ["functions", name, "code"]) => ("UpdateFunctionCode", *name),
        ("GET", ["functions", name, "policy"]) => ("GetPolicy", *name),
        ("POST", ["functions", name, "policy"]) => ("AddPermission", *name),
        ("DELETE", ["functions", name, "policy", _]) => ("RemovePermission", *name),
        ("POST", ["functions", name, "invocations"]) => ("Invoke", *name),
        ("GET", ["functions", name, "concurrency"]) => ("GetFunctionConcurrency", *name),
        ("PUT", ["functions", name, "concurrency"]) => ("PutFunctionConcurrency", *name),
        ("GET", ["functions", name, "event-invoke-config"]) => ("GetFunctionEventInvokeConfig", *name),
        ("PUT", ["functions", name, "event-invoke-config"]) => ("PutFunctionEventInvokeConfig", *name),
        ("GET", ["tags", arn @ ..]) => ("ListTags", arn.last().copied().unwrap_or_default()),
        ("POST", ["tags", arn @ ..]) => ("TagResource", arn.last().copied().unwrap_or_default()),
        ("DELETE", ["tags", arn @ ..]) => ("UntagResource", arn.last().copied().unwrap_or_default()),
        ("GET", ["account-settings"]) => ("GetAccountSettings", ""),
        // Anything else that is not a GET counts as a write; that it is whose, the path says.
        ("GET", _) => return Call::new("lambda", format!("Get {path}"), path),
        _ => return Call::new("lambda", format!("{method} {path}"), path),
    };
    Call::new("lambda", operation, percent_decode_str(resource).decode_utf8_lossy())
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;
    use crate::Kind;

    fn request(method: &str, path: &str, service: &str, target: Option<&str>) -> Parts {
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-central-1/{service}/aws4_request, SignedHeaders=host");
        let mut request = Request::builder().method(method).uri(path).header(AUTHORIZATION, authorization);
        if let Some(target) = target {
            request = request.header("x-amz-target", target);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn seen(parts: &Parts, body: &str) -> (String, Kind) {
        let call = classify(service(parts), parts, body.as_bytes());
        (call.to_string(), call.kind)
    }

    #[test]
    fn json_services_name_the_operation_in_a_header() {
        let create = request("POST", "/", "dynamodb", Some("DynamoDB_20120810.CreateTable"));
        assert_eq!(seen(&create, r#"{"TableName":"t"}"#), ("dynamodb:CreateTable t".to_owned(), Kind::Write));
        let groups = request("POST", "/", "logs", Some("Logs_20140328.DescribeLogGroups"));
        assert_eq!(seen(&groups, r#"{"logGroupNamePrefix":"/aws"}"#), ("logs:DescribeLogGroups /aws".to_owned(), Kind::Read));
    }

    #[test]
    fn form_services_name_it_in_the_body() {
        let put = request("POST", "/", "iam", None);
        let body = "Action=PutUserPolicy&UserName=a%2Bb&Version=2010-05-08";
        assert_eq!(seen(&put, body), ("iam:PutUserPolicy a+b".to_owned(), Kind::Write));
        let identity = request("POST", "/", "sts", None);
        assert_eq!(seen(&identity, "Action=GetCallerIdentity"), ("sts:GetCallerIdentity ".to_owned(), Kind::Read));
    }

    #[test]
    fn lambda_names_it_by_method_and_path() {
        let policy = |method| request(method, "/2015-03-31/functions/f/policy", "lambda", None);
        assert_eq!(seen(&policy("GET"), ""), ("lambda:GetPolicy f".to_owned(), Kind::Read));
        assert_eq!(seen(&policy("POST"), ""), ("lambda:AddPermission f".to_owned(), Kind::Write));
        let path = "/2099-01-01/functions/f/unknown";
        let unknown = request("PUT", path, "lambda", None);
        assert_eq!(seen(&unknown, ""), (format!("lambda:PUT {path} {path}"), Kind::Write));
    }
}
