//! The live AWS → `Observed`: reads only, everything at once.

use futures_util::try_join;

use crate::aws::bucket::Extent;
use crate::aws::error::AwsError;
use crate::aws::{self, Aws};
use crate::names::Names;
use crate::resource::observed::Observed;
use crate::resource::user::client_policies;
use crate::resource::{Kind, Seen};

/// An earlier look, and the kinds that were written since.
pub type Since<'a> = Option<(&'a Observed, &'a [Kind])>;

/// Looks at everything that bears one of our names, in one round of parallel reads; with `since`, only at what was written since. One more read follows
/// where the function is missing and was there.
///
/// # Errors
/// The first read that fails for another reason than *absent* and *not allowed*.
pub async fn observe(aws: &Aws, names: &Names, since: Since<'_>) -> Result<Observed, AwsError> {
    let (table_arn, log_group_arn) = (names.table_arn(), names.log_group_arn());
    let policies = client_policies("", "");
    let policy_names: Vec<&str> = policies.keys().map(String::as_str).collect();
    macro_rules! look {
        ($field:ident if $kinds:expr, $observe:expr) => {
            async {
                match since {
                    Some((before, written)) if !written.iter().any(|kind| $kinds.contains(kind)) => Ok(before.$field.clone()),
                    _ => $observe.await,
                }
            }
        };
    }
    let (
        account_access,
        images_bucket,
        site_bucket,
        table,
        role,
        log_group,
        function,
        permission,
        async_invocation,
        notification,
        user,
        site,
        client_config,
    ) = try_join!(
        look!(account_access if [], async { Ok(aws::account::observe(aws).await) }),
        look!(images_bucket if [Kind::ImagesBucket], aws::bucket::observe(aws, &names.images_bucket, Extent::Versioned)),
        look!(site_bucket if [Kind::SiteBucket], aws::bucket::observe(aws, &names.site_bucket, Extent::Unversioned)),
        look!(table if [Kind::Table, Kind::Index], aws::table::observe(aws, &names.table, &table_arn)),
        look!(role if [Kind::Role], aws::role::observe(aws, &names.role)),
        look!(log_group if [Kind::LogGroup], aws::log_group::observe(aws, &names.log_group, &log_group_arn)),
        look!(function if [Kind::Function], aws::function::observe(aws, &names.function)),
        look!(permission if [Kind::Permission, Kind::Function], aws::permission::observe(aws, &names.function)),
        look!(
            async_invocation if [Kind::AsyncInvocation, Kind::Function],
            aws::async_invocation::observe(aws, &names.function)
        ),
        look!(notification if [Kind::Notification, Kind::ImagesBucket], aws::notification::observe(aws, &names.images_bucket)),
        look!(user if [Kind::User, Kind::Key], aws::user::observe(aws, &names.user, &policy_names)),
        look!(site if [Kind::Assets, Kind::Page, Kind::SiteBucket], aws::site::observe(aws, &names.site_bucket)),
        look!(client_config if [Kind::Key, Kind::SiteBucket], aws::key::observe(aws, &names.site_bucket)),
    )?;
    let (permission, async_invocation) = (part_of(&function, permission), part_of(&function, async_invocation));
    let mut seen = Observed {
        account_access,
        images_bucket,
        site_bucket,
        table,
        role,
        stand_in: Seen::Absent,
        log_group,
        function,
        permission,
        async_invocation,
        notification,
        user,
        site,
        client_config,
    };
    if seen.may_have_left_a_stand_in() {
        seen.stand_in = aws::role::observe(aws, &names.stand_in_role()).await?;
    }
    Ok(seen)
}

/// What hangs on a function that is on its way out can still be read, and goes with it (L11).
fn part_of<F, T>(function: &Seen<F>, part: Seen<T>) -> Seen<T> {
    match (function, part) {
        (Seen::Absent, Seen::Present(_)) => Seen::Absent,
        (_, part) => part,
    }
}
