//! Where Lambda leaves the events that a function failed on.

use hyper::StatusCode;

use super::Rule;
use super::countdown::Countdown;
use super::local::{lambda, s3};
use super::permissions::role_may;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// Lambda checks that the bucket is there and that the function's role may write into it, where it does so itself; what the role was allowed
/// a moment ago is not seen at once (L1).
#[derive(Default)]
pub(super) struct FailureDestinationChecked {
    /// New policies, by role.
    new: Countdown,
}

impl Rule for FailureDestinationChecked {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        if !exchange.is("lambda:PutFunctionEventInvokeConfig") {
            return None;
        }
        let body = exchange.json();
        let arn = body["DestinationConfig"]["OnFailure"]["Destination"].as_str()?;
        let bucket = arn.strip_prefix("arn:aws:s3:::")?;
        let invalid = |words: String| Some(Answer::error(exchange.call, 400, "InvalidParameterValueException", &words));
        if s3(exchange, bucket).status == StatusCode::NOT_FOUND {
            return invalid(format!("The destination ARN {arn} is invalid."));
        }
        let function = &exchange.call.resource;
        let configuration = lambda(exchange, &format!("functions/{function}/configuration"))?;
        let role = configuration["Role"].as_str()?.rsplit('/').next()?;
        let written = format!("{arn}/aws/lambda/async/{function}/2026/01/01/event");
        let may = !self.new.tick(role)
            && role_may(exchange, role, "s3:PutObject", &written)
            && role_may(exchange, role, "s3:ListBucket", arn);
        let refused = || format!("The function's execution role does not have permissions to call PutObject on {arn}");
        if may { None } else { invalid(refused()) }
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("iam:PutRolePolicy") && answer.status.is_success() {
            self.new.start(&exchange.call.resource, 2);
        }
        answer
    }
}
