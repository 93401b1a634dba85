//! A call that was denied, in words for somebody who does not know the calls.

use crate::resource::rights::Right;

/// What allows a call that was denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowing {
    /// The statement with which an identity may do it and what belongs to it, as JSON.
    pub statement: String,
    /// How many permissions the gallery takes in all: actions on resources, as `doctor` counts them.
    pub needed: usize,
}

impl Allowing {
    pub(super) fn new(statement: String, rights: &[Right]) -> Self {
        let needed = rights.iter().filter(|right| !right.is_dispensable());
        Self { statement, needed: needed.map(|right| right.actions.len()).sum() }
    }
}

/// `iam:CreateRole` → `create an IAM role`.
pub(super) fn in_words(action: &str) -> String {
    let (service, name) = action.split_once(':').unwrap_or(("", action));
    let service = match service {
        "iam" => "IAM",
        "s3" => "S3",
        "lambda" => "Lambda",
        "dynamodb" => "DynamoDB",
        "logs" => "CloudWatch Logs",
        "sts" => "STS",
        other => other,
    };
    let words = words(name);
    let (verb, object) = words.split_first().map_or(("call", &[][..]), |(verb, object)| (verb.as_str(), object));
    let object = match object.join(" ") {
        // All of it stands in the verb.
        none if none.is_empty() => "table".to_owned(),
        object => object.replace("tagging", "tags").replace("CORS", "CORS rules"),
    };
    // What is told of it comes after: `groups for user`.
    let head = object.split(" for ").next().unwrap_or_default().split(" from ").next().unwrap_or_default();
    let counted = !head.ends_with('s') && !["versioning", "time to live", "code"].iter().any(|mass| head.ends_with(mass));
    let article = match counted {
        false => "",
        true if matches!(service, "IAM" | "S3" | "STS") => "an ",
        true => "a ",
    };
    format!("{} {article}{service} {object}", verb.to_lowercase())
}

/// `DeleteSSHPublicKey` → `delete`, `SSH`, `public`, `key`.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, letter) in letters.iter().enumerate() {
        let next_is_small = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let last_was_small = at > 0 && letters[at - 1].is_ascii_lowercase();
        match words.last_mut() {
            Some(word) if !letter.is_ascii_uppercase() || !(next_is_small || last_was_small) => word.push(*letter),
            _ => words.push(letter.to_string()),
        }
    }
    let is_short = |word: &str| word.len() > 1 && word.chars().all(|letter| letter.is_ascii_uppercase());
    words.into_iter().map(|word| if is_short(&word) { word } else { word.to_lowercase() }).collect()
}

/// What AWS said, without what stands in the lines above it: who called what.
pub(super) fn reason(message: &str) -> &str {
    match message.split_once(" because ") {
        Some((who, why)) if who.starts_with("User: ") => why,
        _ => message,
    }
}

/// The user, or the role behind a session, to whose policies a statement can be added.
pub(super) fn principal(arn: &str) -> &str {
    let mut parts = arn.rsplit(':').next().unwrap_or(arn).split('/');
    match parts.next() {
        Some("user") => parts.next_back().unwrap_or(arn),
        Some("assumed-role") => parts.next().unwrap_or(arn),
        _ => arn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_told_in_words() {
        let told = [
            ("iam:CreateRole", "create an IAM role"),
            ("iam:ListRoles", "list IAM roles"),
            ("iam:ListGroupsForUser", "list IAM groups for user"),
            ("iam:RemoveUserFromGroup", "remove an IAM user from group"),
            ("iam:DeleteSSHPublicKey", "delete an IAM SSH public key"),
            ("iam:DeactivateMFADevice", "deactivate an IAM MFA device"),
            ("s3:PutBucketCORS", "put S3 bucket CORS rules"),
            ("s3:GetBucketVersioning", "get S3 bucket versioning"),
            ("s3:PutBucketPolicy", "put an S3 bucket policy"),
            ("lambda:UpdateFunctionConfiguration", "update a Lambda function configuration"),
            ("lambda:UpdateFunctionCode", "update Lambda function code"),
            ("dynamodb:Scan", "scan a DynamoDB table"),
            ("dynamodb:UpdateTimeToLive", "update DynamoDB time to live"),
            ("logs:DescribeLogGroups", "describe CloudWatch Logs log groups"),
        ];
        for (action, words) in told {
            assert_eq!(in_words(action), words);
        }
    }

    #[test]
    fn what_is_told_already_is_not_told_again() {
        let message = "User: arn:aws:iam::1:user/ci is not authorized to perform: iam:CreateRole on resource: arn:aws:iam::1:role/r \
                       because no identity-based policy allows the iam:CreateRole action";
        assert_eq!(reason(message), "no identity-based policy allows the iam:CreateRole action");
        assert_eq!(reason("Access Denied"), "Access Denied");
        // A stranger's words.
        assert_eq!(reason("no, because no"), "no, because no");
    }

    #[test]
    fn a_statement_goes_to_a_user_or_a_role() {
        assert_eq!(principal("arn:aws:iam::1:user/teams/ci-deploy"), "ci-deploy");
        assert_eq!(principal("arn:aws:sts::1:assumed-role/gha-deploy/run-8123"), "gha-deploy");
        assert_eq!(principal("arn:aws:iam::1:root"), "arn:aws:iam::1:root");
    }
}
