//! The galleries of the account, in every region: IAM is global, so one list of roles names them all.

use aws_sdk_iam::types::Role;
use aws_smithy_types::date_time::Format;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::error::{AwsError, Named as _};
use super::role::tag_map;
use super::{Aws, optional};
use crate::deployed::Deployed;
use crate::names::IAM_ROOT;

/// Reads of tags at once.
const AT_ONCE: usize = 8;

/// Every gallery of ours in the account, sorted by name, stage and region. Two rounds of reads: the roles, then the tags of each.
///
/// # Errors
/// What IAM refuses.
pub async fn deployed(aws: &Aws) -> Result<Vec<Deployed>, AwsError> {
    let pages = aws.iam.list_roles().path_prefix(IAM_ROOT).into_paginator().items().send();
    let roles: Vec<Role> = pages.collect::<Result<_, _>>().await.named("iam:ListRoles", IAM_ROOT)?;
    let found = stream::iter(roles).map(|role| of_role(aws, role)).buffer_unordered(AT_ONCE);
    let mut found: Vec<Deployed> = found.try_filter_map(async |found| Ok(found)).try_collect().await?;
    found.sort();
    Ok(found)
}

/// `None`: not ours, or deleted meanwhile.
async fn of_role(aws: &Aws, role: Role) -> Result<Option<Deployed>, AwsError> {
    let name = role.role_name();
    let tags = optional(aws.iam.list_role_tags().role_name(name).send().await.named("iam:ListRoleTags", name))?;
    let since = role.create_date().fmt(Format::DateTime).ok();
    Ok(tags.and_then(|output| Deployed::of(role.path(), &tag_map(output.tags()), since)))
}
