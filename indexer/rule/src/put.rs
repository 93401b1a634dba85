//! The guarded write of a row, as DynamoDB's `PutItem` takes it. Whoever has a client makes the call of it, and asks for `ALL_OLD` where
//! the condition fails: from the row that comes with the refusal, [`Seen`](crate::Seen) is read.

use crate::row::Value;

/// The parameters of a `PutItem` but for the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    pub item: Vec<(&'static str, Value)>,
    /// `ConditionExpression`.
    pub condition: &'static str,
    /// `ExpressionAttributeNames`.
    pub names: [(&'static str, &'static str); 1],
    /// `ExpressionAttributeValues`.
    pub values: Option<(&'static str, Value)>,
}

impl Put {
    /// Takes effect if the row that is there has the revision `seen`, or for `None`, no revision or no row is there.
    pub fn new(item: Vec<(&'static str, Value)>, seen: Option<u64>) -> Self {
        let names = [("#rev", "rev")];
        match seen {
            None => Self { item, condition: "attribute_not_exists(#rev)", names, values: None },
            Some(rev) => Self { item, condition: "#rev = :rev", names, values: Some((":rev", Value::N(rev.to_string()))) },
        }
    }
}
