//! DynamoDB.

use gallery_tests::ACCOUNT;
use serde_json::json;

use crate::{Stage, accepts, refuses};

const CREATE: &str = "dynamodb create-table --table-name some-table --billing-mode PAY_PER_REQUEST --tags Key=a,Value=b --attribute-definitions \
                      AttributeName=k,AttributeType=S --key-schema AttributeName=k,KeyType=HASH";
#[test]
fn d5_tags_are_read_late_and_the_time_to_live_changes_once() {
    let stage = Stage::with(&["D5"]);
    accepts(&stage.aws, CREATE);
    let arn = format!("arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/some-table");
    let tags = || accepts(&stage.aws, &format!("dynamodb list-tags-of-resource --resource-arn {arn}"))["Tags"].clone();
    let first = json!([{ "Key": "a", "Value": "b" }]);
    assert_eq!([tags(), tags(), tags()], [json!([]), json!([]), first.clone()]);
    accepts(&stage.aws, &format!("dynamodb tag-resource --resource-arn {arn} --tags Key=c,Value=d"));
    assert_eq!([tags(), tags()], [first.clone(), first]);
    assert_eq!(tags().as_array().unwrap().len(), 2);
    let enable = |on: bool| {
        format!("dynamodb update-time-to-live --table-name some-table --time-to-live-specification Enabled={on},AttributeName=t")
    };
    accepts(&stage.aws, &enable(true));
    refuses(&stage.aws, &enable(false), "ValidationException", "modified multiple times within a fixed interval");
}
