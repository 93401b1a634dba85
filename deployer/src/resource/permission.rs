//! The statement in the function's resource policy by which S3, on behalf of this bucket and account only, may call the function.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::compare::{Cause, Compared, Field, compare};
use super::policy::Policy;
use super::rights::Right;
use super::tags::hex;

/// Statements whose id starts so are ours; others are kept.
pub const OUR_STATEMENTS: &str = "gallery-deploy-";

/// What may differ of a permission.
pub const FIELDS: &[Field] = &[Field::Statement];

/// The statement as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    pub function: String,
    pub function_arn: String,
    pub bucket_arn: String,
    /// A bucket ARN holds no account id, and a deleted bucket's name can be taken by anyone (L10, S18).
    pub account: String,
}

/// The statements in the function's policy, in canonical form.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observed {
    pub ours: Vec<Value>,
    /// Ids of the others.
    pub others: Vec<String>,
}

impl Observed {
    /// Picks our statements out of the function's policy.
    pub fn from_policy(policy: &Policy) -> Self {
        let is_ours = |statement: &&Value| statement_id(statement).starts_with(OUR_STATEMENTS);
        let (ours, others): (Vec<_>, Vec<_>) = policy.statements().iter().partition(is_ours);
        Self {
            ours: ours.into_iter().cloned().collect(),
            others: others.into_iter().map(|statement| statement_id(statement).to_owned()).collect(),
        }
    }

    /// Statements have no tags, but ids that go with what they say: if all are of our making, an earlier run wrote them and nothing tells why they
    /// differ; else, or where none is left, it was somebody else.
    fn cause(&self) -> Option<Cause> {
        let is_our_work = |statement| Permission::read(statement).is_some_and(|permission| permission.statement() == *statement);
        let all = !self.ours.is_empty() && self.ours.iter().all(is_our_work);
        (!all).then_some(Cause::Drift)
    }

    /// A statement with an id like ours that lets in somebody else than S3, or lets S3 do something else: we never write such.
    pub fn not_for_s3(&self) -> Option<&str> {
        let ours = |statement: &&Value| {
            statement["Principal"]["Service"] == "s3.amazonaws.com" && statement["Action"] == "lambda:InvokeFunction"
        };
        self.ours.iter().find(|statement| !ours(statement)).map(statement_id)
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
        let mut fields = Compared::of(FIELDS);
        compare(&mut fields, Field::Statement, &seen.ours, &vec![self.statement()]);
        fields.because(seen.cause())
    }

    /// The permission that a statement of ours was made from, if it can be one.
    fn read(statement: &Value) -> Option<Self> {
        let text = |pointer: &str| Some(statement.pointer(pointer)?.as_str()?.to_owned());
        let function_arn = text("/Resource")?;
        Some(Self {
            function: function_arn.rsplit(':').next()?.to_owned(),
            bucket_arn: text("/Condition/ArnLike/AWS:SourceArn")?,
            account: text("/Condition/StringEquals/AWS:SourceAccount")?,
            function_arn,
        })
    }
}

/// What it takes to look at the function's resource policy and to change it.
pub fn rights(function_arn: &str) -> Vec<Right> {
    let arn = [function_arn.to_owned()];
    vec![
        Right::to_look("Function", &["lambda:GetPolicy"], &arn),
        Right::to_change("Function", &["lambda:AddPermission", "lambda:RemovePermission"], &arn),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permission(bucket: &str) -> Permission {
        Permission {
            function: "holiday-indexer".into(),
            function_arn: "arn:aws:lambda:us-west-2:123456789012:function:holiday-indexer".into(),
            bucket_arn: format!("arn:aws:s3:::{bucket}"),
            account: "123456789012".into(),
        }
    }

    fn cause_of(ours: Vec<Value>) -> Vec<Option<Cause>> {
        let seen = Observed { ours, others: Vec::new() };
        permission("images").compare(&seen).fields.into_iter().map(|change| change.cause).collect()
    }

    #[test]
    fn our_own_older_statement_is_no_drift() {
        assert_eq!(cause_of(vec![permission("images").statement()]), []);
        assert_eq!(cause_of(vec![permission("others").statement()]), [None]);
        assert_eq!(cause_of(vec![]), [Some(Cause::Drift)]);
        let mut wider = permission("images").statement();
        wider["Principal"] = json!("*");
        assert_eq!(cause_of(vec![wider]), [Some(Cause::Drift)]);
    }
}
