//! Everything as it was seen in one look at AWS.

use super::bucket::PublicAccessBlock;
use super::key::ConfigObject;
use super::{Seen, async_invocation, bucket, function, log_group, notification, permission, role, site, table, user};

/// Everything as it was seen.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Block Public Access of the whole account (S7).
    pub account_access: Seen<PublicAccessBlock>,
    pub images_bucket: Seen<bucket::Observed>,
    pub site_bucket: Seen<bucket::Observed>,
    pub table: Seen<table::Observed>,
    pub role: Seen<role::Observed>,
    /// What stood in for the role (L4), looked for only where [`Observed::may_have_left_a_stand_in`].
    pub stand_in: Seen<role::Observed>,
    pub log_group: Seen<log_group::Observed>,
    pub function: Seen<function::Observed>,
    pub permission: Seen<permission::Observed>,
    pub async_invocation: Seen<async_invocation::Observed>,
    pub notification: Seen<notification::Observed>,
    pub user: Seen<user::Observed>,
    pub site: Seen<site::Observed>,
    pub client_config: Seen<ConfigObject>,
}

impl Observed {
    /// Whether a role that stood in for another (L4) may be left and nothing else would tell: the function, whose tag does, was there and is gone.
    pub fn may_have_left_a_stand_in(&self) -> bool {
        let was_there = self.role.present().is_some() || self.site.present().is_some_and(site::Observed::completed);
        self.function == Seen::Absent && was_there
    }
}
