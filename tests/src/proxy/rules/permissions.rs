//! Permissions that AWS asks for beside the action of the call itself.

use serde_json::Value;

use super::Rule;
use super::local::{element, elements, iam};
use crate::ACCOUNT;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// An action that a call needs, too.
struct Need {
    action: &'static str,
    resource: String,
}

/// Who hands a role to Lambda must be allowed to (`iam:PassRole`).
pub(super) struct PassRole;

impl Rule for PassRole {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        if !(exchange.is("lambda:CreateFunction") || exchange.is("lambda:UpdateFunctionConfiguration")) {
            return None;
        }
        let resource = exchange.json()["Role"].as_str()?.to_owned();
        refusal(exchange, &Need { action: "iam:PassRole", resource })
    }
}

/// Who creates something with tags, or with settings that have an action of their own, must be allowed to tag and to set.
pub(super) struct TagOnCreate;

impl Rule for TagOnCreate {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        needs(exchange).iter().find_map(|need| refusal(exchange, need))
    }
}

fn needs(exchange: &Exchange<'_>) -> Vec<Need> {
    let (call, body) = (exchange.call, exchange.json());
    let arn = |service: &str, resource: String| format!("arn:aws:{service}:{}:{ACCOUNT}:{resource}", exchange.region());
    let entity = |kind: &str| {
        let path = exchange.form("Path").unwrap_or_else(|| "/".to_owned());
        format!("arn:aws:iam::{ACCOUNT}:{kind}{path}{}", call.resource)
    };
    let has_tags = |value: &Value| value.as_object().is_some_and(|tags| !tags.is_empty());
    let need = |action, resource| vec![Need { action, resource }];
    match call.name().as_str() {
        "iam:CreateRole" if exchange.form("Tags.member.1.Key").is_some() => need("iam:TagRole", entity("role")),
        "iam:CreateUser" if exchange.form("Tags.member.1.Key").is_some() => need("iam:TagUser", entity("user")),
        "lambda:CreateFunction" if has_tags(&body["Tags"]) => {
            let name = body["FunctionName"].as_str().unwrap_or_default();
            need("lambda:TagResource", arn("lambda", format!("function:{name}")))
        }
        "dynamodb:CreateTable" if body["Tags"].as_array().is_some_and(|tags| !tags.is_empty()) => {
            need("dynamodb:TagResource", arn("dynamodb", format!("table/{}", call.resource)))
        }
        "logs:CreateLogGroup" if has_tags(&body["tags"]) => {
            need("logs:TagResource", arn("logs", format!("log-group:{}", call.resource)))
        }
        "s3:CreateBucket" => {
            let bucket = format!("arn:aws:s3:::{}", call.resource);
            let tags = element(exchange.text(), "Tag").map(|_| Need { action: "s3:TagResource", resource: bucket.clone() });
            let sets_ownership = !exchange.header("x-amz-object-ownership").is_empty();
            let ownership = sets_ownership.then_some(Need { action: "s3:PutBucketOwnershipControls", resource: bucket });
            tags.into_iter().chain(ownership).collect()
        }
        "s3:PutObject" if !exchange.header("x-amz-tagging").is_empty() => {
            need("s3:PutObjectTagging", format!("arn:aws:s3:::{}", call.resource))
        }
        _ => Vec::new(),
    }
}

/// The answer to a caller who is an IAM user without the permission.
fn refusal(exchange: &Exchange<'_>, Need { action, resource }: &Need) -> Option<Answer> {
    if caller_may(exchange, action, resource) {
        return None;
    }
    let details = iam(exchange, "GetUser", &[("UserName", &caller(exchange)?)])?;
    let arn = element(&details, "Arn").unwrap_or_default();
    let message = format!(
        "User: {arn} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the \
         {action} action"
    );
    let (status, code) = match exchange.call.service.as_str() {
        "lambda" => (403, "AccessDeniedException"),
        "dynamodb" | "logs" => (400, "AccessDeniedException"),
        _ => (403, "AccessDenied"),
    };
    Some(Answer::error(exchange.call, status, code, &message))
}

/// The IAM user who calls.
fn caller(exchange: &Exchange<'_>) -> Option<String> {
    let known = iam(exchange, "GetAccessKeyLastUsed", &[("AccessKeyId", exchange.access_key())])?;
    element(&known, "UserName").map(ToOwned::to_owned)
}

/// Whether the caller may do this. Root users may do everything; who else calls is not judged here.
pub(super) fn caller_may(exchange: &Exchange<'_>, action: &str, resource: &str) -> bool {
    caller(exchange).is_none_or(|user| is_allowed(exchange, &user, action, resource))
}

/// Whether the user's policies, inline and attached ones, allow it, as the local AWS's own evaluation sees it. Groups and boundaries are not looked at.
fn is_allowed(exchange: &Exchange<'_>, user: &str, action: &str, resource: &str) -> bool {
    allow(exchange, "User", user, action, resource)
}

/// Whether the policies of a role allow it.
pub(super) fn role_may(exchange: &Exchange<'_>, role: &str, action: &str, resource: &str) -> bool {
    allow(exchange, "Role", role, action, resource)
}

/// `kind`: `User` or `Role`.
fn allow(exchange: &Exchange<'_>, kind: &str, name: &str, action: &str, resource: &str) -> bool {
    let of = (if kind == "User" { "UserName" } else { "RoleName" }, name);
    let inline = iam(exchange, &format!("List{kind}Policies"), &[of]).unwrap_or_default();
    let inline = elements(&inline, "member")
        .into_iter()
        .filter_map(|policy| iam(exchange, &format!("Get{kind}Policy"), &[of, ("PolicyName", policy)]))
        .filter_map(|xml| Some(element(&xml, "PolicyDocument")?.to_owned()));
    let attached = iam(exchange, &format!("ListAttached{kind}Policies"), &[of]).unwrap_or_default();
    let attached = elements(&attached, "PolicyArn").into_iter().filter_map(|arn| managed(exchange, arn));
    let documents = inline.chain(attached);
    let documents: Vec<String> = documents
        .map(|encoded| without_met_conditions(&percent_encoding::percent_decode_str(&encoded).decode_utf8_lossy()))
        .collect();
    let names: Vec<String> = (1..=documents.len()).map(|number| format!("PolicyInputList.member.{number}")).collect();
    let mut parameters = vec![("ActionNames.member.1", action), ("ResourceArns.member.1", resource)];
    parameters.extend(names.iter().map(String::as_str).zip(documents.iter().map(String::as_str)));
    let verdict = iam(exchange, "SimulateCustomPolicy", &parameters).unwrap_or_default();
    element(&verdict, "EvalDecision") == Some("allowed")
}

/// The document of a managed policy, as IAM tells it.
fn managed(exchange: &Exchange<'_>, arn: &str) -> Option<String> {
    let policy = iam(exchange, "GetPolicy", &[("PolicyArn", arn)])?;
    let version = element(&policy, "DefaultVersionId")?;
    let version = iam(exchange, "GetPolicyVersion", &[("PolicyArn", arn), ("VersionId", version)])?;
    element(&version, "Document").map(ToOwned::to_owned)
}

/// The simulation knows no context: a condition that holds for every role that is passed here, to Lambda, is taken out.
fn without_met_conditions(document: &str) -> String {
    let mut document: Value = serde_json::from_str(document).unwrap_or_default();
    if let Some(statements) = document["Statement"].as_array_mut() {
        for statement in statements {
            let passed_to = &statement["Condition"]["StringEquals"]["iam:PassedToService"];
            let only_condition = statement["Condition"].as_object().is_some_and(|operators| operators.len() == 1);
            if passed_to == "lambda.amazonaws.com" && only_condition {
                statement.as_object_mut().expect("a statement").remove("Condition");
            }
        }
    }
    document.to_string()
}
