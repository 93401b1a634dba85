//! What Lambda does with events that the function fails on: how often and how long it tries again, and where it leaves them then.
//!
//! Lambda has it as a configuration beside the function, wholly ours. It goes with the function (L10).

use serde::Serialize;

use super::compare::{Cause, Compared, Field, compare};
use super::rights::Right;

/// What may differ of it.
pub const FIELDS: &[Field] = &[Field::RetryAttempts, Field::EventAge, Field::Destinations];

/// As it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsyncInvocation {
    pub function: String,
    /// Tries after the first.
    pub retry_attempts: i32,
    /// Seconds.
    pub event_age: i32,
    /// The bucket that gets what failed for good, under a prefix that Lambda chooses.
    pub on_failure: String,
}

/// As it was seen. What was never set has Lambda's default and is not told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    pub retry_attempts: Option<i32>,
    pub event_age: Option<i32>,
    pub destinations: Destinations,
}

/// ARNs of what gets a record of each event.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Destinations {
    /// Never wanted: a record of each picture would go there.
    pub on_success: Option<String>,
    pub on_failure: Option<String>,
}

impl AsyncInvocation {
    /// The settings that differ, and why: where they were as they shall be, only somebody else can have changed them.
    pub fn compare(&self, seen: &Observed, was_there: bool) -> Compared {
        let Self { function: _, retry_attempts, event_age, on_failure } = self;
        let Observed { retry_attempts: seen_attempts, event_age: seen_age, destinations } = seen;
        let wanted = Destinations { on_success: None, on_failure: Some(on_failure.clone()) };
        let mut fields = Compared::of(FIELDS);
        compare(&mut fields, Field::RetryAttempts, seen_attempts, &Some(*retry_attempts));
        compare(&mut fields, Field::EventAge, seen_age, &Some(*event_age));
        compare(&mut fields, Field::Destinations, destinations, &wanted);
        fields.because(was_there.then_some(Cause::Drift))
    }
}

/// What it takes to look at it and to change it.
pub fn rights(function_arn: &str) -> Vec<Right> {
    let arn = [function_arn.to_owned()];
    vec![
        Right::to_look("Function", &["lambda:GetFunctionEventInvokeConfig"], &arn),
        Right::to_change("Function", &["lambda:PutFunctionEventInvokeConfig"], &arn),
    ]
}
