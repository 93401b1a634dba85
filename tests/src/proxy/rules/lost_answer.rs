//! Answers that never arrive although the call took effect.

use super::Rule;
use super::countdown::Countdown;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// G3: what was created is there, but the answer to the first attempt was an error; the SDK tries again and hears that it exists.
///
/// It has to be the first rule, so that it sees an answer after all others.
#[derive(Default)]
pub(super) struct CreatedUnseen {
    created: Countdown,
}

impl Rule for CreatedUnseen {
    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        let operation = exchange.call.operation.as_str();
        let creates = operation.starts_with("Create") || operation == "AddPermission";
        if !creates || !answer.status.is_success() {
            return answer;
        }
        let thing = exchange.call.to_string();
        self.created.start_once(&thing, 1);
        if self.created.tick(&thing) { Answer::internal_error(exchange.call) } else { answer }
    }
}
