//! The indexer's role.

use aws_sdk_iam::types::{AttachedPolicy, InstanceProfile, Tag};
use futures_util::join;

use super::error::passing::{ENTITY_BUSY, ENTITY_IN_USE, ENTITY_NEW, ROLE_NEW, of_entity};
use super::error::{AwsError, Named as _};
use super::wait::{Progress, Shown, retry};
use super::{Aws, built, gone, if_shown, is_soon_ours, none_refused, optional, seen_optional};
use crate::error::Error;
use crate::plan::{Action, Change, Mark};
use crate::resource::Seen;
use crate::resource::compare::Field;
use crate::resource::policy::Policy;
use crate::resource::role::{Observed, POLICY_NAME, Role, StandIn, trusts_lambda};
use crate::resource::tags::TagMap;

/// Reads the role, all at once.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, name: &str) -> Result<Seen<Observed>, AwsError> {
    let iam = &aws.iam;
    let (role, policy, inline, attached) = join!(
        async { iam.get_role().role_name(name).send().await.named("iam:GetRole", name) },
        async { iam.get_role_policy().role_name(name).policy_name(POLICY_NAME).send().await.named("iam:GetRolePolicy", name) },
        inline_policies(aws, name),
        attached_policies(aws, name),
    );
    let read = || -> Result<Option<Observed>, AwsError> {
        none_refused([role.as_ref().err(), policy.as_ref().err(), inline.as_ref().err(), attached.as_ref().err()])?;
        let Some(role) = role?.role else { return Ok(None) };
        let other_policies = inline?.into_iter().filter(|inline| inline != POLICY_NAME);
        let attached = attached?.into_iter().filter_map(|policy| policy.policy_arn);
        Ok(Some(Observed {
            tags: tag_map(role.tags()),
            boundary: role.permissions_boundary().and_then(|it| it.permissions_boundary_arn()).map(ToOwned::to_owned),
            trust: role.assume_role_policy_document().and_then(|text| Policy::parse(text).ok()),
            policy: optional(policy)?.and_then(|output| Policy::parse(&output.policy_document).ok()),
            other_policies: other_policies.chain(attached).collect(),
            path: role.path,
            id: role.role_id,
        }))
    };
    seen_optional(read())
}

/// The names of the role's own policies. All pages are read: IAM may cut any of them short.
async fn inline_policies(aws: &Aws, name: &str) -> Result<Vec<String>, AwsError> {
    let pages = aws.iam.list_role_policies().role_name(name).into_paginator().items().send();
    pages.collect::<Result<_, _>>().await.named("iam:ListRolePolicies", name)
}

async fn attached_policies(aws: &Aws, name: &str) -> Result<Vec<AttachedPolicy>, AwsError> {
    let pages = aws.iam.list_attached_role_policies().role_name(name).into_paginator().items().send();
    pages.collect::<Result<_, _>>().await.named("iam:ListAttachedRolePolicies", name)
}

/// Creates the role or changes what the plan names.
///
/// # Errors
/// What IAM refuses for good.
pub async fn put(aws: &Aws, want: &Role, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    let (iam, name) = (&aws.iam, want.name.as_str());
    let trust = want.settings.trust.to_json();
    if change.action == Action::Create {
        create(aws, want, progress).await?;
    }
    if change.adopts() {
        put_tags(aws, name, want.tags.at_birth(), progress).await?;
    }
    if change.action == Action::Update && change.touches(Field::TrustPolicy) {
        let call = async || {
            let request = iam.update_assume_role_policy().role_name(name).policy_document(&trust);
            request.send().await.named("iam:UpdateAssumeRolePolicy", name)
        };
        retry(progress, of_entity(change.action), call).await?;
    }
    progress.reach(Mark::Effective);
    if change.touches(Field::InlinePolicies) {
        put_policy(aws, want, change.action, progress).await?;
    }
    progress.reach(Mark::Settled);
    let removed = change.removed_tags();
    if !removed.is_empty() {
        let request = iam.untag_role().role_name(name).set_tag_keys(Some(removed));
        let call = async || request.clone().send().await.named("iam:UntagRole", name);
        retry(progress, of_entity(change.action), call).await?;
    }
    if change.touches_tags() {
        put_tags(aws, name, &want.tags.all(), progress).await?;
    }
    Ok(())
}

async fn create(aws: &Aws, want: &Role, progress: Progress<'_>) -> Result<(), Error> {
    let name = want.name.as_str();
    let request = aws.iam.create_role().role_name(name).path(&want.path);
    let request = request.assume_role_policy_document(want.settings.trust.to_json());
    let request = request.set_tags(Some(sdk_tags(want.tags.at_birth())?));
    let call = async || request.clone().send().await.named("iam:CreateRole", name);
    match retry(progress, &[ENTITY_BUSY], call).await {
        // The answer to an earlier attempt was lost (G3).
        Err(Error::Aws(error)) if error.already_exists() && is_soon_ours(progress, async || is_ours(aws, want).await).await? => {
            Ok(())
        }
        other => {
            if let Some(role) = other?.role {
                progress.tell_id(role.role_id);
            }
            Ok(())
        }
    }
}

async fn put_policy(aws: &Aws, want: &Role, action: Action, progress: Progress<'_>) -> Result<(), Error> {
    let (name, document) = (want.name.as_str(), want.settings.policy.to_json());
    let call = async || {
        let request = aws.iam.put_role_policy().role_name(name).policy_name(POLICY_NAME).policy_document(&document);
        request.send().await.named("iam:PutRolePolicy", name)
    };
    retry(progress, of_entity(action), call).await?;
    Ok(())
}

/// Makes a role that only stands in for another for a moment; one that a cut-off run has left serves as well.
///
/// # Errors
/// What IAM refuses for good.
pub(super) async fn put_stand_in(aws: &Aws, want: &Role, progress: Progress<'_>) -> Result<(), Error> {
    // It is new, whatever the change is about.
    let progress = Progress { shown: &Shown::default(), ..progress };
    create(aws, want, progress).await?;
    put_policy(aws, want, Action::Create, progress).await
}

/// Deletes the role that stood in for another, if it is there and ours.
///
/// # Errors
/// What IAM refuses for good.
pub async fn delete_stand_in(aws: &Aws, stand_in: &StandIn, progress: Progress<'_>) -> Result<(), Error> {
    let is_ours = observe(aws, &stand_in.name).await?.present().is_some_and(|role| stand_in.is(role));
    if is_ours { delete(aws, &stand_in.name, progress).await } else { Ok(()) }
}

/// The unique id of the role, which this run may have made a moment ago.
pub(super) async fn read_id(aws: &Aws, arn: &str, progress: Progress<'_>) -> Result<String, Error> {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    let call = async || aws.iam.get_role().role_name(name).send().await.named("iam:GetRole", name);
    let output = retry(progress, &[ENTITY_NEW], call).await?;
    Ok(output.role.map(|role| role.role_id).unwrap_or_default())
}

/// Adds and changes tags; others stay.
async fn put_tags(aws: &Aws, name: &str, tags: &TagMap, progress: Progress<'_>) -> Result<(), Error> {
    let tags = sdk_tags(tags)?;
    let call = async || aws.iam.tag_role().role_name(name).set_tags(Some(tags.clone())).send().await.named("iam:TagRole", name);
    retry(progress, of_entity(progress.subject.action), call).await?;
    Ok(())
}

async fn is_ours(aws: &Aws, want: &Role) -> Result<Option<bool>, AwsError> {
    Ok(if_shown(&observe(aws, &want.name).await?, |role| role.path == want.path && want.tags.owns(&role.tags)))
}

/// What Lambda says of a role that is too new, it says of a wrong trust policy for ever (L1): so the role is looked at, once, before
/// anybody waits.
pub(super) struct RoleCheck<'a> {
    arn: &'a str,
    done: bool,
}

impl<'a> RoleCheck<'a> {
    pub(super) const fn new(arn: &'a str) -> Self {
        Self { arn, done: false }
    }

    /// The error itself; when Lambda complains of a role that does not trust it, another one, that does not pass; of a role that is not there, that.
    pub(super) async fn explain(&mut self, aws: &Aws, error: AwsError) -> AwsError {
        if self.done || !ROLE_NEW.holds(&error) {
            return error;
        }
        let name = self.arn.rsplit('/').next().unwrap_or(self.arn);
        let role = match aws.iam.get_role().role_name(name).send().await.named("iam:GetRole", name) {
            // It was there when its own change was done, or when this run looked: not known everywhere yet (I1), or deleted since.
            Err(absent) if absent.is_not_found() => return absent,
            role => role,
        };
        self.done = true;
        // What cannot be read may be right.
        let Some(trust) = role.ok().and_then(|output| output.role?.assume_role_policy_document) else { return error };
        if Policy::parse(&trust).is_ok_and(|trust| trusts_lambda(&trust)) {
            return error;
        }
        let message = format!("{} Its trust policy does not name lambda.amazonaws.com: {}", error.message, self.arn);
        AwsError { code: Some("UntrustedService".into()), message, ..error }
    }
}

/// Deletes the role with all that hangs on it, whoever put it there (I4), when nobody takes it on any more.
///
/// # Errors
/// What IAM refuses for good.
pub async fn delete(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), Error> {
    let hangs_on_it = match retry(progress, &[ENTITY_BUSY], async || HangsOnIt::list(aws, name).await).await {
        Err(Error::Aws(error)) if error.is_not_found() => return Ok(()),
        other => other?,
    };
    progress.commit().await?;
    retry(progress, &[ENTITY_BUSY], async || hangs_on_it.detach(aws, name).await).await?;
    let call = async || match gone(aws.iam.delete_role().role_name(name).send().await.named("iam:DeleteRole", name)) {
        // Gone meanwhile: another run deletes it, too.
        Err(error) if error.is_of_what_hangs_on_it() => match HangsOnIt::list_and_detach(aws, name).await {
            Err(gone) if gone.is_not_found() => Ok(()),
            other => other.and(Err(error)),
        },
        other => other,
    };
    retry(progress, &[ENTITY_IN_USE, ENTITY_BUSY], call).await
}

/// What keeps a role from being deleted.
struct HangsOnIt {
    inline: Vec<String>,
    attached: Vec<AttachedPolicy>,
    profiles: Vec<InstanceProfile>,
}

impl HangsOnIt {
    async fn list(aws: &Aws, name: &str) -> Result<Self, AwsError> {
        let profiles = aws.iam.list_instance_profiles_for_role().role_name(name).into_paginator().items().send();
        let (inline, attached, profiles) =
            join!(inline_policies(aws, name), attached_policies(aws, name), profiles.collect::<Result<_, _>>());
        let profiles = profiles.named("iam:ListInstanceProfilesForRole", name)?;
        Ok(Self { inline: inline?, attached: attached?, profiles })
    }

    async fn list_and_detach(aws: &Aws, name: &str) -> Result<(), AwsError> {
        Self::list(aws, name).await?.detach(aws, name).await
    }

    async fn detach(&self, aws: &Aws, name: &str) -> Result<(), AwsError> {
        let iam = &aws.iam;
        for policy in &self.inline {
            gone(iam.delete_role_policy().role_name(name).policy_name(policy).send().await.named("iam:DeleteRolePolicy", name))?;
        }
        for policy in &self.attached {
            let request = iam.detach_role_policy().role_name(name).set_policy_arn(policy.policy_arn.clone());
            gone(request.send().await.named("iam:DetachRolePolicy", name))?;
        }
        for profile in &self.profiles {
            let request = iam.remove_role_from_instance_profile().role_name(name);
            let request = request.instance_profile_name(profile.instance_profile_name());
            gone(request.send().await.named("iam:RemoveRoleFromInstanceProfile", name))?;
        }
        Ok(())
    }
}

pub(super) fn tag_map(tags: &[Tag]) -> TagMap {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

pub(super) fn sdk_tags(tags: &TagMap) -> Result<Vec<Tag>, Error> {
    tags.iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build())).collect()
}
