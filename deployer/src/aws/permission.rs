//! The statement that lets S3 call the indexer.

use super::error::passing::{FUNCTION_BUSY, FUNCTION_NEW, FUNCTION_NOT_READY, PERMISSION_CHANGED};
use super::error::{AwsError, Named as _};
use super::wait::{Progress, Wait};
use super::{Aws, gone, optional, seen};
use crate::error::Error;
use crate::plan::Mark;
use crate::resource::Seen;
use crate::resource::permission::{Observed, Permission};
use crate::resource::policy::Policy;

/// L8: the policy that is read may not hold yet what was added.
const SPREAD: Wait = Wait::seconds("for Lambda to show the new permission", 60);
/// So often the policy is looked at before what it does not show is done again.
const LOOKS: u32 = 3;

/// Reads the function's resource policy. A function without one, and no function at all, are the same: nothing there.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, function: &str) -> Result<Seen<Observed>, AwsError> {
    seen(read(aws, function).await.map(|read| read.unwrap_or_default().0))
}

/// Our statements, and the revision of the policy that holds them (L12).
async fn read(aws: &Aws, function: &str) -> Result<Option<(Observed, Option<String>)>, AwsError> {
    let output = optional(aws.lambda.get_policy().function_name(function).send().await.named("lambda:GetPolicy", function))?;
    let Some(output) = output else { return Ok(None) };
    let policy = output.policy.and_then(|text| Policy::parse(&text).ok());
    Ok(policy.map(|policy| (Observed::from_policy(&policy), output.revision_id)))
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Next {
    Add,
    Remove(String),
}

/// The right statement is added before what else is ours goes (L9). `None`: all is as it shall be.
fn next(want: &Permission, live: &Observed) -> Option<Next> {
    let (id, statement) = (want.statement_id(), want.statement());
    if !live.ours.contains(&statement) {
        // Same id, other words: somebody edited it. It has to go first.
        return Some(if live.ids().any(|live| live == id) { Next::Remove(id) } else { Next::Add });
    }
    live.ids().find(|live| *live != id).map(|stale| Next::Remove(stale.to_owned()))
}

/// Does one thing after the other, and looks at the policy after each (L8): it may not show at once what was done, and of two changes at the same
/// time, another run's among them, one may be lost without a word. Then it is done again.
///
/// # Errors
/// What Lambda refuses for good.
pub async fn put(aws: &Aws, want: &Permission, new_function: bool, progress: Progress<'_>) -> Result<(), Error> {
    let function = want.function.as_str();
    let mut last: Option<(Next, u32)> = None;
    let mut nothing_there = new_function;
    let ask = async || {
        loop {
            let seen = if std::mem::take(&mut nothing_there) { None } else { read(aws, function).await? };
            let (live, revision) = seen.unwrap_or_default();
            let Some(next) = next(want, &live) else { return Ok(Some(())) };
            if let Some((done, looks)) = &mut last
                && *done == next
                && *looks < LOOKS
            {
                *looks += 1;
                return Ok(None);
            }
            match &next {
                Next::Add => {
                    add(aws, want, revision).await?;
                    progress.reach(Mark::Effective);
                }
                Next::Remove(id) => remove(aws, function, id, revision).await?,
            }
            last = Some((next, 0));
        }
    };
    SPREAD.until(progress, &[PERMISSION_CHANGED, FUNCTION_BUSY, FUNCTION_NEW, FUNCTION_NOT_READY], ask).await
}

async fn add(aws: &Aws, want: &Permission, revision: Option<String>) -> Result<(), AwsError> {
    let function = want.function.as_str();
    let request = aws
        .lambda
        .add_permission()
        .function_name(function)
        .statement_id(want.statement_id())
        .action("lambda:InvokeFunction")
        .principal("s3.amazonaws.com")
        .source_arn(&want.bucket_arn)
        .source_account(&want.account)
        .set_revision_id(revision);
    match request.send().await.named("lambda:AddPermission", function) {
        // The answer to an earlier attempt was lost (G3), or another run was faster; the next look sees whether it says what it shall.
        Err(error) if error.says("ResourceConflictException", "already exists") => Ok(()),
        other => other.map(drop),
    }
}

async fn remove(aws: &Aws, function: &str, id: &str, revision: Option<String>) -> Result<(), AwsError> {
    let request = aws.lambda.remove_permission().function_name(function).statement_id(id).set_revision_id(revision);
    gone(request.send().await.named("lambda:RemovePermission", function))
}
