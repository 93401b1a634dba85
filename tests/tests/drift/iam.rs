//! Changes of the indexer's role and of the page's user.

use gallery_deploy::resource::Kind;
use gallery_deploy::resource::compare::Field;
use gallery_tests::Gallery;
use serde_json::json;

use super::{Change, change, create_once, no_case};

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// A policy that allows everything.
fn everything() -> String {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] }).to_string()
}

pub(super) fn role(field: Field) -> Vec<Change> {
    match field {
        Field::TrustPolicy => vec![change(&["iam:UpdateAssumeRolePolicy"], |gallery| {
            let trust = json!({ "Version": "2012-10-17", "Statement": [
                { "Effect": "Allow", "Principal": { "Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"] }, "Action": "sts:AssumeRole" }] });
            gallery.aws(&[
                "iam",
                "update-assume-role-policy",
                "--role-name",
                &gallery.role(),
                "--policy-document",
                &trust.to_string(),
            ]);
        })
        .and_rows()],
        Field::InlinePolicies => vec![
            change(&["iam:PutRolePolicy"], |gallery| {
                let policy = "gallery-deploy-indexer";
                gallery.aws(&[
                    "iam",
                    "put-role-policy",
                    "--role-name",
                    &gallery.role(),
                    "--policy-name",
                    policy,
                    "--policy-document",
                    &everything(),
                ]);
            })
            .and_rows(),
            change(&["iam:PutRolePolicy"], |gallery| {
                gallery.aws(&[
                    "iam",
                    "delete-role-policy",
                    "--role-name",
                    &gallery.role(),
                    "--policy-name",
                    "gallery-deploy-indexer",
                ]);
            })
            .and_rows(),
        ],
        Field::Tags => vec![
            change(&["iam:TagRole"], |gallery| {
                gallery.aws(&["iam", "tag-role", "--role-name", &gallery.role(), "--tags", "Key=team,Value=other"]);
            }),
            change(&["iam:TagRole"], |gallery| untag_role(gallery, "team")),
        ],
        Field::Applied => vec![change(&["iam:TagRole"], |gallery| untag_role(gallery, "gallery-deploy:desired"))],
        _ => no_case(Kind::Role, field),
    }
}

fn untag_role(gallery: &Gallery, key: &str) {
    gallery.aws(&["iam", "untag-role", "--role-name", &gallery.role(), "--tag-keys", key]);
}

pub(super) fn user(field: Field) -> Vec<Change> {
    match field {
        Field::InlinePolicies => vec![
            change(&["iam:PutUserPolicy"], |gallery| put_user_policy(gallery, "gallery-deploy-images")),
            change(&["iam:DeleteUserPolicy"], |gallery| put_user_policy(gallery, "more")),
            change(&["iam:PutUserPolicy"], |gallery| {
                gallery.aws(&[
                    "iam",
                    "delete-user-policy",
                    "--user-name",
                    &gallery.user(),
                    "--policy-name",
                    "gallery-deploy-index",
                ]);
            }),
        ],
        Field::AttachedPolicies => vec![change(&["iam:DetachUserPolicy"], |gallery| {
            gallery.aws(&["iam", "attach-user-policy", "--user-name", &gallery.user(), "--policy-arn", ADMINISTRATOR]);
        })],
        Field::Groups => vec![change(&["iam:RemoveUserFromGroup"], |gallery| {
            let group = format!("admins-of-{}", gallery.name);
            create_once(gallery, &["iam", "create-group", "--group-name", &group]);
            gallery.aws(&["iam", "add-user-to-group", "--user-name", &gallery.user(), "--group-name", &group]);
        })],
        Field::Tags => vec![
            change(&["iam:TagUser"], |gallery| {
                gallery.aws(&["iam", "tag-user", "--user-name", &gallery.user(), "--tags", "Key=team,Value=other"]);
            }),
            change(&["iam:TagUser"], |gallery| untag_user(gallery, "team")),
        ],
        Field::Applied => vec![change(&["iam:TagUser"], |gallery| untag_user(gallery, "gallery-deploy:desired"))],
        _ => no_case(Kind::User, field),
    }
}

fn put_user_policy(gallery: &Gallery, policy: &str) {
    gallery.aws(&[
        "iam",
        "put-user-policy",
        "--user-name",
        &gallery.user(),
        "--policy-name",
        policy,
        "--policy-document",
        &everything(),
    ]);
}

fn untag_user(gallery: &Gallery, key: &str) {
    gallery.aws(&["iam", "untag-user", "--user-name", &gallery.user(), "--tag-keys", key]);
}
