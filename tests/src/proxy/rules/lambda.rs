//! Lambda.

use std::collections::HashMap;
use std::sync::Mutex;

use hyper::Method;

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// So many calls come too early for a new role.
const TOO_EARLY: usize = 2;

/// L1: Lambda cannot assume a new role for some seconds, and never a role that does not trust it; both with the same words.
#[derive(Default)]
pub(super) struct RoleNotAssumable {
    /// New roles, and how often they will be refused.
    new: Mutex<HashMap<String, usize>>,
}

impl Rule for RoleNotAssumable {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        if !(exchange.is("lambda:CreateFunction") || exchange.is("lambda:UpdateFunctionConfiguration")) {
            return None;
        }
        let arn = exchange.json()["Role"].as_str()?.to_owned();
        let role = arn.rsplit('/').next()?;
        let too_early = match self.new.lock().unwrap().get_mut(role) {
            Some(0) | None => false,
            Some(left) => {
                *left -= 1;
                true
            }
        };
        let refusal = "The role defined for the function cannot be assumed by Lambda.";
        (too_early || !trusts_lambda(exchange, role))
            .then(|| Answer::error(exchange.call, 400, "InvalidParameterValueException", refusal))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if let Some(role) = exchange.form("RoleName").filter(|_| exchange.is("iam:CreateRole") && answer.status.is_success()) {
            self.new.lock().unwrap().insert(role, TOO_EARLY);
        }
        answer
    }
}

fn trusts_lambda(exchange: &Exchange<'_>, role: &str) -> bool {
    let body = format!("Action=GetRole&Version=2010-05-08&RoleName={role}");
    let answer = exchange.ask("iam", Method::POST, "/", None, &body);
    // The policy is percent-encoded in the answer (I9); the name of the service is not changed by that.
    String::from_utf8_lossy(&answer.body).contains("lambda.amazonaws.com")
}
