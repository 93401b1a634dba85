//! What never passes: no waiting helps.

use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::Rule;
use super::local::iam;
use super::s3_bucket::taken;
use super::s3_settings::is_public;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// S7: Block Public Access is on for the whole account. No call on a bucket shows it, and no public policy is taken.
pub(super) struct AccountBlock;

impl Rule for AccountBlock {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        if exchange.parts.uri.path() == "/v20180820/configuration/publicAccessBlock" {
            let switches = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
            let switches: String = switches.iter().map(|switch| format!("<{switch}>true</{switch}>")).collect();
            let mut answer = Answer::empty(200);
            answer.body = format!("<PublicAccessBlockConfiguration>{switches}</PublicAccessBlockConfiguration>").into();
            return Some(answer);
        }
        let policy: serde_json::Value =
            exchange.is("s3:PutBucketPolicy").then(|| serde_json::from_str(exchange.text()).ok())??;
        let public = policy["Statement"].as_array().into_iter().flatten().any(is_public);
        let words = format!(
            "User is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{}\" because public policies are blocked by the \
             BlockPublicPolicy block public access setting.",
            exchange.call.resource
        );
        public.then(|| Answer::error(exchange.call, 403, "AccessDenied", &words))
    }
}

/// Every quota of the account is used up (I10, D3, L14).
pub(super) struct Quotas;

impl Rule for Quotas {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let (status, code, words) = match exchange.call.name().as_str() {
            "iam:CreateRole" => (409, "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000"),
            "iam:CreateUser" => (409, "LimitExceeded", "Cannot exceed quota for UsersPerAccount: 5000"),
            "dynamodb:CreateTable" => {
                (400, "LimitExceededException", "Subscriber limit exceeded: There is a limit of 2500 tables per subscriber")
            }
            "logs:CreateLogGroup" => (400, "LimitExceededException", "Resource limit exceeded."),
            "lambda:CreateFunction" => (400, "CodeStorageExceededException", "Code storage limit exceeded."),
            "s3:CreateBucket" => (400, "TooManyBuckets", "You have attempted to create more buckets than allowed"),
            _ => return None,
        };
        Some(Answer::error(exchange.call, status, code, words))
    }
}

/// S2: somebody takes every bucket name a moment before us.
pub(super) struct NamesTaken;

impl Rule for NamesTaken {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        exchange.is("s3:CreateBucket").then(|| taken(exchange))
    }
}

/// L1: somebody changes a role's trust policy a moment before Lambda is to take it on.
pub(super) struct TrustChanged;

impl Rule for TrustChanged {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let body = exchange.is("lambda:CreateFunction").then(|| exchange.json())?;
        let name = body["Role"].as_str()?.rsplit('/').next()?;
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        iam(exchange, "UpdateAssumeRolePolicy", &[("RoleName", name), ("PolicyDocument", trust)])?;
        exchange.strike();
        None
    }
}

/// The caller's clock is ten minutes ahead: AWS refuses whatever it signs, and says in every answer what time it is.
pub(super) struct ClockAhead;

impl Rule for ClockAhead {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let now = DateTime::from(SystemTime::now() - Duration::from_secs(600)).fmt(Format::HttpDate).unwrap();
        let (status, code) =
            if exchange.call.service == "s3" { (403, "RequestTimeTooSkewed") } else { (403, "SignatureDoesNotMatch") };
        let words =
            "Signature not yet current: 20261127T101000Z is still later than 20261127T100500Z (20261127T100000Z + 5 min.)";
        Some(Answer::error(exchange.call, status, code, words).with("date", &now))
    }
}
