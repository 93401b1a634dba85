//! Permissions beside the action of the call.

use gallery_tests::ACCOUNT;

use crate::{Stage, TRUST, accepts, refuses};

/// A policy that allows `actions` on everything.
fn allows(actions: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{actions},"Resource":"*"}}]}}"#)
}

#[test]
fn an_attached_policy_allows_what_an_inline_one_does() {
    let stage = Stage::with(&["tag-on-create"]);
    let creates = allows(r#""iam:CreateUser""#);
    let attached = stage.aws.with_key(&stage.user("attached", &creates));
    let create = "iam create-user --user-name u --tags Key=a,Value=b";
    refuses(&attached, create, "AccessDenied", "iam:TagUser");
    let tags = allows(r#""iam:TagUser""#);
    let policy = accepts(&stage.world.aws, &format!("iam create-policy --policy-name p --policy-document {tags}"));
    let arn = policy["Policy"]["Arn"].as_str().unwrap();
    accepts(&stage.world.aws, &format!("iam attach-user-policy --user-name attached --policy-arn {arn}"));
    accepts(&attached, create);
}

#[test]
fn handing_a_role_to_lambda_needs_iam_pass_role() {
    let stage = Stage::with(&["pass-role"]);
    let role = accepts(&stage.world.aws, &format!("iam create-role --role-name r --assume-role-policy-document {TRUST}"));
    let arn = role["Role"]["Arn"].as_str().unwrap();
    let zip = stage.zip();
    let create = |name: &str| {
        format!(
            "lambda create-function --function-name {name} --runtime provided.al2023 --handler bootstrap --role {arn} --zip-file {zip}"
        )
    };
    let without = stage.aws.with_key(&stage.user("without", &allows(r#""lambda:*""#)));
    refuses(&without, &create("f"), "AccessDeniedException", &format!("perform: iam:PassRole on resource: {arn}"));

    // For Lambda only, and for this role only: as the smallest policy writes it.
    let conditional = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"lambda:*","Resource":"*"}},{{"Effect":"Allow","Action":"iam:PassRole","Resource":"{arn}","Condition":{{"StringEquals":{{"iam:PassedToService":"lambda.amazonaws.com"}}}}}}]}}"#
    );
    let with = stage.aws.with_key(&stage.user("with", &conditional));
    accepts(&with, &create("f"));
    let other = conditional.replace("lambda.amazonaws.com", "ec2.amazonaws.com");
    let other = stage.aws.with_key(&stage.user("other", &other));
    refuses(&other, &create("g"), "AccessDeniedException", "iam:PassRole");
    refuses(
        &without,
        &format!("lambda update-function-configuration --function-name f --role {arn}"),
        "AccessDeniedException",
        "iam:PassRole",
    );
}

#[test]
fn creating_with_tags_needs_the_permission_to_tag() {
    let stage = Stage::with(&["tag-on-create"]);
    let calls = [
        (
            format!("iam create-role --role-name r --path /p/ --tags Key=a,Value=b --assume-role-policy-document {TRUST}"),
            "AccessDenied",
            format!("iam:TagRole on resource: arn:aws:iam::{ACCOUNT}:role/p/r"),
        ),
        ("iam create-user --user-name u --tags Key=a,Value=b".to_owned(), "AccessDenied", "iam:TagUser".to_owned()),
        (
            "logs create-log-group --log-group-name /g --tags a=b".to_owned(),
            "AccessDeniedException",
            format!("logs:TagResource on resource: arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:/g"),
        ),
        (
            "dynamodb create-table --table-name some-table --billing-mode PAY_PER_REQUEST --tags Key=a,Value=b --attribute-definitions \
             AttributeName=k,AttributeType=S --key-schema AttributeName=k,KeyType=HASH"
                .to_owned(),
            "AccessDeniedException",
            "dynamodb:TagResource".to_owned(),
        ),
        (
            "s3api create-bucket --bucket some-bucket-with-tags --create-bucket-configuration \
             LocationConstraint=eu-central-1,Tags=[{Key=a,Value=b}]"
                .to_owned(),
            "AccessDenied",
            "s3:TagResource".to_owned(),
        ),
        (
            format!(
                "lambda create-function --function-name f --tags a=b --runtime provided.al2023 --handler bootstrap --role \
                 arn:aws:iam::{ACCOUNT}:role/p/r --zip-file {}",
                stage.zip()
            ),
            "AccessDeniedException",
            format!("lambda:TagResource on resource: arn:aws:lambda:eu-central-1:{ACCOUNT}:function:f"),
        ),
    ];
    let creates = allows(
        r#"["iam:CreateRole","iam:CreateUser","iam:PassRole","logs:CreateLogGroup","dynamodb:CreateTable","s3:CreateBucket","lambda:CreateFunction"]"#,
    );
    let without = stage.aws.with_key(&stage.user("without", &creates));
    for (call, code, words) in &calls {
        refuses(&without, call, code, words);
    }
    // Without tags nothing more is needed; nor is anything for who may tag.
    accepts(&without, "iam create-user --user-name plain");
    let with = stage.aws.with_key(&stage.user("with", &allows(r#""*""#)));
    for (call, ..) in &calls {
        accepts(&with, call);
    }
}
