//! Access keys and what they may do: not at once.

use super::Rule;
use super::countdown::Countdown;
use super::local::{element, iam};
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// So many calls come too early, for each service.
const FOR_A_WHILE: u32 = 2;

/// I3: a new inline policy of a user is not effective yet.
#[derive(Default)]
pub(super) struct PolicyNotEffective {
    new: Countdown,
}

impl Rule for PolicyNotEffective {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let (status, code) = match exchange.call.service.as_str() {
            "s3" => (403, "AccessDenied"),
            "dynamodb" => (400, "AccessDeniedException"),
            _ => return None,
        };
        let known = iam(exchange, "GetAccessKeyLastUsed", &[("AccessKeyId", exchange.access_key())])?;
        let early = self.new.tick(element(&known, "UserName")?);
        early.then(|| Answer::error(exchange.call, status, code, "Access Denied"))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("iam:PutUserPolicy") && answer.status.is_success() {
            self.new.start(&exchange.call.resource, FOR_A_WHILE);
        }
        answer
    }
}

/// I6: services learn of a new key one after the other.
#[derive(Default)]
pub(super) struct NewKeyUnknown {
    /// `SERVICE/KEY`.
    new: Countdown,
}

impl Rule for NewKeyUnknown {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let service = exchange.call.service.as_str();
        if !self.new.tick(&format!("{service}/{}", exchange.access_key())) {
            return None;
        }
        let (code, words) = match service {
            "s3" => ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
            "iam" | "sts" => ("InvalidClientTokenId", "The security token included in the request is invalid."),
            _ => ("UnrecognizedClientException", "The security token included in the request is invalid."),
        };
        Some(Answer::error(exchange.call, 403, code, words))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("iam:CreateAccessKey")
            && let Some(key) = element(&String::from_utf8_lossy(&answer.body), "AccessKeyId")
        {
            for service in ["s3", "iam", "sts", "dynamodb", "lambda", "logs"] {
                self.new.start(format!("{service}/{key}"), FOR_A_WHILE);
            }
        }
        answer
    }
}
