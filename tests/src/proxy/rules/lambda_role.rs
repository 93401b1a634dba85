//! Lambda and the role of a function: by its name it is found, by its unique id it is known.

use std::collections::HashMap;
use std::sync::Mutex;

use super::Rule;
use super::local::{element, iam};
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// L4: a function with variables stays bound to the role that had the name when it was given to it. Only to be given another role binds it anew.
#[derive(Default)]
pub(super) struct BoundToRole {
    /// ARN and unique id of each function's role, as far as it was given since the rule is on.
    bound: Mutex<HashMap<String, (String, String)>>,
}

fn id_of(exchange: &Exchange<'_>, arn: &str) -> String {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let role = iam(exchange, "GetRole", &[("RoleName", name)]).unwrap_or_default();
    element(&role, "RoleId").unwrap_or_default().to_owned()
}

impl Rule for BoundToRole {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let (arn, id) =
            exchange.is("lambda:Invoke").then(|| self.bound.lock().unwrap().get(&exchange.call.resource).cloned())??;
        let words = "Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the function's KMS key \
                     settings. KMS Exception: UnrecognizedClientException KMS Message: The security token included in the request is invalid.";
        (id_of(exchange, &arn) != id).then(|| Answer::error(exchange.call, 502, "KMSAccessDeniedException", words))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        let gives = exchange.is("lambda:CreateFunction") || exchange.is("lambda:UpdateFunctionConfiguration");
        let body = exchange.json();
        if let Some(arn) = body["Role"].as_str().filter(|_| gives && answer.status.is_success()) {
            let created = exchange.is("lambda:CreateFunction");
            let name = if created { body["FunctionName"].as_str().unwrap_or_default() } else { &exchange.call.resource };
            let mut bound = self.bound.lock().unwrap();
            // The same role again changes nothing.
            if created || bound.get(name).is_some_and(|(known, _)| known != arn) {
                bound.insert(name.to_owned(), (arn.to_owned(), id_of(exchange, arn)));
            }
        }
        answer
    }
}
