//! IAM: what is new is unknown, what is gone still counts, and nothing may be too large.

use percent_encoding::percent_decode_str;

use super::Rule;
use super::countdown::Countdown;
use super::local::{element, elements, iam};
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// So many calls find what is new or gone unsettled.
const FOR_A_WHILE: u32 = 2;

/// `user` or `role`, when a call is about one.
fn kind(exchange: &Exchange<'_>) -> Option<&'static str> {
    let kind = if exchange.form("UserName").is_some() { "user" } else { "role" };
    (exchange.call.service == "iam" && !exchange.call.resource.is_empty()).then_some(kind)
}

/// What a call is about: `user/NAME`.
fn entity(exchange: &Exchange<'_>) -> Option<String> {
    kind(exchange).map(|kind| format!("{kind}/{}", exchange.call.resource))
}

fn creates(exchange: &Exchange<'_>) -> bool {
    exchange.is("iam:CreateUser") || exchange.is("iam:CreateRole")
}

fn deletes(exchange: &Exchange<'_>) -> bool {
    exchange.is("iam:DeleteUser") || exchange.is("iam:DeleteRole")
}

fn limit_exceeded(exchange: &Exchange<'_>, words: &str) -> Answer {
    Answer::error(exchange.call, 409, "LimitExceeded", words)
}

/// I1: a new user or role is not known everywhere yet.
#[derive(Default)]
pub(super) struct NewEntityUnknown {
    new: Countdown,
}

impl Rule for NewEntityUnknown {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let kind = kind(exchange)?;
        let words = format!("The {kind} with name {} cannot be found.", exchange.call.resource);
        let unknown = !creates(exchange) && self.new.tick(&entity(exchange)?);
        unknown.then(|| Answer::error(exchange.call, 404, "NoSuchEntity", &words))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if creates(exchange) && answer.status.is_success() {
            self.new.start(entity(exchange).unwrap_or_default(), FOR_A_WHILE);
        }
        answer
    }
}

/// I2: a policy may name only principals that exist, and new ones are not known to it yet.
#[derive(Default)]
pub(super) struct InvalidPrincipal {
    new: Countdown,
}

impl InvalidPrincipal {
    fn is_unknown(&self, exchange: &Exchange<'_>, arn: &str) -> bool {
        // arn:aws:iam::ACCOUNT:user/PATH/NAME; `root` and `*` are always known.
        let Some((kind, path)) = arn.rsplit(':').next().and_then(|resource| resource.split_once('/')) else { return false };
        let name = path.rsplit('/').next().unwrap_or(path);
        let exists = match kind {
            "user" => iam(exchange, "GetUser", &[("UserName", name)]).is_some(),
            "role" => iam(exchange, "GetRole", &[("RoleName", name)]).is_some(),
            _ => true,
        };
        !exists || self.new.tick(&format!("{kind}/{name}"))
    }
}

/// Services that may take on a role: ours, and some that others may try. Not a complete list.
const SERVICES: [&str; 5] =
    ["lambda.amazonaws.com", "ec2.amazonaws.com", "s3.amazonaws.com", "edgelambda.amazonaws.com", "logs.amazonaws.com"];

impl Rule for InvalidPrincipal {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let is_bucket = exchange.is("s3:PutBucketPolicy");
        let document = match exchange.call.name().as_str() {
            "iam:CreateRole" => exchange.form("AssumeRolePolicyDocument")?,
            "iam:UpdateAssumeRolePolicy" => exchange.form("PolicyDocument")?,
            "s3:PutBucketPolicy" => exchange.text().to_owned(),
            _ => return None,
        };
        let policy: serde_json::Value = serde_json::from_str(&document).ok()?;
        for statement in policy["Statement"].as_array()? {
            let of = |kind: &str| match &statement["Principal"][kind] {
                serde_json::Value::Array(principals) => principals.clone(),
                serde_json::Value::Null => Vec::new(),
                principal => vec![principal.clone()],
            };
            let unknown = of("AWS").into_iter().find(|arn| self.is_unknown(exchange, arn.as_str().unwrap_or_default()));
            let services = of("Service").into_iter();
            let mut strange = services.filter(|service| !SERVICES.contains(&service.as_str().unwrap_or_default()));
            let found = unknown.map(|arn| ("AWS", arn)).or_else(|| strange.next().map(|service| ("SERVICE", service)));
            if let Some((kind, principal)) = found {
                let words = format!("Invalid principal in policy: \"{kind}\":{principal}");
                let (code, words) = if is_bucket {
                    ("MalformedPolicy", "Invalid principal in policy".to_owned())
                } else {
                    ("MalformedPolicyDocument", words)
                };
                return Some(Answer::error(exchange.call, 400, code, &words));
            }
        }
        None
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if creates(exchange) && answer.status.is_success() {
            self.new.start(entity(exchange).unwrap_or_default(), FOR_A_WHILE);
        }
        answer
    }
}

/// I4: what was attached to an entity a moment ago still keeps it from being deleted.
#[derive(Default)]
pub(super) struct StillAttached {
    stripped: Countdown,
}

impl Rule for StillAttached {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let attached = deletes(exchange) && self.stripped.tick(&entity(exchange)?);
        let words = "Cannot delete entity, must delete policies first.";
        attached.then(|| Answer::error(exchange.call, 409, "DeleteConflict", words))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        let strips = exchange.call.operation.starts_with("Delete") || exchange.call.operation.starts_with("Detach");
        if strips
            && !deletes(exchange)
            && answer.status.is_success()
            && let Some(entity) = entity(exchange)
        {
            self.stripped.start(entity, 1);
        }
        answer
    }
}

/// I5: a user has two access keys at most.
pub(super) struct TwoKeysAtMost;

impl Rule for TwoKeysAtMost {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let user = exchange.is("iam:CreateAccessKey").then_some(&exchange.call.resource)?;
        let keys = iam(exchange, "ListAccessKeys", &[("UserName", user)])?;
        let full = elements(&keys, "AccessKeyId").len() >= 2;
        full.then(|| limit_exceeded(exchange, "Cannot exceed quota for AccessKeysPerUser: 2"))
    }
}

/// I7: the name of a deleted user or role is not free at once.
#[derive(Default)]
pub(super) struct NameNotFree {
    gone: Countdown,
}

impl Rule for NameNotFree {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let early = creates(exchange) && self.gone.tick(&entity(exchange)?);
        let words = "The request was rejected because it referenced an entity that is temporarily unmodifiable, such as a user name that was \
                     deleted and then recreated.";
        early.then(|| Answer::error(exchange.call, 409, "EntityTemporarilyUnmodifiable", words))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if deletes(exchange) && answer.status.is_success() {
            self.gone.start(entity(exchange).unwrap_or_default(), FOR_A_WHILE);
        }
        answer
    }
}

/// I10: all inline policies of a user have 2,048 characters together, those of a role 10,240, white space not counted; a trust policy has 2,048.
pub(super) struct PolicySizes;

impl Rule for PolicySizes {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let name = exchange.call.resource.as_str();
        let over = |document: &str, budget: usize| characters(document) > budget;
        match exchange.call.name().as_str() {
            "iam:CreateRole" if over(&exchange.form("AssumeRolePolicyDocument")?, 2_048) => {
                Some(limit_exceeded(exchange, "Cannot exceed quota for ACLSizePerRole: 2048"))
            }
            "iam:PutUserPolicy" => inline_size(exchange, ("User", "UserName"), name, 2_048),
            "iam:PutRolePolicy" => inline_size(exchange, ("Role", "RoleName"), name, 10_240),
            _ => None,
        }
    }
}

fn characters(document: &str) -> usize {
    document.chars().filter(|character| !character.is_whitespace()).count()
}

/// The refusal of a policy that does not fit beside the entity's others.
fn inline_size(exchange: &Exchange<'_>, (kind, field): (&str, &str), name: &str, budget: usize) -> Option<Answer> {
    let replaced = exchange.form("PolicyName")?;
    let names = iam(exchange, &format!("List{kind}Policies"), &[(field, name)])?;
    let others = elements(&names, "member").into_iter().filter(|policy| *policy != replaced);
    let others = others.filter_map(|policy| iam(exchange, &format!("Get{kind}Policy"), &[(field, name), ("PolicyName", policy)]));
    let sizes = others.filter_map(|xml| {
        let encoded = element(&xml, "PolicyDocument")?;
        Some(characters(&percent_decode_str(encoded).decode_utf8_lossy()))
    });
    let sum = sizes.sum::<usize>() + characters(&exchange.form("PolicyDocument")?);
    let words = format!("Maximum policy size of {budget} bytes exceeded for {} {name}", kind.to_lowercase());
    (sum > budget).then(|| limit_exceeded(exchange, &words))
}
