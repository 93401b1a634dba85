//! What Lambda does not take.

use serde_json::{Value, json};

use super::Rule;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// Names of variables that are Lambda's own. Source: "Defined runtime environment variables" of the Lambda developer guide.
const RESERVED: [&str; 15] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
];

/// Runtimes of Lambda: ours, and some that others may try. Not a complete list.
const RUNTIMES: [&str; 3] = ["provided.al2023", "python3.13", "nodejs22.x"];

/// Reserved variables, unknown runtimes, memory and time out of range.
pub(super) struct FunctionLimits;

impl Rule for FunctionLimits {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        if !(exchange.is("lambda:CreateFunction") || exchange.is("lambda:UpdateFunctionConfiguration")) {
            return None;
        }
        let body = exchange.json();
        let invalid = |words: String| Some(Answer::error(exchange.call, 400, "InvalidParameterValueException", &words));
        let names = body["Environment"]["Variables"].as_object().into_iter().flat_map(|variables| variables.keys());
        let reserved: Vec<&str> = names.map(String::as_str).filter(|name| RESERVED.contains(name)).collect();
        if !reserved.is_empty() {
            return invalid(format!(
                "Lambda was unable to configure your environment variables because the environment variables you have provided contains \
                 reserved keys that are currently not supported for modification. Reserved keys used in this request: {}",
                reserved.join(", ")
            ));
        }
        if let Some(runtime) = body["Runtime"].as_str().filter(|runtime| !RUNTIMES.contains(runtime)) {
            let known = RUNTIMES.join(", ");
            return invalid(format!(
                "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{known}] or be a valid ARN"
            ));
        }
        // Only what is too large: the command line checks the other end itself.
        let too_large = |field: &str, limit: i64| body[field].as_i64().filter(|value| *value > limit);
        let range = |value: i64, field: &str, limit: i64| {
            let words = format!(
                "1 validation error detected: Value '{value}' at '{field}' failed to satisfy constraint: Member must have value less \
                 than or equal to {limit}"
            );
            Answer::error(exchange.call, 400, "ValidationException", &words)
        };
        let memory = too_large("MemorySize", 10_240).map(|value| range(value, "memorySize", 10_240));
        memory.or_else(|| too_large("Timeout", 900).map(|value| range(value, "timeout", 900)))
    }
}

/// L15: a new account may run ten functions at once, and has to leave as many unreserved.
pub(super) struct SmallAccount;

impl SmallAccount {
    const LIMIT: i64 = 10;
}

impl Rule for SmallAccount {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let words = format!(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [{}].",
            Self::LIMIT
        );
        let reserves = exchange.is("lambda:PutFunctionConcurrency")
            && exchange.json()["ReservedConcurrentExecutions"].as_i64().is_some_and(|reserved| reserved > 0);
        reserves.then(|| Answer::error(exchange.call, 400, "InvalidParameterValueException", &words))
    }

    fn after(&self, exchange: &Exchange<'_>, mut answer: Answer) -> Answer {
        if exchange.is("lambda:GetAccountSettings") && answer.status.is_success() {
            let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            body["AccountLimit"]["ConcurrentExecutions"] = json!(Self::LIMIT);
            body["AccountLimit"]["UnreservedConcurrentExecutions"] = json!(Self::LIMIT);
            answer.body = body.to_string().into();
        }
        answer
    }
}
