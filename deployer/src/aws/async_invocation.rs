//! What Lambda does with events that the function fails on.

use aws_sdk_lambda::operation::get_function_event_invoke_config::GetFunctionEventInvokeConfigOutput;
use aws_sdk_lambda::types::{DestinationConfig, OnFailure};

use super::error::passing::{FAILURE_DESTINATION_NEW, FUNCTION_BUSY, FUNCTION_NEW, FUNCTION_NOT_READY};
use super::error::{AwsError, Named as _};
use super::wait::{Progress, retry};
use super::{Aws, seen};
use crate::error::Error;
use crate::resource::Seen;
use crate::resource::async_invocation::{AsyncInvocation, Destinations, Observed};

/// Reads the configuration. A function without one, and no function at all, are the same: nothing there.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, function: &str) -> Result<Seen<Observed>, AwsError> {
    let output = aws.lambda.get_function_event_invoke_config().function_name(function).send().await;
    seen(output.named("lambda:GetFunctionEventInvokeConfig", function).map(observed))
}

fn observed(output: GetFunctionEventInvokeConfigOutput) -> Observed {
    let (success, failure) = output.destination_config.map(|it| (it.on_success, it.on_failure)).unwrap_or_default();
    Observed {
        retry_attempts: output.maximum_retry_attempts,
        event_age: output.maximum_event_age_in_seconds,
        destinations: Destinations {
            on_success: success.and_then(|it| it.destination),
            on_failure: failure.and_then(|it| it.destination),
        },
    }
}

/// Replaces the whole configuration.
///
/// # Errors
/// What Lambda refuses for good.
pub async fn put(aws: &Aws, want: &AsyncInvocation, progress: Progress<'_>) -> Result<(), Error> {
    let failure = OnFailure::builder().destination(&want.on_failure).build();
    let request = aws
        .lambda
        .put_function_event_invoke_config()
        .function_name(&want.function)
        .maximum_retry_attempts(want.retry_attempts)
        .maximum_event_age_in_seconds(want.event_age)
        .destination_config(DestinationConfig::builder().on_failure(failure).build());
    let call = async || request.clone().send().await.named("lambda:PutFunctionEventInvokeConfig", &want.function);
    retry(progress, &[FAILURE_DESTINATION_NEW, FUNCTION_BUSY, FUNCTION_NEW, FUNCTION_NOT_READY], call).await?;
    Ok(())
}
