//! The indexer function: what S3 calls for every image that comes or goes.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::compare::{Cause, Compared, Field, compare};
use super::rights::Right;
use super::role::{Role, StandIn};
use super::tags::{BINDING, DESIRED, ROLE_ID, TagMap, Tags};
use crate::architecture::Architecture;

pub const RUNTIME: &str = "provided.al2023";
pub const HANDLER: &str = "bootstrap";

/// What may differ of a function.
pub const FIELDS: &[Field] = &[
    Field::Role,
    Field::RoleId,
    Field::Runtime,
    Field::Handler,
    Field::Memory,
    Field::Timeout,
    Field::Environment,
    Field::Architecture,
    Field::Code,
    Field::Tags,
    Field::Applied,
];

/// The function as it shall be.
#[derive(Debug, Clone)]
pub struct Function {
    pub name: String,
    pub arn: String,
    pub tags: Tags,
    pub settings: Settings,
    /// Unique id of the role; `None`: the role is yet to be made.
    pub role_id: Option<String>,
    /// Takes the role's place for a moment while the function is bound anew (L4).
    pub stand_in: (StandIn, Role),
    /// A run that was cut off has left it, and the function is gone since: it goes before there is a function again, which would hide it.
    pub stand_in_is_left: bool,
    pub architecture: Architecture,
    /// Base64 of the SHA-256 of the zip (L13).
    pub code_sha256: String,
}

/// What is managed of the function's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    pub role_arn: String,
    pub runtime: &'static str,
    pub handler: &'static str,
    /// MiB.
    pub memory: i32,
    /// Seconds.
    pub timeout: i32,
    /// Replaced as a whole on every update (L20): wholly ours.
    pub environment: BTreeMap<String, String>,
    /// As AWS writes it.
    pub architecture: &'static str,
}

/// The function as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    pub tags: TagMap,
    pub role_arn: String,
    pub runtime: String,
    pub handler: String,
    pub memory: i32,
    pub timeout: i32,
    pub environment: BTreeMap<String, String>,
    pub architecture: String,
    pub code_sha256: String,
    /// Lambda could not make it ready, or has not taken its last update: the reason.
    pub failed: Option<String>,
    /// Why the environment cannot be read: somebody has encrypted it with a key of their own, which this identity may not use, or nobody can.
    pub unreadable: Option<String>,
}

/// Plans are shown and logged: the values of variables that are not ours may be secrets.
fn masked(seen: &BTreeMap<String, String>, ours: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mask =
        |(name, value): (&String, &String)| (name.clone(), if ours.contains_key(name) { value.clone() } else { "***".into() });
    seen.iter().map(mask).collect()
}

impl Function {
    /// Bound to the role of this id, as it was seen; `None`: it is yet to be made.
    #[must_use]
    pub fn with_role(mut self, id: Option<&str>) -> Self {
        self.role_id = id.map(ToOwned::to_owned);
        self
    }

    /// L4: the function stays bound to the role that had the name when it was given to it. After that role was deleted, and another one made, the function
    /// looks right and cannot be called.
    fn compare_role(&self, fields: &mut Compared, tags: &TagMap) {
        let bound = tags.get(ROLE_ID);
        if bound.is_some() && bound == self.role_id.as_ref() {
            return;
        }
        // Without what a finished run leaves, or amid what a cut-off run has begun, nothing tells.
        let drifted = tags.contains_key(DESIRED) && bound.is_none_or(|bound| bound != BINDING);
        let after = self.role_id.as_ref().map_or_else(|| json!("of-the-new-role"), |id| json!(id));
        fields.push(Field::RoleId, json!(bound), after, drifted.then_some(Cause::Drift));
    }

    /// The settings that differ.
    pub fn compare(&self, seen: &Observed) -> Compared {
        let Settings { role_arn, runtime, handler, memory, timeout, environment, architecture } = &self.settings;
        let Observed {
            tags,
            role_arn: seen_role,
            runtime: seen_runtime,
            handler: seen_handler,
            memory: seen_memory,
            timeout: seen_timeout,
            environment: seen_environment,
            architecture: seen_architecture,
            code_sha256: seen_code,
            failed,
            unreadable: _,
        } = seen;
        let mut fields = Compared::of(FIELDS);
        compare(&mut fields, Field::Role, seen_role, role_arn);
        compare(&mut fields, Field::Runtime, &seen_runtime.as_str(), runtime);
        compare(&mut fields, Field::Handler, &seen_handler.as_str(), handler);
        compare(&mut fields, Field::Memory, seen_memory, memory);
        compare(&mut fields, Field::Timeout, seen_timeout, timeout);
        compare(&mut fields, Field::Environment, &masked(seen_environment, environment), environment);
        compare(&mut fields, Field::Architecture, &seen_architecture.as_str(), architecture);
        let code = json!(format!("sha256:{}", self.code_sha256));
        if failed.is_none() && *seen_code != self.code_sha256 {
            // Another processor needs another program: then both differ for one reason.
            let same = seen_architecture != architecture;
            let cause = if same { self.tags.cause(tags) } else { self.tags.build_cause(tags) };
            fields.push(Field::Code, json!(format!("sha256:{seen_code}")), code.clone(), cause);
        }
        fields.tags(&self.tags, tags);
        // Whatever the values say, Lambda does not run it: so it is sent again. Whose fault that is, nothing tells.
        if let Some(reason) = failed {
            fields.push(Field::Code, json!(format!("not in use, since Lambda says: {reason}")), code, None);
        }
        self.compare_role(&mut fields, tags);
        fields
    }
}

/// What it takes to look at the function and to change it.
pub fn rights(function_arn: &str) -> Vec<Right> {
    // `GetFunction` answers without tags where `ListTags` is not allowed.
    const LOOK: &[&str] = &["lambda:GetFunction", "lambda:ListTags"];
    const CHANGE: &[&str] = &[
        "lambda:CreateFunction",
        "lambda:TagResource",
        "lambda:UntagResource",
        "lambda:GetFunctionConfiguration",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:DeleteFunction",
    ];
    let arn = [function_arn.to_owned()];
    vec![Right::to_look("Function", LOOK, &arn), Right::to_change("Function", CHANGE, &arn)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_put_into_the_environment_is_not_shown() {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let seen = map(&[("GALLERY_TABLE", "other"), ("API_KEY", "hush")]);
        let shown: BTreeMap<String, String> = map(&[("GALLERY_TABLE", "other"), ("API_KEY", "***")]);
        assert_eq!(masked(&seen, &map(&[("GALLERY_TABLE", "holiday-index")])), shown);
    }
}
