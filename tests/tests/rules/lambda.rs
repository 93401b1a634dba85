//! Lambda.

use gallery_tests::{ACCOUNT, Aws, REGION};
use serde_json::Value;

use crate::{Stage, TRUST, accepts, refuses, refuses_at_first};

const NOT_ASSUMABLE: &str = "cannot be assumed by Lambda";

/// The arguments that create the function `f` with the role `r`.
fn create(stage: &Stage) -> String {
    let zip = stage.zip();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/r");
    format!(
        "lambda create-function --function-name f --runtime provided.al2023 --handler bootstrap --role {role} --zip-file {zip} \
         --environment Variables={{SOME=1}}"
    )
}

fn create_role(aws: &Aws) {
    accepts(aws, &format!("iam create-role --role-name r --assume-role-policy-document {TRUST}"));
}

/// A stage on which the role is there, and the function made past the proxy unless the test makes it.
fn stage(behaviours: &[&str], made: bool) -> Stage {
    let stage = Stage::with(behaviours);
    create_role(&stage.aws);
    if made {
        accepts(&stage.world.aws, &create(&stage));
        accepts(&stage.world.aws, "lambda wait function-active-v2 --function-name f");
    }
    stage
}

fn state(aws: &Aws) -> Value {
    accepts(aws, "lambda get-function-configuration --function-name f --query [State,LastUpdateStatus]")
}

#[test]
fn l1_l2_a_new_role_cannot_be_assumed_and_a_role_that_does_not_trust_lambda_never() {
    let stage = stage(&["L1", "L2"], false);
    let create = create(&stage);
    for _ in 0..2 {
        refuses(&stage.aws, &create, "InvalidParameterValueException", NOT_ASSUMABLE);
    }
    refuses(&stage.aws, &create, "InvalidParameterValueException", "KMS key is invalid for CreateGrant");
    accepts(&stage.aws, &create);

    let other = TRUST.replace("lambda", "ec2");
    accepts(&stage.aws, &format!("iam update-assume-role-policy --role-name r --policy-document {other}"));
    let update = format!("lambda update-function-configuration --function-name f --role arn:aws:iam::{ACCOUNT}:role/r");
    for _ in 0..4 {
        refuses(&stage.aws, &update, "InvalidParameterValueException", NOT_ASSUMABLE);
    }
}

#[test]
fn l4_a_function_stays_bound_to_the_role_that_was_given_to_it() {
    let stage = stage(&["L4"], false);
    accepts(&stage.aws, &create(&stage));
    accepts(&stage.world.aws, "lambda wait function-active-v2 --function-name f");
    let invoke = format!("lambda invoke --function-name f {}", stage.world.file("answer", ""));
    accepts(&stage.aws, &invoke);

    accepts(&stage.aws, "iam delete-role --role-name r");
    create_role(&stage.aws);
    let give = |role: &str| {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
        accepts(&stage.aws, &format!("lambda update-function-configuration --function-name f --role {role}"));
        accepts(&stage.world.aws, "lambda wait function-updated-v2 --function-name f");
    };
    refuses(&stage.aws, &invoke, "KMSAccessDeniedException", "unable to decrypt the environment variables");
    give("r");
    refuses(&stage.aws, &invoke, "KMSAccessDeniedException", "KMS access was denied");

    accepts(&stage.aws, &format!("iam create-role --role-name other --assume-role-policy-document {TRUST}"));
    give("other");
    give("r");
    accepts(&stage.aws, &invoke);
}

#[test]
fn l5_a_new_function_is_pending_and_takes_no_change() {
    let stage = stage(&["L5"], false);
    assert_eq!(accepts(&stage.aws, &create(&stage))["State"], "Pending");
    refuses(
        &stage.aws,
        "lambda update-function-configuration --function-name f --memory-size 256",
        "ResourceConflictException",
        "Pending",
    );
    assert_eq!(state(&stage.aws)[0], "Pending");
    accepts(&stage.world.aws, "lambda wait function-active-v2 --function-name f");
    assert_eq!(state(&stage.aws)[0], "Active");
    accepts(&stage.aws, "lambda update-function-configuration --function-name f --memory-size 256");
}

#[test]
fn l6_no_update_begins_before_the_last_has_ended() {
    let stage = stage(&["L6"], true);
    let update = "lambda update-function-configuration --function-name f --memory-size";
    assert_eq!(accepts(&stage.aws, &format!("{update} 256"))["LastUpdateStatus"], "InProgress");
    assert_eq!(state(&stage.aws)[1], Value::Null);
    refuses(&stage.aws, &format!("{update} 512"), "ResourceConflictException", "An update is in progress for resource");
    accepts(&stage.world.aws, "lambda wait function-updated-v2 --function-name f");
    assert_eq!(state(&stage.aws)[1], "Successful");
    accepts(&stage.aws, &format!("{update} 512"));
}

#[test]
fn l8_a_new_function_is_unknown_to_most_calls_and_has_no_policy() {
    let stage = stage(&["L8", "no-function-policy"], false);
    accepts(&stage.aws, &create(&stage));
    refuses(&stage.aws, "lambda get-policy --function-name f", "ResourceNotFoundException", "does not exist");
    let add =
        "lambda add-permission --function-name f --statement-id s --action lambda:InvokeFunction --principal s3.amazonaws.com";
    refuses_at_first(&stage.aws, 2, add, "ResourceNotFoundException", "Function not found");
    assert!(accepts(&stage.aws, "lambda get-policy --function-name f")["Policy"].as_str().unwrap().contains("s3.amazonaws.com"));
    let tag = format!("lambda tag-resource --tags a=b --resource arn:aws:lambda:{REGION}:{ACCOUNT}:function:f");
    for call in [&tag[..], "lambda get-function-configuration --function-name f"] {
        refuses_at_first(&stage.aws, 2, call, "ResourceNotFoundException", "Function not found");
    }
}

#[test]
fn an_update_that_fails_is_told_until_the_next_one() {
    let stage = stage(&["updates-fail"], true);
    let update = "lambda update-function-configuration --function-name f --memory-size";
    for (memory, end) in [(256, "Failed"), (512, "Failed"), (256, "Successful")] {
        accepts(&stage.aws, &format!("{update} {memory}"));
        // Past the proxy, where nothing fails.
        accepts(&stage.world.aws, "lambda wait function-updated-v2 --function-name f");
        assert_eq!(state(&stage.aws)[1], end);
    }
}

#[test]
fn l11_a_deleted_function_keeps_its_name_for_a_while() {
    let stage = stage(&["L11"], true);
    accepts(&stage.aws, "lambda delete-function --function-name f");
    assert_eq!(state(&stage.aws)[0], "Deleting");
    refuses(&stage.aws, &create(&stage), "ResourceConflictException", "Deleting");
    refuses(&stage.aws, "lambda get-function --function-name f", "ResourceNotFoundException", "not found");
    accepts(&stage.aws, &create(&stage));
    refuses(&stage.aws, "lambda delete-function --function-name unknown", "ResourceNotFoundException", "not found");
}

#[test]
fn l15_a_small_account_can_reserve_nothing() {
    let stage = stage(&["L15"], true);
    let settings = accepts(&stage.aws, "lambda get-account-settings");
    assert_eq!(settings["AccountLimit"]["ConcurrentExecutions"], 10);
    let reserve = "lambda put-function-concurrency --function-name f --reserved-concurrent-executions";
    refuses(&stage.aws, &format!("{reserve} 1"), "InvalidParameterValueException", "below its minimum value of [10]");
    accepts(&stage.aws, &format!("{reserve} 0"));
}

#[test]
fn what_lambda_never_takes_is_refused() {
    let stage = stage(&["function-limits"], true);
    let update = |what: &str| format!("lambda update-function-configuration --function-name f {what}");
    let refused = [
        (
            "--environment Variables={AWS_REGION=x}",
            "InvalidParameterValueException",
            "Reserved keys used in this request: AWS_REGION",
        ),
        ("--runtime nodejs99.x", "InvalidParameterValueException", "Value nodejs99.x at 'runtime'"),
        ("--memory-size 20000", "ValidationException", "at 'memorySize'"),
        ("--timeout 901", "ValidationException", "at 'timeout'"),
    ];
    for (what, code, words) in refused {
        refuses(&stage.aws, &update(what), code, words);
    }
    accepts(&stage.aws, &update("--memory-size 10240 --timeout 900"));
}

#[test]
fn failed_events_go_where_the_role_may_write() {
    let stage = Stage::with(&["failure-destination"]);
    let role = accepts(&stage.world.aws, &format!("iam create-role --role-name r --assume-role-policy-document {TRUST}"));
    let arn = role["Role"]["Arn"].as_str().unwrap();
    let zip = stage.zip();
    let create = "lambda create-function --function-name f --runtime provided.al2023 --handler bootstrap";
    accepts(&stage.aws, &format!("{create} --role {arn} --zip-file {zip}"));
    let put = "lambda put-function-event-invoke-config --function-name f --destination-config OnFailure={Destination=arn:aws:s3:::failed-events}";
    let code = "InvalidParameterValueException";
    refuses(&stage.aws, put, code, "The destination ARN arn:aws:s3:::failed-events is invalid");
    accepts(
        &stage.aws,
        "s3api create-bucket --bucket failed-events --create-bucket-configuration LocationConstraint=eu-central-1",
    );
    let words = "execution role does not have permissions to call PutObject";
    refuses(&stage.aws, put, code, words);

    let policy = |actions: &str| {
        let statement = format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":"arn:aws:s3:::failed-events*"}}"#);
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
        accepts(&stage.aws, &format!("iam put-role-policy --role-name r --policy-name p --policy-document {document}"));
    };
    policy(r#""s3:PutObject""#);
    for _ in 0..3 {
        refuses(&stage.aws, put, code, words);
    }
    policy(r#"["s3:PutObject","s3:ListBucket"]"#);
    refuses_at_first(&stage.aws, 2, put, code, words);
}
