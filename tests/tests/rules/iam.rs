//! IAM and access keys.

use gallery_tests::{ACCOUNT, Key};

use crate::{Stage, TRUST, accepts, refuses, refuses_at_first};

const USER: &str = "iam create-user --user-name u";

fn create_role(trust: &str) -> String {
    format!("iam create-role --role-name r --assume-role-policy-document {trust}")
}

#[test]
fn i1_what_is_new_is_unknown() {
    let stage = Stage::with(&["I1"]);
    accepts(&stage.aws, USER);
    refuses_at_first(&stage.aws, 2, "iam get-user --user-name u", "NoSuchEntity", "The user with name u cannot be found.");
    accepts(&stage.aws, &create_role(TRUST));
    let tag = "iam tag-role --role-name r --tags Key=a,Value=b";
    refuses_at_first(&stage.aws, 2, tag, "NoSuchEntity", "The role with name r cannot be found.");
}

#[test]
fn i2_a_policy_names_only_principals_that_are_known() {
    let stage = Stage::with(&["I2"]);
    let service = r#""Service":"lambda.amazonaws.com""#;
    let user = format!(r#""AWS":"arn:aws:iam::{ACCOUNT}:user/u""#);
    let trusts_user = TRUST.replace(service, &user);
    refuses(&stage.aws, &create_role(&trusts_user), "MalformedPolicyDocument", "Invalid principal in policy: \"AWS\"");
    accepts(&stage.aws, USER);
    refuses_at_first(&stage.aws, 2, &create_role(&trusts_user), "MalformedPolicyDocument", "Invalid principal in policy");
    let strange = TRUST.replace("lambda.", "lambada.");
    let update = format!("iam update-assume-role-policy --role-name r --policy-document {strange}");
    refuses(&stage.aws, &update, "MalformedPolicyDocument", "\"SERVICE\":\"lambada.amazonaws.com\"");

    accepts(
        &stage.aws,
        "s3api create-bucket --bucket named-bucket --create-bucket-configuration LocationConstraint=eu-central-1",
    );
    let policy = |name: &str| {
        format!(
            r#"s3api put-bucket-policy --bucket named-bucket --policy {{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:user/{name}"}},"Action":"s3:GetObject","Resource":"arn:aws:s3:::named-bucket/*"}}]}}"#
        )
    };
    refuses(&stage.aws, &policy("nobody"), "MalformedPolicy", "Invalid principal in policy");
    accepts(&stage.aws, &policy("u"));
}

#[test]
fn i3_i5_i6_keys_are_two_and_what_is_new_of_them_does_not_work_at_once() {
    let stage = Stage::with(&["I3", "I5", "I6"]);
    accepts(&stage.aws, USER);
    let create = "iam create-access-key --user-name u";
    let made = accepts(&stage.aws, create);
    accepts(&stage.aws, create);
    refuses(&stage.aws, create, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2");

    let text = |field: &str| made["AccessKey"][field].as_str().unwrap().to_owned();
    let own = stage.aws.with_key(&Key { id: text("AccessKeyId"), secret: text("SecretAccessKey") });
    refuses_at_first(&own, 2, "sts get-caller-identity", "InvalidClientTokenId", "security token");
    // Each service has to learn of it.
    for _ in 0..2 {
        refuses(&own, "s3api list-buckets", "InvalidAccessKeyId", "does not exist in our records");
    }
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    accepts(&stage.aws, &format!("iam put-user-policy --user-name u --policy-name p --policy-document {policy}"));
    refuses_at_first(&own, 2, "s3api list-buckets", "AccessDenied", "Access Denied");
}

#[test]
fn i4_i7_what_was_deleted_counts_for_a_while() {
    let stage = Stage::with(&["I4", "I7"]);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    accepts(&stage.aws, USER);
    accepts(&stage.aws, &format!("iam put-user-policy --user-name u --policy-name p --policy-document {policy}"));
    accepts(&stage.aws, "iam delete-user-policy --user-name u --policy-name p");
    refuses_at_first(&stage.aws, 1, "iam delete-user --user-name u", "DeleteConflict", "must delete policies first");
    refuses_at_first(&stage.aws, 2, USER, "EntityTemporarilyUnmodifiable", "temporarily unmodifiable");
}

#[test]
fn i10_policies_have_a_size() {
    let stage = Stage::with(&["I10"]);
    accepts(&stage.aws, USER);
    accepts(&stage.aws, &create_role(TRUST));
    let policy = |characters: usize| {
        let bucket = "b".repeat(characters);
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{bucket}"}}]}}"#
        )
    };
    let put = |name: &str, document: &str| {
        format!("iam put-user-policy --user-name u --policy-name {name} --policy-document {document}")
    };
    accepts(&stage.aws, &put("one", &policy(1_500)));
    // Together they are too large; the same one again is not.
    let words = "Maximum policy size of 2048 bytes exceeded for user u";
    refuses(&stage.aws, &put("two", &policy(500)), "LimitExceeded", words);
    accepts(&stage.aws, &put("one", &policy(1_501)));
    let role = format!("iam put-role-policy --role-name r --policy-name p --policy-document {}", policy(10_300));
    refuses(&stage.aws, &role, "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role r");
    let trust = TRUST.replace("lambda.amazonaws.com", &"l".repeat(2_000));
    let create = format!("iam create-role --role-name large --assume-role-policy-document {trust}");
    refuses(&stage.aws, &create, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048");
}
