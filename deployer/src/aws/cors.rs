//! A bucket's CORS rules, as S3 writes them.

use aws_sdk_s3::types as s3;

use super::error::Named as _;
use super::error::passing::BUCKET_BUSY;
use super::wait::{Progress, retry};
use super::{Aws, built};
use crate::error::Error;
use crate::resource::bucket::CorsRule;

/// Takes all rules away.
///
/// # Errors
/// What S3 refuses for good.
pub(super) async fn delete(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), Error> {
    let call = async || {
        let _turn = progress.bucket(name).await;
        let request = aws.s3.delete_bucket_cors().bucket(name).expected_bucket_owner(&aws.account);
        request.send().await.named("s3:PutBucketCORS", name)
    };
    retry(progress, &[BUCKET_BUSY], call).await?;
    Ok(())
}

/// The rules, sorted.
pub(super) fn rules(rules: &[s3::CorsRule]) -> Vec<CorsRule> {
    let mut rules: Vec<CorsRule> = rules
        .iter()
        .map(|rule| {
            let rule = CorsRule {
                origins: rule.allowed_origins().to_vec(),
                methods: rule.allowed_methods().to_vec(),
                headers: rule.allowed_headers().to_vec(),
                expose: rule.expose_headers().to_vec(),
                max_age_seconds: rule.max_age_seconds(),
            };
            rule.sorted()
        })
        .collect();
    rules.sort();
    rules
}

/// As S3 takes it.
pub(super) fn sdk_rule(rule: &CorsRule) -> Result<s3::CorsRule, Error> {
    let builder = s3::CorsRule::builder()
        .set_allowed_origins(Some(rule.origins.clone()))
        .set_allowed_methods(Some(rule.methods.clone()))
        .set_allowed_headers(Some(rule.headers.clone()))
        .set_expose_headers(Some(rule.expose.clone()))
        .set_max_age_seconds(rule.max_age_seconds);
    built(builder.build())
}
