//! The role that the indexer runs as: read the images, write the index, write its own logs and failed events, nothing else.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::compare::{Compared, Field, compare};
use super::policy::Policy;
use super::rights::Right;
use super::tags::{TagMap, Tags};
use crate::place::Place;

/// The one inline policy of the role that is ours.
pub const POLICY_NAME: &str = "gallery-deploy-indexer";

/// What may differ of a role.
pub const FIELDS: &[Field] = &[Field::TrustPolicy, Field::InlinePolicies, Field::Tags, Field::Applied];

/// The role as it shall be.
#[derive(Debug, Clone)]
pub struct Role {
    pub name: String,
    /// `/gallery-deploy/NAME/`, or `/gallery-deploy/NAME/STAGE/`.
    pub path: String,
    pub arn: String,
    pub tags: Tags,
    pub settings: Settings,
}

/// What is managed of the role.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    pub trust: Policy,
    pub policy: Policy,
}

/// The role as it was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// `AROA…`: another one for each role that ever has this name.
    pub id: String,
    pub path: String,
    pub tags: TagMap,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    pub trust: Option<Policy>,
    pub policy: Option<Policy>,
    /// What else it may do, which somebody else gave it: names of inline policies, ARNs of managed ones.
    pub other_policies: Vec<String>,
}

/// A role that stands in for the function's own for a moment (L4): enough to find it and to know it as ours.
#[derive(Debug, Clone)]
pub struct StandIn {
    pub name: String,
    pub path: String,
    pub tags: Tags,
}

impl StandIn {
    /// Whether `seen` is this one, and not somebody else's role.
    pub fn is(&self, seen: &Observed) -> bool {
        self.path == seen.path && self.tags.owns(&seen.tags)
    }

    /// The role of this name that may do what `role` may.
    pub fn of(&self, role: &Role) -> Role {
        let arn = role.arn.strip_suffix(&role.name).unwrap_or(&role.arn);
        Role { name: self.name.clone(), arn: format!("{arn}{}", self.name), ..role.clone() }
    }
}

impl Role {
    /// The settings that differ.
    pub fn compare(&self, seen: &Observed) -> Compared {
        let Settings { trust, policy } = &self.settings;
        let Observed { id: _, path: _, tags, boundary: _, trust: seen_trust, policy: seen_policy, other_policies: _ } = seen;
        let mut fields = Compared::of(FIELDS);
        compare(&mut fields, Field::TrustPolicy, &seen_trust.as_ref(), &Some(trust));
        // By name, as IAM has them. Other inline policies of the role are not managed.
        let by_name =
            |policy: Option<&Policy>| policy.map(|policy| BTreeMap::from([(POLICY_NAME, policy.clone())])).unwrap_or_default();
        compare(&mut fields, Field::InlinePolicies, &by_name(seen_policy.as_ref()), &by_name(Some(policy)));
        fields.tags(&self.tags, tags);
        fields
    }
}

/// Lambda may take on the role.
pub fn trust_policy() -> Policy {
    Policy::new(json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }]
    }))
}

/// Whether a trust policy lets Lambda take on the role.
pub fn trusts_lambda(trust: &Policy) -> bool {
    let names = |value: &Value, wanted: &str| match value {
        Value::Array(values) => values.iter().any(|value| value == wanted),
        value => value == wanted,
    };
    let allows = |statement: &Value| {
        statement["Effect"] == "Allow"
            && names(&statement["Principal"]["Service"], "lambda.amazonaws.com")
            && ["sts:AssumeRole", "sts:*", "*"].iter().any(|action| names(&statement["Action"], action))
    };
    trust.statements().iter().any(allows)
}

/// Read images, put rows into the table, write into the function's log group. Lambda leaves failed events in the bucket with this role, too.
///
/// Without `s3:ListBucket`, S3 answers 403 for an object that is gone, and on the whole bucket: a HEAD has no prefix that a
/// condition could ask for. No `logs:CreateLogGroup`, or the group would come back after `down` (G2).
pub fn indexer_policy(
    place: &Place,
    images_bucket: &str,
    images_prefix: &str,
    failed_events_prefix: &str,
    table_arn: &str,
    log_group: &str,
) -> Policy {
    Policy::new(json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Sid": "Images", "Effect": "Allow", "Action": "s3:GetObject",
              "Resource": place.s3_arn(&format!("{images_bucket}/{images_prefix}*")) },
            { "Sid": "Gone", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": place.s3_arn(images_bucket) },
            { "Sid": "Index", "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": table_arn },
            { "Sid": "FailedEvents", "Effect": "Allow", "Action": "s3:PutObject",
              "Resource": place.s3_arn(&format!("{images_bucket}/{failed_events_prefix}*")) },
            { "Sid": "Logs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
              "Resource": place.arn("logs", &format!("log-group:{log_group}:*")) }
        ]
    }))
}

/// What it takes to look at the role, to change it and to give it to Lambda. `path` is that of [`Role`].
pub fn rights(place: &Place, path: &str, role: &str, stand_in: &str) -> Vec<Right> {
    const LOOK: &[&str] = &["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"];
    const CHANGE: &[&str] = &[
        "iam:CreateRole",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:PutRolePolicy",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:ListInstanceProfilesForRole",
        "iam:DeleteRole",
    ];
    let ours = place.iam_arn(&format!("role{path}{role}"));
    // IAM checks a call by the role's path. It knows none for a role that is not there, or not yet seen everywhere (I1).
    let by_name = [ours.clone(), place.iam_arn(&format!("role/{role}"))];
    // The same for what stands in for it (L4). Nobody else has its name, which holds a hash: so one pattern serves for both ARNs.
    let stand_in = [place.iam_arn(&format!("role/*{stand_in}"))];
    let given = [&[ours][..], &stand_in].concat();
    vec![
        Right::to_look("Role", LOOK, &by_name),
        Right::to_change("Role", CHANGE, &by_name),
        Right::to_look("Role", LOOK, &stand_in),
        Right::to_change("Role", CHANGE, &stand_in),
        Right::to_change("PassRole", &["iam:PassRole"], &given).passed_to("lambda.amazonaws.com"),
        // What a person has put the role into, in the console (I4).
        Right::to_change("Profiles", &["iam:RemoveRoleFromInstanceProfile"], &[place.iam_arn("instance-profile/*")]),
    ]
}
