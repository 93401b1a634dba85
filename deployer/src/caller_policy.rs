//! The smallest IAM policy with which a gallery can be planned, brought up and taken down, gathered from what the kinds of resource declare.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::desired::IMAGES_PREFIX;
use crate::names::Names;
use crate::resource::rights::{Purpose, Right};
use crate::resource::{
    async_invocation, bucket, function, index, key, log_group, notification, permission, role, site, table, user,
};

/// What the policy shall suffice for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// `plan`, `status`, `logs`, `stages`, `outputs` and `reindex --check`.
    ReadOnly,
    /// `up`, `down` and `reindex`, too.
    ReadWrite,
}

/// The `Sid` of the statement for a local AWS.
const STAND_IN: &str = "LocalStandIn";

/// Actions that a local AWS checks on `*` only, where AWS checks the resource.
const ON_ANYTHING: [&str; 7] = [
    "dynamodb:ListTagsOfResource",
    "dynamodb:TagResource",
    "dynamodb:UntagResource",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:RemoveUserFromGroup",
    "lambda:CreateFunction",
    "logs:DescribeLogGroups",
];

/// Characters of a managed policy, without white space.
const MANAGED_POLICY: usize = 6144;

/// The policy document. It fits a managed policy: where names are so long that it would not, what most get along without is left out, and what the
/// statement for a local AWS allows is not said twice.
pub fn caller_policy(names: &Names, scope: Scope) -> Value {
    let mut rights = rights(names);
    if scope == Scope::ReadOnly {
        rights.retain(|right| !matches!(right.purpose, Purpose::Change | Purpose::Seldom));
    }
    let fits = |document: &Value| document.to_string().len() <= MANAGED_POLICY;
    let whole = document(names, &rights);
    if fits(&whole) {
        return whole;
    }
    rights.retain(|right| !right.is_dispensable());
    let mut shorter = document(names, &rights);
    if !fits(&shorter) && names.place.is_loopback() {
        say_once(&mut shorter);
    }
    shorter
}

fn document(names: &Names, rights: &[Right]) -> Value {
    let mut statements = statements(rights);
    if names.place.is_loopback() {
        statements.push(local_stand_in(rights));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Every right that a command may need for this gallery. `sts:GetCallerIdentity` needs none.
pub fn rights(names: &Names) -> Vec<Right> {
    let Names { place, images_bucket, site_bucket, role, user, iam_path, .. } = names;
    let function_arn = names.function_arn();
    [
        bucket::account_rights(place),
        bucket::rights(place, images_bucket),
        bucket::rights(place, site_bucket),
        bucket::images_rights(place, images_bucket),
        notification::rights(place, images_bucket),
        site::rights(place, site_bucket),
        key::rights(place, site_bucket, iam_path, user),
        table::rights(&names.table_arn()),
        index::rights(place, images_bucket, IMAGES_PREFIX, &names.table_arn()),
        role::rights(place, iam_path, role, &names.stand_in_role()),
        log_group::rights(place, &names.log_group_arn()),
        function::rights(&function_arn),
        permission::rights(&function_arn),
        async_invocation::rights(&function_arn),
        user::rights(place, iam_path, user),
        // No ARN narrows the list; and the tags are of roles that nobody knows before it.
        vec![Right::to_browse("Galleries", &["iam:ListRoles", "iam:ListRoleTags"], &["*".to_owned()])],
    ]
    .concat()
}

/// The statement of the policy that allows `action`, and what else belongs to it, as JSON that can be pasted. `None` for an action that no right
/// declares.
pub fn statement_for(rights: &[Right], action: &str) -> Option<String> {
    let sid = rights.iter().find(|right| right.actions.contains(&action))?.sid;
    let members: Vec<Right> = rights.iter().filter(|right| right.sid == sid).cloned().collect();
    statements(&members).first().map(Value::to_string)
}

/// One statement for each `sid`, in the order of their first appearance.
fn statements(rights: &[Right]) -> Vec<Value> {
    let mut sids: Vec<&str> = Vec::new();
    for right in rights {
        if !sids.contains(&right.sid) {
            sids.push(right.sid);
        }
    }
    let statement = |sid: &str| {
        let members: Vec<&Right> = rights.iter().filter(|right| right.sid == sid).collect();
        let actions: BTreeSet<&str> = members.iter().flat_map(|right| right.actions).copied().collect();
        let resources: BTreeSet<&str> = members.iter().flat_map(|right| &right.resources).map(String::as_str).collect();
        let mut statement = json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources });
        if let Some(service) = members.iter().find_map(|right| right.passed_to) {
            statement["Condition"] = json!({ "StringEquals": { "iam:PassedToService": service } });
        }
        statement
    };
    sids.into_iter().map(statement).collect()
}

/// What a local AWS checks otherwise than AWS.
fn local_stand_in(rights: &[Right]) -> Value {
    let actions: BTreeSet<&str> =
        rights.iter().flat_map(|right| right.actions).copied().filter(|action| ON_ANYTHING.contains(action)).collect();
    json!({ "Sid": STAND_IN, "Effect": "Allow", "Action": actions, "Resource": "*" })
}

/// Takes from all statements the actions that [`local_stand_in`] allows on anything.
fn say_once(document: &mut Value) {
    let Some(statements) = document["Statement"].as_array_mut() else { return };
    for statement in statements.iter_mut().filter(|statement| statement["Sid"] != STAND_IN) {
        if let Some(actions) = statement["Action"].as_array_mut() {
            actions.retain(|action| !action.as_str().is_some_and(|action| ON_ANYTHING.contains(&action)));
        }
    }
    statements.retain(|statement| statement["Action"] != json!([]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_stage;
    use crate::endpoint::Endpoint;
    use crate::place::Place;

    fn names(yaml: &str, stage: Option<&str>, region: &str, endpoint: Option<&str>) -> Names {
        let config = parse_stage("gallery.yaml".as_ref(), yaml, stage).expect("a valid gallery.yaml");
        let place = Place {
            account: "123456789012".into(),
            region: region.into(),
            endpoint: endpoint.map(|endpoint| Endpoint::parse(endpoint).expect("an endpoint")),
        };
        Names::new(&config, place)
    }

    /// Every name as long as AWS and `gallery.yaml` allow.
    fn longest(region: &str, endpoint: Option<&str>) -> Names {
        let yaml = format!(
            "name: {}\nstages:\n  pr-1234: {{ images: {{ bucket: {} }}, site: {{ bucket: {} }}, index: {{ table: {} }}, \
             indexer: {{ function: {}, role: {} }}, client: {{ user: {} }} }}\n",
            "g".repeat(20),
            "i".repeat(63),
            "s".repeat(63),
            "t".repeat(255),
            "f".repeat(64),
            "r".repeat(64),
            "u".repeat(64),
        );
        names(&yaml, Some("pr-1234"), region, endpoint)
    }

    #[test]
    fn the_longest_names_fit_a_managed_policy() {
        for endpoint in [None, Some("http://127.0.0.1:4566")] {
            // The partition and region with the longest names.
            let document = caller_policy(&longest("us-gov-northeast-1", endpoint), Scope::ReadWrite).to_string();
            assert!(document.len() <= MANAGED_POLICY, "{} characters", document.len());
        }
    }

    /// What is said once in the longest policy is the same as what is said twice in a shorter one.
    #[test]
    fn the_longest_policy_of_a_local_aws_allows_what_every_other_does() {
        let allowed = |document: &Value| -> BTreeSet<String> {
            let statements = document["Statement"].as_array().expect("statements").iter();
            statements.flat_map(|one| one["Action"].as_array().expect("actions").iter().map(Value::to_string)).collect()
        };
        let local = longest("us-gov-northeast-1", Some("http://127.0.0.1:4566"));
        let mut rights = rights(&local);
        rights.retain(|right| !right.is_dispensable());
        let (whole, printed) = (document(&local, &rights), caller_policy(&local, Scope::ReadWrite));
        assert_ne!(whole, printed, "the names are long enough");
        assert_eq!(allowed(&whole), allowed(&printed));
        assert!(printed["Statement"].as_array().expect("statements").iter().all(|one| one["Action"] != json!([])));
    }

    #[test]
    fn what_only_serves_to_browse_is_left_out_before_the_policy_is_too_long() {
        let browses = |names: &Names| caller_policy(names, Scope::ReadWrite).to_string().contains("iam:ListRoles");
        assert!(browses(&names("name: holiday\n", None, "us-west-2", None)));
        assert!(!browses(&longest(&format!("us-gov-{}-1", "northeast".repeat(20)), None)));
    }

    #[test]
    fn a_denied_action_is_answered_with_its_statement() {
        let rights = rights(&names("name: holiday\n", None, "us-west-2", None));
        let statement: Value =
            serde_json::from_str(&statement_for(&rights, "iam:CreateRole").expect("a statement")).expect("JSON");
        let arn = "arn:aws:iam::123456789012:role/gallery-deploy/holiday/holiday-indexer-us-west-2";
        assert_eq!(statement["Effect"], "Allow");
        assert!(statement["Resource"].as_array().is_some_and(|all| all.contains(&json!(arn))), "{statement}");
        let together = ["iam:CreateRole", "iam:PutRolePolicy", "iam:TagRole"];
        assert!(together.iter().all(|action| statement["Action"].as_array().is_some_and(|all| all.contains(&json!(action)))));
        let pass = statement_for(&rights, "iam:PassRole").expect("a statement");
        assert!(pass.contains("iam:PassedToService"), "{pass}");
        assert_eq!(statement_for(&rights, "ec2:RunInstances"), None);
    }

    /// Statements are put together from several rights; together they must allow nothing that no right declares.
    #[test]
    fn no_statement_allows_more_than_was_declared() {
        let rights = rights(&names("name: holiday\n", None, "us-west-2", None));
        let declared: BTreeSet<(&str, &str)> = rights
            .iter()
            .flat_map(|right| {
                right.actions.iter().flat_map(|action| right.resources.iter().map(move |on| (*action, on.as_str())))
            })
            .collect();
        let mut count = 0;
        for statement in statements(&rights) {
            let list = |name: &str| statement[name].as_array().expect("a list").clone();
            for action in list("Action") {
                for resource in list("Resource") {
                    let pair = (action.as_str().expect("text"), resource.as_str().expect("text"));
                    assert!(declared.contains(&pair), "{pair:?} in {}", statement["Sid"]);
                    count += 1;
                }
            }
        }
        assert_eq!(count, declared.len(), "nothing is allowed twice");
    }
}
