//! The statement in the function's resource policy by which S3, on behalf of this bucket and account only, may call the function.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::compare::{Compared, Field, compare};
use super::policy::Policy;
use super::tags::hex;

/// Statements whose id starts so are ours; others are kept.
pub const OUR_STATEMENTS: &str = "gallery-deploy-";

/// The statement as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    pub function: String,
    pub function_arn: String,
    pub bucket_arn: String,
    /// A bucket ARN holds no account id, and a deleted bucket's name can be taken by anyone (L10, S18).
    pub account: String,
}

/// The statements of ours in the function's policy, in canonical form.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    pub ours: Vec<Value>,
}

impl Observed {
    /// Picks our statements out of the function's policy.
    pub fn from_policy(policy: &Policy) -> Self {
        let ours =
            policy.statements().iter().filter(|statement| statement_id(statement).starts_with(OUR_STATEMENTS)).cloned().collect();
        Self { ours }
    }

    /// The ids of our statements.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ours.iter().map(statement_id)
    }
}

fn statement_id(statement: &Value) -> &str {
    statement.get("Sid").and_then(Value::as_str).unwrap_or_default()
}

impl Permission {
    /// Holds a hash of what it says, so that a changed statement can be added before the old one goes (L9).
    pub fn statement_id(&self) -> String {
        let hash = Sha256::digest(format!("{}\n{}\n{}", self.function_arn, self.bucket_arn, self.account));
        format!("{OUR_STATEMENTS}{}", hex(&hash[..6]))
    }

    /// The statement as Lambda writes it.
    pub fn statement(&self) -> Value {
        let policy = Policy::new(json!({ "Statement": [{
            "Sid": self.statement_id(), "Effect": "Allow", "Principal": { "Service": "s3.amazonaws.com" },
            "Action": "lambda:InvokeFunction", "Resource": self.function_arn,
            "Condition": { "StringEquals": { "AWS:SourceAccount": self.account }, "ArnLike": { "AWS:SourceArn": self.bucket_arn } }
        }] }));
        policy.statements()[0].clone()
    }

    /// Whether the one statement there is ours.
    pub fn compare(&self, seen: &Observed) -> Compared {
        let mut fields = Compared::default();
        compare(&mut fields, Field::Statement, &seen.ours, &vec![self.statement()]);
        fields
    }
}
