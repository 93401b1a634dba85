//! CloudWatch Logs.

use gallery_tests::ACCOUNT;
use serde_json::Value;

use crate::{Stage, TRUST, accepts, refuses, refuses_at_first};

#[test]
fn g1_g4_a_function_s_group_may_come_by_itself_and_is_busy_at_first() {
    let stage = Stage::with(&["G1", "G4"]);
    let create = |name: &str| format!("logs create-log-group --log-group-name {name} --tags a=b");
    accepts(&stage.aws, &create("/elsewhere"));
    refuses(&stage.aws, &create("/aws/lambda/f"), "ResourceAlreadyExistsException", "already exists");
    let arn = format!("arn:aws:logs:eu-central-1:{ACCOUNT}:log-group:/aws/lambda/f");
    let tags = accepts(&stage.aws, &format!("logs list-tags-for-resource --resource-arn {arn}"));
    assert_eq!(tags["tags"], Value::Object(serde_json::Map::new()));
    let keep = "logs put-retention-policy --log-group-name /aws/lambda/f --retention-in-days 14";
    refuses_at_first(&stage.aws, 2, keep, "OperationAbortedException", "conflicting operation");
}

#[test]
fn g2_a_group_comes_back_while_a_function_may_make_it() {
    let stage = Stage::with(&["G2"]);
    let zip = stage.zip();
    accepts(&stage.aws, &format!("iam create-role --role-name r --assume-role-policy-document {TRUST}"));
    accepts(
        &stage.aws,
        &format!(
            "lambda create-function --function-name f --runtime provided.al2023 --handler bootstrap --role arn:aws:iam::{ACCOUNT}:role/r \
             --zip-file {zip}"
        ),
    );
    let may = |actions: &str| {
        let policy =
            format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{actions},"Resource":"*"}}]}}"#);
        accepts(&stage.aws, &format!("iam put-role-policy --role-name r --policy-name p --policy-document {policy}"));
    };
    let comes_back = || {
        stage.world.aws.attempt(&["logs", "create-log-group", "--log-group-name", "/aws/lambda/f"]).ok();
        accepts(&stage.aws, "logs delete-log-group --log-group-name /aws/lambda/f");
        let groups = accepts(&stage.aws, "logs describe-log-groups --log-group-name-prefix /aws/lambda/f");
        !groups["logGroups"].as_array().unwrap().is_empty()
    };
    may(r#"["logs:CreateLogStream","logs:PutLogEvents"]"#);
    assert!(!comes_back());
    may(r#"["logs:CreateLogGroup","logs:PutLogEvents"]"#);
    assert!(comes_back());
    accepts(&stage.aws, "lambda delete-function --function-name f");
    assert!(comes_back(), "what was written before is flushed once more");
    assert!(!comes_back());
}
