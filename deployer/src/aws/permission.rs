//! The statement that lets S3 call the indexer.

use super::error::passing::FUNCTION_NEW;
use super::error::{AwsError, Named as _};
use super::wait::{Progress, Wait, retry};
use super::{Aws, gone, optional, seen};
use crate::error::Error;
use crate::resource::Seen;
use crate::resource::permission::{Observed, Permission};
use crate::resource::policy::Policy;

/// L8: the policy that is read may not hold yet what was added.
const SPREAD: Wait = Wait::seconds("for Lambda to show the new permission", 60);

/// Reads the function's resource policy. A function without one, and no function at all, are the same: nothing there.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, function: &str) -> Result<Seen<Observed>, AwsError> {
    seen(read(aws, function).await.map(Option::unwrap_or_default))
}

async fn read(aws: &Aws, function: &str) -> Result<Option<Observed>, AwsError> {
    let output = optional(aws.lambda.get_policy().function_name(function).send().await.named("lambda:GetPolicy", function))?;
    let policy = output.and_then(|output| output.policy).and_then(|text| Policy::parse(&text).ok());
    Ok(policy.map(|policy| Observed::from_policy(&policy)))
}

/// Adds the right statement, sees it in the policy, then removes what else is ours (L9); one call after the other (L8).
///
/// # Errors
/// What Lambda refuses for good.
pub async fn put(aws: &Aws, want: &Permission, progress: Progress<'_>) -> Result<(), Error> {
    let function = want.function.as_str();
    let (id, statement) = (want.statement_id(), want.statement());
    let live = read(aws, function).await?.unwrap_or_default();
    // Same id, other words: somebody edited it. It has to go first.
    if live.ours.iter().any(|live| *live != statement && live.get("Sid") == statement.get("Sid")) {
        remove(aws, function, &id).await?;
    }
    if !live.ours.contains(&statement) {
        let request = aws
            .lambda
            .add_permission()
            .function_name(function)
            .statement_id(&id)
            .action("lambda:InvokeFunction")
            .principal("s3.amazonaws.com")
            .source_arn(&want.bucket_arn)
            .source_account(&want.account);
        let call = async || match request.clone().send().await.named("lambda:AddPermission", function) {
            // The answer to an earlier attempt was lost (G3); the wait below sees whether it says what it shall.
            Err(error) if error.says("ResourceConflictException", "already exists") => Ok(()),
            other => other.map(drop),
        };
        retry(progress, &[FUNCTION_NEW], call).await?;
        let ask = async || Ok(read(aws, function).await?.is_some_and(|live| live.ours.contains(&statement)).then_some(()));
        SPREAD.until(progress, &[], ask).await?;
    }
    for stale in live.ids().filter(|live| *live != id) {
        remove(aws, function, stale).await?;
    }
    Ok(())
}

async fn remove(aws: &Aws, function: &str, id: &str) -> Result<(), AwsError> {
    gone(
        aws.lambda
            .remove_permission()
            .function_name(function)
            .statement_id(id)
            .send()
            .await
            .named("lambda:RemovePermission", function),
    )
}
