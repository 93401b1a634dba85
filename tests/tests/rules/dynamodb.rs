//! DynamoDB.

use gallery_tests::{ACCOUNT, Aws};
use serde_json::json;

use crate::{Stage, accepts, refuses, refuses_at_first};

const CREATE: &str = "dynamodb create-table --table-name some-table --billing-mode PAY_PER_REQUEST --tags Key=a,Value=b --attribute-definitions \
                      AttributeName=k,AttributeType=S --key-schema AttributeName=k,KeyType=HASH";
const DESCRIBE: &str = "dynamodb describe-table --table-name some-table";
const PROTECT: &str = "dynamodb update-table --table-name some-table --deletion-protection-enabled";
const UNPROTECT: &str = "dynamodb update-table --table-name some-table --no-deletion-protection-enabled";
const DELETE: &str = "dynamodb delete-table --table-name some-table";

/// The state that an answer tells of a table.
#[track_caller]
fn is_in_state(aws: &Aws, call: &str, state: &str) {
    let answer = accepts(aws, call);
    let [table, made] = ["Table", "TableDescription"].map(|description| &answer[description]["TableStatus"]);
    assert!(table == state || made == state, "{call}: {answer}");
}

#[test]
fn d1_a_new_table_is_not_found_and_then_being_made() {
    let stage = Stage::with(&["D1"]);
    is_in_state(&stage.aws, CREATE, "CREATING");
    refuses(&stage.aws, DESCRIBE, "ResourceNotFoundException", "some-table not found");
    refuses(&stage.aws, PROTECT, "ResourceInUseException", "being created");
    is_in_state(&stage.aws, DESCRIBE, "CREATING");
    is_in_state(&stage.aws, DESCRIBE, "ACTIVE");
    accepts(&stage.aws, DELETE);
    // Another one of the same name is new again.
    is_in_state(&stage.aws, CREATE, "CREATING");
    refuses_at_first(&stage.aws, 2, DELETE, "ResourceInUseException", "being created");
}

#[test]
fn d2_a_table_takes_one_change_at_a_time_and_keeps_its_name_while_it_leaves() {
    let stage = Stage::with(&["D2"]);
    accepts(&stage.aws, CREATE);
    is_in_state(&stage.aws, PROTECT, "UPDATING");
    is_in_state(&stage.aws, DESCRIBE, "UPDATING");
    refuses(&stage.aws, UNPROTECT, "ResourceInUseException", "being updated");
    is_in_state(&stage.aws, DESCRIBE, "ACTIVE");
    refuses(&stage.aws, DELETE, "ValidationException", "");
    is_in_state(&stage.aws, UNPROTECT, "UPDATING");
    refuses_at_first(&stage.aws, 2, DELETE, "ResourceInUseException", "being updated");
    refuses(&stage.aws, CREATE, "ResourceInUseException", "already exists");
    is_in_state(&stage.aws, DESCRIBE, "DELETING");
    refuses(&stage.aws, DESCRIBE, "ResourceNotFoundException", "");
    accepts(&stage.aws, CREATE);
}

#[test]
fn d3_too_many_tables_of_the_account_change_at_once() {
    let stage = Stage::with(&["D3"]);
    for table in ["some-table", "other-table"] {
        let create = CREATE.replace("some-table", table);
        refuses_at_first(&stage.aws, 2, &create, "LimitExceededException", "simultaneously");
    }
}

#[test]
fn d4_the_backups_of_a_new_table_are_not_possible_at_once() {
    let stage = Stage::with(&["D4"]);
    accepts(&stage.aws, CREATE);
    let recovery = "PointInTimeRecoveryEnabled=true";
    let protect =
        format!("dynamodb update-continuous-backups --table-name some-table --point-in-time-recovery-specification {recovery}");
    let done = refuses_at_first(&stage.aws, 2, &protect, "ContinuousBackupsUnavailableException", "Backups are being enabled");
    let recovery = &done["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"];
    assert_eq!(recovery, "ENABLED");
}

#[test]
fn d5_tags_are_read_late_and_the_time_to_live_changes_once() {
    let stage = Stage::with(&["D5"]);
    accepts(&stage.aws, CREATE);
    let arn = format!("arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/some-table");
    let tags = || accepts(&stage.aws, &format!("dynamodb list-tags-of-resource --resource-arn {arn}"))["Tags"].clone();
    let list = format!("dynamodb list-tags-of-resource --resource-arn {arn}");
    refuses(&stage.aws, &list, "ResourceNotFoundException", "not found");
    let first = json!([{ "Key": "a", "Value": "b" }]);
    assert_eq!([tags(), tags(), tags()], [json!([]), json!([]), first.clone()]);
    accepts(&stage.aws, &format!("dynamodb tag-resource --resource-arn {arn} --tags Key=c,Value=d"));
    assert_eq!([tags(), tags()], [first.clone(), first]);
    assert_eq!(tags().as_array().unwrap().len(), 2);
    let enable = |on: bool| {
        format!("dynamodb update-time-to-live --table-name some-table --time-to-live-specification Enabled={on},AttributeName=t")
    };
    refuses(&stage.aws, &enable(false), "ValidationException", "already disabled");
    accepts(&stage.aws, &enable(true));
    refuses(&stage.aws, &enable(true), "ValidationException", "already enabled");
    refuses(&stage.aws, &enable(false), "ValidationException", "modified multiple times within a fixed interval");
}

#[test]
fn an_expression_names_no_attribute_with_a_reserved_word() {
    let stage = Stage::with(&["reserved-words"]);
    accepts(&stage.aws, CREATE);
    let filtered = |expression: &str, more: &[&str]| {
        let scan = ["dynamodb", "scan", "--table-name", "some-table", "--filter-expression", expression];
        stage.aws.attempt(&[&scan[..], more].concat())
    };
    for word in ["hidden", "Size", "name"] {
        let refusal = filtered(&format!("k = k AND attribute_not_exists({word})"), &[]).unwrap_err();
        assert_eq!(refusal.code, "ValidationException", "{}", refusal.text);
        let words = format!("Invalid FilterExpression: Attribute name is a reserved keyword; reserved keyword: {word}");
        assert!(refusal.text.contains(&words), "{}", refusal.text);
    }
    filtered("attribute_not_exists(#hidden)", &["--expression-attribute-names", r##"{"#hidden":"hidden"}"##]).unwrap();
    filtered("size(k) > :size", &["--expression-attribute-values", r#"{":size":{"N":"0"}}"#]).unwrap();
}
