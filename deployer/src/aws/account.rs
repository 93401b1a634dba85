//! Block Public Access of the whole account: the strictest of bucket, account and organization wins, and no call on a bucket shows it (S7).

use aws_sdk_s3control::config::retry::RetryConfig;

use super::Aws;
use super::error::{Class, Named as _};
use crate::resource::bucket::PublicAccessBlock;
use crate::resource::{Seen, Unreadable};

const CALL: &str = "s3:GetAccountPublicAccessBlock";

/// Reads it. *Absent*: nothing is blocked, or the endpoint is not the real AWS's. What goes wrong is never fatal, since organizations and private networks
/// forbid this read: then it is *unknown*, and S3 itself says later what it refuses.
pub async fn observe(aws: &Aws) -> Seen<PublicAccessBlock> {
    let Some(client) = &aws.s3control else { return Seen::Absent };
    let once = aws_sdk_s3control::config::Builder::default().retry_config(RetryConfig::disabled());
    let request = client.get_public_access_block().account_id(&aws.account).customize().config_override(once);
    match request.send().await.named(CALL, &aws.account) {
        Ok(output) => output.public_access_block_configuration.map_or(Seen::Absent, |live| {
            Seen::Present(PublicAccessBlock {
                block_public_acls: live.block_public_acls.unwrap_or_default(),
                ignore_public_acls: live.ignore_public_acls.unwrap_or_default(),
                block_public_policy: live.block_public_policy.unwrap_or_default(),
                restrict_public_buckets: live.restrict_public_buckets.unwrap_or_default(),
            })
        }),
        Err(error) if error.class == Class::NotFound => Seen::Absent,
        Err(error) => Seen::Unknown(Unreadable::Denied { call: CALL.into(), message: error.message }),
    }
}
