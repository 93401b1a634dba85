//! The user whose key lies in the page.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{AccessKeyMetadata, AttachedPolicy, Group, StatusType};
use futures_util::future::try_join_all;
use futures_util::join;

use super::error::passing::{ENTITY_BUSY, ENTITY_IN_USE, of_entity};
use super::error::{AwsError, Named as _};
use super::role::{sdk_tags, tag_map};
use super::wait::{Progress, retry};
use super::{Aws, gone, if_shown, is_soon_ours, none_refused, optional, seen_optional};
use crate::error::Error;
use crate::plan::{Action, Change, Mark};
use crate::resource::Seen;
use crate::resource::compare::Field;
use crate::resource::policy::Policy;
use crate::resource::tags::TagMap;
use crate::resource::user::{AccessKey, Observed, User, is_quarantine};

/// Reads the user and all that is attached to it, at once. `policies` are the names of the inline policies that are ours: their text is read, too.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, name: &str, policies: &[&str]) -> Result<Seen<Observed>, AwsError> {
    let iam = &aws.iam;
    let (user, names, texts, attached, groups, keys) = join!(
        async { iam.get_user().user_name(name).send().await.named("iam:GetUser", name) },
        list_inline(aws, name),
        try_join_all(policies.iter().map(|policy| read_policy(aws, name, policy))),
        list_attached(aws, name),
        list_groups(aws, name),
        list_keys(aws, name),
    );
    let read = || -> Result<Option<Observed>, AwsError> {
        none_refused([
            user.as_ref().err(),
            names.as_ref().err(),
            texts.as_ref().err(),
            attached.as_ref().err(),
            groups.as_ref().err(),
            keys.as_ref().err(),
        ])?;
        let Some(user) = user?.user else { return Ok(None) };
        let mut policies: BTreeMap<String, Policy> = texts?.into_iter().flatten().collect();
        for extra in names? {
            // Its text does not matter: it goes.
            policies.entry(extra).or_insert_with(|| Policy::new(serde_json::Value::Null));
        }
        Ok(Some(Observed {
            tags: tag_map(user.tags()),
            boundary: user.permissions_boundary().and_then(|it| it.permissions_boundary_arn()).map(ToOwned::to_owned),
            path: user.path,
            policies,
            attached: attached?,
            groups: groups?,
            keys: keys?,
        }))
    };
    seen_optional(read())
}

async fn read_policy(aws: &Aws, user: &str, policy: &str) -> Result<Option<(String, Policy)>, AwsError> {
    let output = aws.iam.get_user_policy().user_name(user).policy_name(policy).send().await;
    let output = optional(output.named("iam:GetUserPolicy", user))?;
    Ok(output.and_then(|output| Policy::parse(&output.policy_document).ok()).map(|document| (policy.to_owned(), document)))
}

/// Names of the user's inline policies. All lists are read to their end: IAM may cut any page short.
async fn list_inline(aws: &Aws, user: &str) -> Result<Vec<String>, AwsError> {
    let pages = aws.iam.list_user_policies().user_name(user).into_paginator().items().send();
    pages.collect::<Result<_, _>>().await.named("iam:ListUserPolicies", user)
}

/// ARNs of the managed policies that are attached to the user.
async fn list_attached(aws: &Aws, user: &str) -> Result<Vec<String>, AwsError> {
    let pages = aws.iam.list_attached_user_policies().user_name(user).into_paginator().items().send();
    let policies: Vec<AttachedPolicy> = pages.collect::<Result<_, _>>().await.named("iam:ListAttachedUserPolicies", user)?;
    Ok(policies.into_iter().filter_map(|policy| policy.policy_arn).collect())
}

async fn list_groups(aws: &Aws, user: &str) -> Result<Vec<String>, AwsError> {
    let pages = aws.iam.list_groups_for_user().user_name(user).into_paginator().items().send();
    let groups: Vec<Group> = pages.collect::<Result<_, _>>().await.named("iam:ListGroupsForUser", user)?;
    Ok(groups.into_iter().map(|group| group.group_name).collect())
}

/// The user's access keys.
///
/// # Errors
/// What IAM refuses.
pub(super) async fn list_keys(aws: &Aws, user: &str) -> Result<Vec<AccessKey>, AwsError> {
    let pages = aws.iam.list_access_keys().user_name(user).into_paginator().items().send();
    let keys: Vec<AccessKeyMetadata> = pages.collect::<Result<_, _>>().await.named("iam:ListAccessKeys", user)?;
    let key = |key: AccessKeyMetadata| AccessKey {
        active: key.status() == Some(&StatusType::Active),
        id: key.access_key_id.unwrap_or_default(),
    };
    Ok(keys.into_iter().map(key).collect())
}

/// Creates the user or changes what the plan names; takes away what is extra.
///
/// # Errors
/// What IAM refuses for good.
pub async fn put(aws: &Aws, want: &User, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    let (iam, name) = (&aws.iam, want.name.as_str());
    if change.action == Action::Create {
        let request = iam.create_user().user_name(name).path(&want.path).set_tags(Some(sdk_tags(want.tags.at_birth())?));
        let call = async || request.clone().send().await.named("iam:CreateUser", name);
        match retry(progress, &[ENTITY_BUSY], call).await {
            Ok(_) => {}
            // The answer to an earlier attempt was lost (G3).
            Err(Error::Aws(error))
                if error.already_exists() && is_soon_ours(progress, async || is_ours(aws, want).await).await? => {}
            Err(error) => return Err(error),
        }
    }
    if change.adopts() {
        put_tags(aws, name, want.tags.at_birth(), progress).await?;
    }
    if change.touches(Field::InlinePolicies) {
        put_policies(aws, want, change, progress).await?;
    }
    if change.action == Action::Update {
        if change.touches(Field::AttachedPolicies) {
            let detach_all = async || {
                // AWS's own quarantine is for the account's owner to lift.
                let mut attached = list_attached(aws, name).await?;
                attached.retain(|arn| !is_quarantine(arn));
                detach(aws, name, &attached).await
            };
            retry(progress, &[ENTITY_BUSY], detach_all).await?;
        }
        if change.touches(Field::Groups) {
            let leave_all = async || leave_groups(aws, name, &list_groups(aws, name).await?).await;
            retry(progress, &[ENTITY_BUSY], leave_all).await?;
        }
    }
    progress.reach(Mark::Settled);
    let removed = change.removed_tags();
    if !removed.is_empty() {
        let request = iam.untag_user().user_name(name).set_tag_keys(Some(removed));
        let call = async || request.clone().send().await.named("iam:UntagUser", name);
        retry(progress, of_entity(change.action), call).await?;
    }
    if change.touches_tags() {
        put_tags(aws, name, &want.tags.all(), progress).await?;
    }
    Ok(())
}

/// Adds and changes tags; others stay.
async fn put_tags(aws: &Aws, name: &str, tags: &TagMap, progress: Progress<'_>) -> Result<(), Error> {
    let tags = sdk_tags(tags)?;
    let call = async || aws.iam.tag_user().user_name(name).set_tags(Some(tags.clone())).send().await.named("iam:TagUser", name);
    retry(progress, of_entity(progress.subject.action), call).await?;
    Ok(())
}

async fn is_ours(aws: &Aws, want: &User) -> Result<Option<bool>, AwsError> {
    let seen = observe(aws, &want.name, &[]).await?;
    Ok(if_shown(&seen, |user| user.path == want.path && want.tags.owns(&user.tags)))
}

/// Writes the inline policies that differ, and deletes what is extra.
async fn put_policies(aws: &Aws, want: &User, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    let name = want.name.as_str();
    let differing = change.entries(Field::InlinePolicies, |before, after| before != after);
    let is_wanted = |policy: &&String| change.action == Action::Create || differing.contains(*policy);
    for policy in want.settings.policies.keys().filter(is_wanted) {
        let document = want.settings.policies[policy].to_json();
        let call = async || {
            let request = aws.iam.put_user_policy().user_name(name).policy_name(policy).policy_document(&document);
            request.send().await.named("iam:PutUserPolicy", name)
        };
        retry(progress, of_entity(change.action), call).await?;
    }
    for extra in change.entries(Field::InlinePolicies, |_, after| after.is_none()) {
        let call = async || {
            let request = aws.iam.delete_user_policy().user_name(name).policy_name(&extra);
            gone(request.send().await.named("iam:DeleteUserPolicy", name))
        };
        retry(progress, &[ENTITY_BUSY], call).await?;
    }
    Ok(())
}

/// Detaches managed policies.
async fn detach(aws: &Aws, name: &str, policies: &[String]) -> Result<(), AwsError> {
    for arn in policies {
        let request = aws.iam.detach_user_policy().user_name(name).policy_arn(arn);
        gone(request.send().await.named("iam:DetachUserPolicy", name))?;
    }
    Ok(())
}

async fn leave_groups(aws: &Aws, name: &str, groups: &[String]) -> Result<(), AwsError> {
    for group in groups {
        let request = aws.iam.remove_user_from_group().user_name(name).group_name(group);
        gone(request.send().await.named("iam:RemoveUserFromGroup", name))?;
    }
    Ok(())
}

/// Deletes the user: its keys first, so that nobody writes any more, then all else that hangs on it (I4).
///
/// # Errors
/// What IAM refuses for good.
pub async fn delete(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), Error> {
    match retry(progress, &[ENTITY_BUSY], async || strip(aws, name, progress).await).await {
        Err(Error::Aws(error)) if error.is_not_found() => return Ok(()),
        other => other?,
    }
    let mut conflicts = 0;
    let call = async || match gone(aws.iam.delete_user().user_name(name).send().await.named("iam:DeleteUser", name)) {
        Err(error) if error.is_of_what_hangs_on_it() => {
            conflicts += 1;
            let stripped = async {
                strip(aws, name, progress).await?;
                // The first time it may be lag (I4); then it is something that a person added in the console.
                if conflicts > 1 { strip_login(aws, name).await } else { Ok(()) }
            };
            match stripped.await {
                // Gone meanwhile: another run deletes it, too.
                Err(gone) if gone.is_not_found() => Ok(()),
                other => other.and(Err(error)),
            }
        }
        other => other,
    };
    retry(progress, &[ENTITY_IN_USE, ENTITY_BUSY], call).await
}

/// What every client user has, and what is easily added.
async fn strip(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), AwsError> {
    let iam = &aws.iam;
    let (keys, policies, attached, groups) =
        join!(list_keys(aws, name), list_inline(aws, name), list_attached(aws, name), list_groups(aws, name));
    for key in keys? {
        gone(iam.delete_access_key().user_name(name).access_key_id(&key.id).send().await.named("iam:DeleteAccessKey", name))?;
    }
    // Nobody writes with them any more.
    progress.reach(Mark::Effective);
    for policy in policies? {
        gone(iam.delete_user_policy().user_name(name).policy_name(policy).send().await.named("iam:DeleteUserPolicy", name))?;
    }
    detach(aws, name, &attached?).await?;
    leave_groups(aws, name, &groups?).await
}

/// The rarer things that keep a user from being deleted: a password, certificates, SSH keys, service credentials, MFA devices.
async fn strip_login(aws: &Aws, name: &str) -> Result<(), AwsError> {
    let iam = &aws.iam;
    gone(iam.delete_login_profile().user_name(name).send().await.named("iam:DeleteLoginProfile", name))?;
    let certificates = iam.list_signing_certificates().user_name(name).send().await.named("iam:ListSigningCertificates", name)?;
    for certificate in certificates.certificates() {
        let request = iam.delete_signing_certificate().user_name(name).certificate_id(certificate.certificate_id());
        gone(request.send().await.named("iam:DeleteSigningCertificate", name))?;
    }
    let ssh = iam.list_ssh_public_keys().user_name(name).send().await.named("iam:ListSSHPublicKeys", name)?;
    for key in ssh.ssh_public_keys() {
        let request = iam.delete_ssh_public_key().user_name(name).ssh_public_key_id(key.ssh_public_key_id());
        gone(request.send().await.named("iam:DeleteSSHPublicKey", name))?;
    }
    let services =
        iam.list_service_specific_credentials().user_name(name).send().await.named("iam:ListServiceSpecificCredentials", name)?;
    for credential in services.service_specific_credentials() {
        let request = iam.delete_service_specific_credential().user_name(name);
        let request = request.service_specific_credential_id(credential.service_specific_credential_id());
        gone(request.send().await.named("iam:DeleteServiceSpecificCredential", name))?;
    }
    let devices = iam.list_mfa_devices().user_name(name).send().await.named("iam:ListMFADevices", name)?;
    for device in devices.mfa_devices() {
        let request = iam.deactivate_mfa_device().user_name(name).serial_number(device.serial_number());
        gone(request.send().await.named("iam:DeactivateMFADevice", name))?;
    }
    Ok(())
}
