//! What to do about an error.

use std::collections::BTreeSet;

use super::Error;
use super::denied::{Allowing, principal};
use super::known::Known;
use crate::aws::error::passing::TIME_TO_LIVE_NEW;
use crate::aws::error::{AwsError, Class};
use crate::plan::{Blocked, Why};
use crate::resource::Kind;
use crate::resource::tags::IMAGES;
use crate::site_files::SiteError;

impl Error {
    /// What to do about it; each line can be acted on.
    pub fn help(&self) -> Vec<String> {
        match self {
            Self::Name(name) => vec![format!("choose a shorter `name:` or stage, or set `{}` in gallery.yaml", name.key)],
            Self::Aws(error) => aws_help(error),
            Self::NoLocalAws { .. } => vec![
                "`gallery-deploy dev` starts one; it prints the address to use".into(),
                "unset AWS_ENDPOINT_URL to work with AWS itself".into(),
            ],
            Self::Unreachable { endpoint: Some(_), .. } => vec!["check AWS_ENDPOINT_URL, the network and HTTPS_PROXY".into()],
            Self::Unreachable { unknown_host, .. } => {
                let region = unknown_host.then(|| "check `region:` in gallery.yaml, `--region` or AWS_REGION: a region that AWS does not have has no address".into());
                region.into_iter().chain(["check the network and HTTPS_PROXY".into()]).collect()
            }
            Self::LoginExpired { profile: Some(profile), .. } => vec![format!("run `aws sso login --profile {profile}`")],
            Self::LoginExpired { profile: None, .. } => vec!["run `aws sso login`".into()],
            Self::Deadline { last, .. } => {
                let mut help = last.as_ref().map(aws_help).unwrap_or_default();
                let later = last.as_ref().is_some_and(|error| TIME_TO_LIVE_NEW.holds(error));
                let when = if later { " in an hour" } else { "" };
                help.push(format!("run the same command again{when}: it goes on from here"));
                help
            }
            Self::NoRegion => vec!["set `region:` in gallery.yaml, AWS_REGION, or the region of the profile".into()],
            Self::BadRegion { .. } => vec!["set `region:` in gallery.yaml, or correct AWS_REGION or the profile".into()],
            Self::Endpoint(_) => vec![
                "set AWS_ENDPOINT_URL, which counts for all services, to http://HOST:PORT".into(),
                "or unset what names it: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_DYNAMODB, or `endpoint_url` in the profile".into(),
            ],
            Self::InDev { error, is_own } => dev_help(error, *is_own),
            Self::WrongAccount { .. } => {
                vec!["use credentials of that account (AWS_PROFILE), or correct `account:` in gallery.yaml".into()]
            }
            Self::Blocked { blocked } => blocked_help(blocked),
            Self::NoWayOut { flag, can_be, possible, .. } if possible.is_empty() => {
                vec![format!("leave `{flag}` out: nothing stands in the way that could be {can_be}")]
            }
            Self::NoWayOut { can_be, possible, .. } => vec![format!("what can be {can_be}: {}", possible.join(", "))],
            Self::Unconfirmed { flag, .. } => vec![format!("pass `{flag}`")],
            Self::Site(SiteError::TooLarge { .. }) => {
                vec!["make it smaller, or leave it out of the page: put it into a bucket of its own and link to it".into()]
            }
            Self::Site(SiteError::Changed { .. }) => vec!["run the same command again when nothing writes to it any more".into()],
            Self::Exists(_) => vec!["edit it, remove it, or name another file with `--file`".into()],
            Self::NotDeployed(_) | Self::NoLog(_) => vec!["`gallery-deploy up` deploys it".into()],
            Self::NoSuchOutput { outputs, .. } => vec![format!("outputs are: {outputs}")],
            Self::OtherRun { .. } | Self::Incomplete { other_run: true, .. } => {
                vec!["nothing was undone; when no other run is at work any more, the same command goes on from here".into()]
            }
            Self::Incomplete { .. } | Self::Interrupted(_) | Self::TimedOut { .. } => {
                vec!["nothing was undone; the same command goes on from here".into()]
            }
            Self::Bug(_) => vec!["this is a mistake of gallery-deploy: please report it with this text".into()],
            Self::IndexDiffers { .. } => vec!["`gallery-deploy reindex` repairs it".into()],
            Self::IndexIncomplete { .. } => vec!["run the same command again: what is right by now costs no call".into()],
            Self::Pending | Self::Drifted => vec!["`gallery-deploy up` makes AWS match gallery.yaml".into()],
            Self::NotConverged(_) => {
                vec![
                    "`gallery-deploy plan` shows what differs; if another run is at work, run the same command again after it"
                        .into(),
                ]
            }
            _ => Vec::new(),
        }
    }
}

/// The key of gallery.yaml that gives it another name.
const fn key_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::ImagesBucket | Kind::Notification => Some("`bucket:` of `images:`"),
        Kind::SiteBucket | Kind::Assets | Kind::Page => Some("`bucket:` of `site:`"),
        Kind::Table | Kind::Index => Some("`table:` of `index:`"),
        Kind::Role => Some("`role:` of `indexer:`"),
        Kind::Function | Kind::AsyncInvocation | Kind::LogGroup | Kind::Permission => Some("`function:` of `indexer:`"),
        Kind::User | Kind::Key => Some("`user:` of `client:`"),
    }
}

const WHOLE_POLICY: &str = "`gallery-deploy policy` prints every permission that this gallery takes";

/// Statements of a policy, to be pasted. What they allow and on what stand on lines of their own.
fn indented<'a>(statements: impl IntoIterator<Item = &'a str>) -> String {
    let lines: Vec<String> = statements
        .into_iter()
        .map(|statement| format!("        {}", statement.replace(",\"Resource\":", ",\n         \"Resource\":")))
        .collect();
    lines.join(",\n")
}

fn blocked_help(blocked: &[Blocked]) -> Vec<String> {
    let renamed: Vec<&Blocked> = blocked.iter().filter(|blocked| matches!(blocked.why, Why::Renamed { .. })).collect();
    let mut help = if renamed.is_empty() { Vec::new() } else { rename_help(&renamed) };
    help.extend(exchange_help(blocked));
    let any = |test: &dyn Fn(&Why) -> bool| blocked.iter().any(|blocked| test(&blocked.why));
    let needs_other_name = |blocked: &Blocked| {
        let by_itself =
            matches!(blocked.why, Why::Denied { .. } | Why::Encrypted(_) | Why::Protected | Why::AccountBlocksPublic(_));
        let has_a_name = matches!(blocked.why, Why::Renamed { .. } | Why::Exchanged { .. } | Why::NewerRelease { .. });
        !by_itself && !has_a_name && !blocked.skippable
    };
    if blocked.iter().any(needs_other_name) {
        let mut keys: Vec<&str> = blocked.iter().filter_map(|blocked| key_of(blocked.kind)).collect();
        keys.dedup();
        let keys = if keys.is_empty() { String::new() } else { format!(", or set {}", keys.join(", ")) };
        help.push(format!("nothing was changed. Choose another `name:`{keys} in gallery.yaml"));
    }
    let adoptable: Vec<String> =
        blocked.iter().filter_map(Blocked::adoptable).map(|target| format!("--adopt {target}")).collect();
    if !adoptable.is_empty() {
        help.push(format!(
            "or take over what has no owner: it is changed into the gallery's, and `down` deletes it: {}",
            adoptable.join(" ")
        ));
    }
    if any(&|why| matches!(why, Why::OtherPath(_))) {
        help.push(
            "nothing in IAM can be moved to another path: delete it, or set `role:` of `indexer:` or `user:` of `client:`".into(),
        );
    }
    if any(&|why| matches!(why, Why::OtherKeys(_))) {
        help.push("delete the table, if nobody needs it, or set `table:` of `index:`".into());
    }
    if any(&|why| matches!(why, Why::Denied { .. })) {
        let reads = "nothing was changed. What cannot be read may exist: let an administrator allow these reads";
        let missing: BTreeSet<&str> = blocked.iter().filter_map(|blocked| blocked.why.allow()).collect();
        if missing.is_empty() {
            help.push(reads.into());
        } else {
            help.push(format!("{reads} by adding to this identity\n{}", indented(missing)));
            help.push(WHOLE_POLICY.into());
        }
    }
    if any(&|why| matches!(why, Why::AccountBlocksPublic(_))) {
        help.push(
            "nothing was changed. Let an administrator switch these off for the account (`aws s3control put-public-access-block`), \
             or use an account that may publish"
                .into(),
        );
    }
    for blocked in blocked.iter().filter(|blocked| matches!(blocked.why, Why::Encrypted(_))) {
        let name = &blocked.name;
        help.push(format!(
            "nothing was changed. Let an administrator allow this identity `kms:Decrypt` on the function's key, or give it none: \
             `aws lambda update-function-configuration --function-name {name} --kms-key-arn \"\" --environment Variables={{}}`, and then run `up`"
        ));
    }
    if any(&|why| matches!(why, Why::NewerRelease { .. })) {
        help.push("nothing was changed. Use that release, or a later one".into());
    }
    if any(&|why| matches!(why, Why::Protected)) {
        help.push("set `index: { deletion_protection: false }` in gallery.yaml and run `gallery-deploy up` first".into());
    }
    let skippable: Vec<String> =
        blocked.iter().filter(|blocked| blocked.skippable).map(|blocked| format!("--skip {}", blocked.target())).collect();
    if skippable.len() == blocked.len() {
        let skippable = skippable.join(" ");
        help.push(format!("nothing was changed. To delete the rest and leave what stands in the way as it is: {skippable}"));
    }
    help
}

/// How to keep a name that is deployed.
fn to_keep(renamed: &[&Blocked]) -> String {
    let key = |blocked: &&Blocked| {
        let name = &blocked.name;
        match blocked.kind {
            Kind::ImagesBucket => format!("`images: {{ bucket: {name} }}`"),
            Kind::Table => format!("`index: {{ table: {name} }}`"),
            Kind::Role => format!("`indexer: {{ role: {name} }}`"),
            Kind::Function => format!("`indexer: {{ function: {name} }}`"),
            Kind::User => format!("`client: {{ user: {name} }}`"),
            _ => format!("`site: {{ bucket: {name} }}`"),
        }
    };
    let keys: Vec<String> = renamed.iter().map(key).collect();
    format!("nothing was changed. To keep what is deployed, write {} into gallery.yaml", keys.join(" and "))
}

/// How to keep a name that is deployed, and how to get another one all the same.
fn rename_help(renamed: &[&Blocked]) -> Vec<String> {
    let mut help = vec![
        to_keep(renamed),
        "to have the new name, run `gallery-deploy down` with the old one (the pictures stay), then `up` with the new one".into(),
    ];
    if let Some(Blocked { name, why: Why::Renamed { to }, .. }) =
        renamed.iter().find(|blocked| blocked.kind == Kind::ImagesBucket)
    {
        help.push(format!(
            "the pictures stay in the old bucket. To move them after that: `aws s3 sync s3://{name}/images/ s3://{to}/images/`"
        ));
    }
    help
}

/// Which bucket is which, in words for `gallery.yaml`.
fn exchange_help(blocked: &[Blocked]) -> Option<String> {
    let key = |blocked: &Blocked| match &blocked.why {
        Why::Exchanged { holds } if holds == IMAGES => Some(format!("`images: {{ bucket: {} }}`", blocked.name)),
        Why::Exchanged { .. } => Some(format!("`site: {{ bucket: {} }}`", blocked.name)),
        _ => None,
    };
    let keys: Vec<String> = blocked.iter().filter_map(key).collect();
    (!keys.is_empty()).then(|| format!("nothing was changed. Write {} into gallery.yaml", keys.join(" and ")))
}

/// The other commands would go to the real AWS, where a gallery of the same name may be. `is_own`: a store that `dev` can begin anew.
fn dev_help(error: &Error, is_own: bool) -> Vec<String> {
    let mut help = Vec::new();
    if let Error::Blocked { blocked } = error {
        let renamed: Vec<&Blocked> = blocked.iter().filter(|blocked| matches!(blocked.why, Why::Renamed { .. })).collect();
        if !renamed.is_empty() {
            help.push(to_keep(&renamed));
        }
    }
    help.push(if is_own {
        "to begin anew, without the pictures of earlier runs: `gallery-deploy dev --fresh`".into()
    } else {
        "use a local AWS that is empty, or delete from this one what stands in the way".into()
    });
    help
}

fn aws_help(error: &AwsError) -> Vec<String> {
    if let Some(known) = Known::of(error) {
        return known.help();
    }
    match (error.class, error.code.as_deref()) {
        (Class::Credentials, None) => {
            vec![
                "run `aws configure`, `aws sso login`, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".into(),
                "without an AWS account: `gallery-deploy dev` runs the gallery on this machine".into(),
            ]
        }
        (Class::Credentials, Some(_)) => vec!["check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".into()],
        // S7: the strictest of bucket, account and organization wins, and no call on the bucket shows which.
        (Class::Denied, _) if error.call == "s3:PutBucketPolicy" && error.message.to_lowercase().contains("block") => {
            vec!["Block Public Access is on for the whole account or organization: only its administrator can lift it".into()]
        }
        (Class::Denied, _) if error.message.contains("organization") || error.message.contains("service control policy") => {
            vec!["an organization policy forbids it; only its administrator can allow it".into()]
        }
        (Class::Denied, _) if error.message.contains("explicit deny") => {
            vec!["an explicit deny forbids it, and no other policy can allow it: only whoever set the deny can lift it".into()]
        }
        (Class::Denied, _) => match &error.allow {
            Some(Allowing { statement, needed }) => {
                let who = error.identity().map_or_else(|| "this identity".to_owned(), |arn| format!("`{}`", principal(arn)));
                let statement = indented([statement.as_str()]);
                vec![
                    format!("let an administrator add this statement to {who}\n{statement}"),
                    WHOLE_POLICY.into(),
                    format!("`gallery-deploy doctor` checks all {needed} needed permissions at once"),
                ]
            }
            None => vec![format!("let an administrator allow `{}` on `{}` for this identity", error.action(), error.resource)],
        },
        (Class::Network, _) => vec!["check the network, HTTPS_PROXY and AWS_ENDPOINT_URL".into()],
        (_, Some("ValidationException")) if TIME_TO_LIVE_NEW.holds(error) => vec![
            "DynamoDB changes the time to live of a table once an hour; until then rows of deleted pictures stay in the table, hidden".into(),
        ],
        (_, Some("UntrustedService")) => vec!["`gallery-deploy up` puts the trust policy back".into()],
        (_, Some("OperationAborted")) if error.call != "s3:CreateBucket" => {
            vec!["if another run is at work, run the same command again after it".into()]
        }
        (_, Some("OperationAborted")) => {
            vec!["a bucket of this name was deleted a short while ago; AWS frees the name within an hour. Run the same command again later".into()]
        }
        (_, Some("BucketAlreadyExists")) => {
            vec![format!(
                "bucket names are shared by everybody: give `{}` another name, with `images: {{ bucket: … }}` or `site: {{ bucket: … }}` in gallery.yaml",
                error.resource
            )]
        }
        (
            _,
            Some(
                "LimitExceeded"
                | "LimitExceededException"
                | "ServiceQuotaExceededException"
                | "TooManyBuckets"
                | "CodeStorageExceededException",
            ),
        ) => {
            vec!["a quota of the account is used up: ask AWS for more, or delete what is not needed".into()]
        }
        _ => Vec::new(),
    }
}
