//! Changes of the table and of the log group.

use gallery_deploy::resource::Kind;
use gallery_deploy::resource::compare::Field;
use gallery_tests::Gallery;

use super::{Change, change, no_case};

pub(super) fn table(field: Field) -> Vec<Change> {
    match field {
        Field::OnDemand => vec![change(&["dynamodb:UpdateTable"], |gallery| {
            let capacity = "ReadCapacityUnits=1,WriteCapacityUnits=1";
            gallery.aws(&[
                "dynamodb",
                "update-table",
                "--table-name",
                &gallery.table(),
                "--billing-mode",
                "PROVISIONED",
                "--provisioned-throughput",
                capacity,
            ]);
        })],
        Field::PointInTimeRecovery => vec![change(&["dynamodb:UpdateContinuousBackups"], |gallery| {
            let on = "PointInTimeRecoveryEnabled=true";
            gallery.aws(&[
                "dynamodb",
                "update-continuous-backups",
                "--table-name",
                &gallery.table(),
                "--point-in-time-recovery-specification",
                on,
            ]);
        })],
        Field::DeletionProtection => vec![change(&["dynamodb:UpdateTable"], |gallery| {
            gallery.aws(&["dynamodb", "update-table", "--table-name", &gallery.table(), "--deletion-protection-enabled"]);
        })],
        Field::TimeToLive => vec![
            change(&["dynamodb:UpdateTimeToLive"], |gallery| time_to_live(gallery, "expires_at", false)),
            change(&["dynamodb:UpdateTimeToLive", "dynamodb:UpdateTimeToLive"], |gallery| time_to_live(gallery, "other", true)),
        ],
        Field::Tags => vec![
            change(&["dynamodb:TagResource"], |gallery| {
                gallery.aws(&[
                    "dynamodb",
                    "tag-resource",
                    "--resource-arn",
                    &gallery.table_arn(),
                    "--tags",
                    "Key=team,Value=other",
                ]);
            }),
            change(&["dynamodb:TagResource"], |gallery| untag_table(gallery, "team")),
        ],
        Field::Applied => vec![change(&["dynamodb:TagResource"], |gallery| untag_table(gallery, "gallery-deploy:desired"))],
        _ => no_case(Kind::Table, field),
    }
}

fn time_to_live(gallery: &Gallery, attribute: &str, on: bool) {
    let specification = format!("Enabled={on},AttributeName={attribute}");
    let call = ["dynamodb", "update-time-to-live", "--table-name", &gallery.table(), "--time-to-live-specification"];
    gallery.aws(&[&call[..], &[&specification]].concat());
}

/// The tag that a table has whose rows are still to be made.
pub(super) fn index(field: Field) -> Vec<Change> {
    match field {
        Field::Rows => vec![change(&["dynamodb:UntagResource"], |gallery| {
            let tag = "Key=gallery-deploy:index,Value=to be filled";
            gallery.aws(&["dynamodb", "tag-resource", "--resource-arn", &gallery.table_arn(), "--tags", tag]);
        })],
        _ => no_case(Kind::Index, field),
    }
}

fn untag_table(gallery: &Gallery, key: &str) {
    gallery.aws(&["dynamodb", "untag-resource", "--resource-arn", &gallery.table_arn(), "--tag-keys", key]);
}

pub(super) fn log_group(field: Field) -> Vec<Change> {
    match field {
        Field::Retention => vec![
            change(&["logs:PutRetentionPolicy"], |gallery| {
                gallery.aws(&[
                    "logs",
                    "put-retention-policy",
                    "--log-group-name",
                    &gallery.log_group(),
                    "--retention-in-days",
                    "1",
                ]);
            }),
            change(&["logs:PutRetentionPolicy"], |gallery| {
                gallery.aws(&["logs", "delete-retention-policy", "--log-group-name", &gallery.log_group()]);
            }),
        ],
        Field::Tags => vec![
            change(&["logs:TagResource"], |gallery| {
                gallery.aws(&["logs", "tag-resource", "--resource-arn", &gallery.log_group_arn(), "--tags", "team=other"]);
            }),
            change(&["logs:TagResource"], |gallery| untag_log_group(gallery, "team")),
        ],
        Field::Applied => vec![change(&["logs:TagResource"], |gallery| untag_log_group(gallery, "gallery-deploy:desired"))],
        _ => no_case(Kind::LogGroup, field),
    }
}

fn untag_log_group(gallery: &Gallery, key: &str) {
    gallery.aws(&["logs", "untag-resource", "--resource-arn", &gallery.log_group_arn(), "--tag-keys", key]);
}
