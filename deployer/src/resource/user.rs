//! The IAM user whose key lies in the page: put and get images, query the index, nothing else.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::compare::{Compared, Field, compare};
use super::policy::Policy;
use super::rights::Right;
use super::tags::{TagMap, Tags};
use crate::place::Place;

/// Whether `policy_arn` is what AWS attaches to a user whose key it found in public.
pub fn is_quarantine(policy_arn: &str) -> bool {
    policy_arn.contains(":aws:policy/AWSCompromisedKeyQuarantine")
}

/// What may differ of a user.
pub const FIELDS: &[Field] = &[Field::InlinePolicies, Field::AttachedPolicies, Field::Groups, Field::Tags, Field::Applied];

/// The user as it shall be. All that is attached to it is ours: what is extra goes.
#[derive(Debug, Clone)]
pub struct User {
    pub name: String,
    /// `/gallery-deploy/NAME/`, or `/gallery-deploy/NAME/STAGE/`.
    pub path: String,
    pub tags: Tags,
    pub settings: Settings,
}

/// What is managed of the user.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    /// Inline policies by name.
    pub policies: BTreeMap<String, Policy>,
}

/// The user as it was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub path: String,
    pub tags: TagMap,
    /// ARN of its permissions boundary.
    pub boundary: Option<String>,
    pub policies: BTreeMap<String, Policy>,
    /// ARNs of attached managed policies.
    pub attached: Vec<String>,
    pub groups: Vec<String>,
    pub keys: Vec<AccessKey>,
}

/// An access key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessKey {
    pub id: String,
    pub active: bool,
}

impl Observed {
    /// The policy by which AWS has quarantined the key, if it has.
    pub fn quarantine(&self) -> Option<&str> {
        self.attached.iter().map(String::as_str).find(|arn| is_quarantine(arn))
    }
}

impl User {
    /// The settings that differ.
    pub fn compare(&self, seen: &Observed) -> Compared {
        let Settings { policies } = &self.settings;
        let Observed { path: _, tags, boundary: _, policies: seen_policies, attached, groups, keys: _ } = seen;
        let mut fields = Compared::of(FIELDS);
        compare(&mut fields, Field::InlinePolicies, seen_policies, policies);
        // AWS puts its quarantine there on purpose; taking it off is for the account's owner.
        let attached: Vec<_> = attached.iter().filter(|arn| !is_quarantine(arn)).collect();
        compare(&mut fields, Field::AttachedPolicies, &attached, &Vec::new());
        compare(&mut fields, Field::Groups, groups, &Vec::new());
        fields.tags(&self.tags, tags);
        fields
    }
}

/// The two inline policies of the article: images, and the index.
pub fn client_policies(images_arn: &str, table_arn: &str) -> BTreeMap<String, Policy> {
    let allow = |actions: &[&str], resource: &str| {
        Policy::new(json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": resource }]
        }))
    };
    BTreeMap::from([
        (
            "gallery-deploy-images".into(),
            allow(&["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"], &format!("{images_arn}/images/*")),
        ),
        ("gallery-deploy-index".into(), allow(&["dynamodb:Query"], table_arn)),
    ])
}

/// The user's ARN, and the one by which IAM checks calls while it knows no such user (I1): without the path.
pub fn arns(place: &Place, path: &str, user: &str) -> [String; 2] {
    [place.iam_arn(&format!("user{path}{user}")), place.iam_arn(&format!("user/{user}"))]
}

/// What it takes to look at the user, its key among it, and to change it. `path` is that of [`User`].
pub fn rights(place: &Place, path: &str, user: &str) -> Vec<Right> {
    const LOOK: &[&str] = &[
        "iam:GetUser",
        "iam:ListUserPolicies",
        "iam:GetUserPolicy",
        "iam:ListAttachedUserPolicies",
        "iam:ListGroupsForUser",
        "iam:ListAccessKeys",
    ];
    const CHANGE: &[&str] = &[
        "iam:CreateUser",
        "iam:TagUser",
        "iam:UntagUser",
        "iam:PutUserPolicy",
        "iam:DeleteUserPolicy",
        "iam:DetachUserPolicy",
        "iam:DeleteAccessKey",
        "iam:DeleteUser",
    ];
    // What keeps a user from being deleted if a person has added it in the console (I4).
    const LOGIN: &[&str] = &[
        "iam:DeleteLoginProfile",
        "iam:ListSigningCertificates",
        "iam:DeleteSigningCertificate",
        "iam:ListSSHPublicKeys",
        "iam:DeleteSSHPublicKey",
        "iam:ListServiceSpecificCredentials",
        "iam:DeleteServiceSpecificCredential",
        "iam:ListMFADevices",
        "iam:DeactivateMFADevice",
    ];
    let by_name = arns(place, path, user);
    vec![
        Right::to_look("User", LOOK, &by_name),
        Right::to_change("User", CHANGE, &by_name),
        Right::to_change("User", LOGIN, &by_name),
        Right::to_change("Groups", &["iam:RemoveUserFromGroup"], &[place.iam_arn("group/*")]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarantine_is_aws_own() {
        assert!(is_quarantine("arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"));
        assert!(!is_quarantine("arn:aws:iam::123456789012:policy/MyQuarantine"));
    }
}
