//! Settings of buckets that S3 does not take.

use serde_json::Value;

use super::Rule;
use super::local::{element, elements, s3, unescaped};
use super::s3_bucket::bucket;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

fn error(exchange: &Exchange<'_>, code: &str, words: &str) -> Answer {
    Answer::error(exchange.call, 400, code, words)
}

/// A bucket policy is checked before it replaces the one that is there. Principals are rule I2.
pub(super) struct PolicyChecked;

impl Rule for PolicyChecked {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let bucket = exchange.is("s3:PutBucketPolicy").then(|| bucket(exchange))??;
        let malformed = |words: &str| Some(error(exchange, "MalformedPolicy", words));
        if exchange.body.len() > 20 * 1024 {
            return malformed("Policy exceeds the maximum allowed document size.");
        }
        let Ok(policy) = serde_json::from_str::<Value>(exchange.text()) else {
            return malformed("Policies must be valid JSON and the first byte must be '{'");
        };
        let arn = format!("arn:aws:s3:::{bucket}");
        let is_ours = |resource: &str| resource.strip_prefix(&arn).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        for statement in policy["Statement"].as_array().into_iter().flatten() {
            if !strings(&statement["Resource"]).all(is_ours) {
                return malformed("Policy has invalid resource");
            }
            if !strings(&statement["Action"]).all(|action| action.starts_with("s3:") || action == "*") {
                return malformed("Policy has invalid action");
            }
        }
        None
    }
}

/// A string, or each of a list.
fn strings(value: &Value) -> impl Iterator<Item = &str> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().filter_map(Value::as_str)
}

/// CORS rules know five methods, lifecycle rules have to do something.
pub(super) struct RulesChecked;

impl Rule for RulesChecked {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let invalid = |words: &str| Some(error(exchange, "InvalidRequest", words));
        let text = exchange.text();
        match exchange.call.name().as_str() {
            "s3:PutBucketCors" => {
                let known = ["GET", "PUT", "POST", "DELETE", "HEAD"];
                let unknown = elements(text, "AllowedMethod").into_iter().find(|method| !known.contains(method))?;
                invalid(&format!("Found unsupported HTTP method in CORS config. Unsupported method is {unknown}"))
            }
            "s3:PutBucketLifecycleConfiguration" => {
                let actions = ["<Expiration>", "<Transition>", "<Noncurrent", "<AbortIncompleteMultipartUpload>"];
                let idle = |rule: &&str| !actions.iter().any(|action| rule.contains(action));
                elements(text, "Rule").iter().find(|rule| idle(rule))?;
                invalid("At least one action needs to be specified in a rule")
            }
            _ => None,
        }
    }
}

/// S9: ACLs cannot be switched off as long as they let others in.
pub(super) struct GrantsStand;

impl Rule for GrantsStand {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let bucket = exchange.is("s3:PutBucketOwnershipControls").then(|| bucket(exchange))??;
        if !exchange.text().contains("BucketOwnerEnforced") {
            return None;
        }
        let acl = s3(exchange, &format!("{bucket}?acl"));
        let acl = String::from_utf8_lossy(&acl.body).into_owned();
        let owner = element(element(&acl, "Owner")?, "ID")?;
        let to_others = elements(&acl, "Grant").into_iter().any(|grant| element(grant, "ID") != Some(owner));
        to_others.then(|| {
            error(
                exchange,
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            )
        })
    }
}

/// S14: a write of tags replaces all of them, but those of AWS itself can be neither added nor removed.
pub(super) struct SystemTags;

impl Rule for SystemTags {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let bucket = exchange.is("s3:PutBucketTagging").then(|| bucket(exchange))??;
        let live = s3(exchange, &format!("{bucket}?tagging"));
        let (live, sent) = (String::from_utf8_lossy(&live.body).into_owned(), exchange.text());
        let system = |xml: &str| -> Vec<String> {
            let tags = elements(xml, "Tag").into_iter().map(unescaped);
            tags.filter(|tag| element(tag, "Key").is_some_and(|key| key.starts_with("aws:"))).collect()
        };
        let (live, sent) = (system(&live), system(sent));
        if sent.iter().any(|tag| !live.contains(tag)) {
            return Some(error(exchange, "InvalidTag", "System tags cannot be added/updated by requester"));
        }
        let removed = live.iter().any(|tag| !sent.contains(tag));
        removed.then(|| error(exchange, "InvalidTag", "System tags cannot be removed by requester"))
    }
}

/// Whether a bucket's policy makes it public is told; the local AWS says nothing.
pub(super) struct PolicyStatus;

impl Rule for PolicyStatus {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let bucket = exchange.is("s3:GetBucketPolicyStatus").then(|| bucket(exchange))??;
        let policy = s3(exchange, &format!("{bucket}?policy"));
        if !policy.status.is_success() {
            return Some(Answer::error(exchange.call, 404, "NoSuchBucketPolicy", "The bucket policy does not exist"));
        }
        let policy: Value = serde_json::from_slice(&policy.body).unwrap_or_default();
        let public = policy["Statement"].as_array().into_iter().flatten().any(is_public);
        let mut answer = Answer::empty(200);
        answer.body = format!("<PolicyStatus><IsPublic>{public}</IsPublic></PolicyStatus>").into();
        Some(answer)
    }
}

/// Whether a statement of a bucket policy lets everybody in.
pub(super) fn is_public(statement: &Value) -> bool {
    let everybody = |principal: &Value| principal == "*" || strings(&principal["AWS"]).any(|arn| arn == "*");
    statement["Effect"] == "Allow" && everybody(&statement["Principal"]) && statement["Condition"].is_null()
}
