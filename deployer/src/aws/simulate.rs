//! What the caller may do, as IAM foretells it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::Aws;
use super::error::{AwsError, Named as _};
use crate::resource::rights::Right;

/// Simulations at once: IAM takes few.
const AT_ONCE: usize = 4;

/// Actions that are not allowed on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lacking {
    /// ARN, or a pattern of ARNs.
    pub resource: String,
    /// `iam:CreateRole`, sorted.
    pub actions: Vec<String>,
}

/// Which of `rights` the user or role `principal` (an ARN) lacks, by resource. What policies of buckets and of the organization say is not looked at.
///
/// # Errors
/// No such principal; what IAM refuses.
pub async fn lacking(aws: &Aws, principal: &str, rights: &[Right]) -> Result<Vec<Lacking>, AwsError> {
    // One call a resource: then the answer needs no parts.
    let mut questions: BTreeMap<(&str, Option<&str>), BTreeSet<&str>> = BTreeMap::new();
    for right in rights {
        for resource in &right.resources {
            questions.entry((resource, right.passed_to)).or_default().extend(right.actions);
        }
    }
    let simulations =
        stream::iter(questions).map(|(on, actions)| simulate(aws, principal, on, actions)).buffer_unordered(AT_ONCE);
    let mut lacking: Vec<Lacking> = simulations.try_filter_map(async |lacking| Ok(lacking)).try_collect().await?;
    lacking.sort();
    Ok(lacking)
}

/// `None`: all are allowed.
async fn simulate(
    aws: &Aws,
    principal: &str,
    (resource, passed_to): (&str, Option<&str>),
    actions: BTreeSet<&str>,
) -> Result<Option<Lacking>, AwsError> {
    let mut request = aws.iam.simulate_principal_policy().policy_source_arn(principal).resource_arns(resource);
    for action in actions {
        request = request.action_names(action);
    }
    if let Some(service) = passed_to {
        let entry = ContextEntry::builder().context_key_name("iam:PassedToService").context_key_type(ContextKeyTypeEnum::String);
        request = request.context_entries(entry.context_key_values(service).build());
    }
    let results = request.into_paginator().items().send().collect::<Result<Vec<EvaluationResult>, _>>().await;
    let results = results.named("iam:SimulatePrincipalPolicy", principal)?;
    let refused = results.iter().filter(|result| *result.eval_decision() != PolicyEvaluationDecisionType::Allowed);
    let mut actions: Vec<String> = refused.map(|result| result.eval_action_name().to_owned()).collect();
    actions.sort();
    Ok((!actions.is_empty()).then(|| Lacking { resource: resource.to_owned(), actions }))
}

/// The user or the role that `caller` (an ARN) acts as. `None`: it is neither, so nothing can be simulated.
pub async fn principal(aws: &Aws, caller: &str) -> Option<String> {
    let (_, kind) = caller.rsplit_once(':')?;
    if kind.starts_with("user/") {
        return Some(caller.to_owned());
    }
    let role = kind.strip_prefix("assumed-role/")?.split('/').next()?;
    // The session does not say the role's path.
    let found = aws.iam.get_role().role_name(role).send().await.ok().and_then(|output| output.role);
    let partition = caller.split(':').nth(1)?;
    Some(found.map_or_else(|| format!("arn:{partition}:iam::{}:role/{role}", aws.account), |role| role.arn))
}
