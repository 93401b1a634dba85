//! Buckets: observed in one round of parallel reads, changed serially (S3: parallel writes to one bucket are refused).

use aws_sdk_s3::types::{
    BucketCannedAcl, BucketLocationConstraint, BucketVersioningStatus, CorsConfiguration, CreateBucketConfiguration,
    OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule, VersioningConfiguration,
};
use futures_util::future::LocalBoxFuture;
use futures_util::join;

use super::error::passing::{BUCKET_BUSY, BUCKET_NAME_BUSY, POLICY_BLOCKED, of_bucket};
use super::error::{AwsError, Class, Named as _};
use super::wait::{Progress, retry};
use super::{Aws, bucket_tags, built, cors, gone, is_soon_ours, lifecycle, none_refused, optional, seen};
use crate::error::Error;
use crate::plan::{Action, Change, Mark};
use crate::resource::bucket::{Bucket, Observed, PublicAccessBlock};
use crate::resource::compare::Field;
use crate::resource::policy::Policy;
use crate::resource::tags::{DESIRED, TagMap};
use crate::resource::{Seen, Unreadable};

/// What is read of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything that is managed of a bucket whose versioning is not: one call less.
    Unversioned,
    Versioned,
}

/// Reads a bucket's settings, all at once.
///
/// Its tags tell whether it is there: every call on a bucket that is not, that is another account's or that lies in another region says so (S5), and a
/// `HeadBucket` would say no more.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, name: &str, extent: Extent) -> Result<Seen<Observed>, AwsError> {
    let (s3, account) = (&aws.s3, &aws.account);
    macro_rules! read {
        ($method:ident, $action:literal) => {
            async { s3.$method().bucket(name).expected_bucket_owner(account).send().await.named($action, name) }
        };
    }
    let versioned = async {
        match extent {
            Extent::Unversioned => Ok(false),
            Extent::Versioned => {
                let output = read!(get_bucket_versioning, "s3:GetBucketVersioning").await;
                output.map(|output| output.status() == Some(&BucketVersioningStatus::Enabled))
            }
        }
    };
    let (tags, access, ownership, encryption, versioning, rules, cors, policy) = join!(
        bucket_tags::get(aws, name),
        read!(get_public_access_block, "s3:GetBucketPublicAccessBlock"),
        read!(get_bucket_ownership_controls, "s3:GetBucketOwnershipControls"),
        read!(get_bucket_encryption, "s3:GetEncryptionConfiguration"),
        versioned,
        read!(get_bucket_lifecycle_configuration, "s3:GetLifecycleConfiguration"),
        read!(get_bucket_cors, "s3:GetBucketCORS"),
        read!(get_bucket_policy, "s3:GetBucketPolicy"),
    );
    // Another account's bucket refuses every read; one of ours answers those that this identity may make (S5), or says that it lacks the right.
    if refuses(&tags) && refuses(&cors) && refuses(&policy) {
        return Ok(Seen::Unknown(Unreadable::OtherAccount));
    }
    let tags = match tags {
        Err(error) => bucket_tags::again(aws, name, error).await,
        tags => tags,
    };
    let reads = [
        tags.as_ref().err(),
        access.as_ref().err(),
        ownership.as_ref().err(),
        encryption.as_ref().err(),
        versioning.as_ref().err(),
        rules.as_ref().err(),
        cors.as_ref().err(),
        policy.as_ref().err(),
    ];
    if let Err(refusal) = none_refused(reads) {
        return seen(Err(refusal));
    }
    // Reads shortly after a bucket was made or deleted disagree (S4): what has no settings yet, or no more, is not there.
    if [tags.as_ref().err(), policy.as_ref().err(), cors.as_ref().err()].into_iter().flatten().any(AwsError::is_of_no_bucket) {
        return Ok(Seen::Absent);
    }
    let read = || -> Result<Observed, AwsError> {
        let policy = optional(policy)?.and_then(|output| output.policy);
        let rules = optional(rules)?;
        Ok(Observed {
            tags: optional(tags)?.unwrap_or_default(),
            public_access: optional(access)?
                .and_then(|output| output.public_access_block_configuration)
                .map_or(PublicAccessBlock::NONE, public_access),
            ownership: optional(ownership)?
                .and_then(|output| output.ownership_controls)
                .and_then(|controls| ownership_of(&controls)),
            // S3 encrypts so whatever nobody has decided otherwise for.
            encryption: match optional(encryption)?.and_then(|output| output.server_side_encryption_configuration) {
                Some(configuration) => encryption_of(&configuration),
                None => Some(ServerSideEncryption::Aes256.as_str().to_owned()),
            },
            versioning: versioning?,
            other_rules: rules.as_ref().map(|output| lifecycle::other_rules(output.rules())).unwrap_or_default(),
            lifecycle: rules.map(|output| lifecycle::our_rules(output.rules())).unwrap_or_default(),
            cors: optional(cors)?.map(|output| cors::rules(output.cors_rules())).unwrap_or_default(),
            // What is no JSON is no policy of ours: it differs, and is replaced.
            policy: policy.map(|text| Policy::parse(&text).unwrap_or_else(|_| Policy::new(text.into()))),
        })
    };
    seen(read())
}

fn refuses<T>(answer: &Result<T, AwsError>) -> bool {
    answer.as_ref().is_err_and(|error| error.class == Class::Denied && !error.is_lack_of_own_right())
}

/// Creates the bucket or writes the settings that the plan names, one after the other, the hash of them last.
///
/// # Errors
/// What S3 refuses for good.
pub async fn put(aws: &Aws, want: &Bucket, change: &Change, region: &str, progress: Progress<'_>) -> Result<(), Error> {
    let new = change.action == Action::Create && create(aws, want, region, progress).await?;
    if change.adopts() {
        // What lies in it is written when it is known as ours.
        let live = bucket_tags::read_known(aws, &want.name, progress).await?;
        bucket_tags::put(aws, &want.name, live, &[], want.tags.at_birth(), progress).await?;
    }
    progress.reach(Mark::Effective);
    let mut writes = writes(aws, want, change, new, progress)?;
    let last = writes.pop();
    for write in writes {
        write.await?;
    }
    let last = async { if let Some(last) = last { last.await } else { Ok(()) } };
    let live = async {
        match change.touches_tags() {
            // Made with these a moment ago.
            true if new => Ok(want.tags.at_birth().clone()),
            true => bucket_tags::read_known(aws, &want.name, progress).await,
            false => Ok(TagMap::new()),
        }
    };
    // Read beside the last write, which is one call less to wait for.
    let (live, written) = join!(live, last);
    written?;
    progress.reach(Mark::Settled);
    if change.touches_tags() {
        bucket_tags::put(aws, &want.name, live?, &change.removed_tags(), &want.tags.all(), progress).await?;
    }
    Ok(())
}

/// The writes of the settings that differ, in their order. What a `new` bucket has by itself is not written.
fn writes<'a>(
    aws: &'a Aws,
    want: &'a Bucket,
    change: &'a Change,
    new: bool,
    progress: Progress<'a>,
) -> Result<Vec<LocalBoxFuture<'a, Result<(), Error>>>, Error> {
    let (s3, name, account, settings) = (&aws.s3, want.name.as_str(), aws.account.as_str(), &want.settings);
    let update = change.action == Action::Update;
    let mut writes: Vec<LocalBoxFuture<'a, Result<(), Error>>> = Vec::new();
    macro_rules! write {
        ($method:ident, $action:literal, $field:ident = $value:expr) => {{
            let value = $value;
            writes.push(Box::pin(async move {
                let call = async || {
                    let _turn = progress.bucket(name).await;
                    let request = s3.$method().bucket(name).expected_bucket_owner(account).$field(value.clone());
                    request.send().await.named($action, name)
                };
                retry(progress, of_bucket(change.action), call).await.map(drop)
            }));
        }};
    }
    // What decides about who may read comes first: what fails after that must not leave a bucket open that somebody has opened.
    // A policy that is not ours must not become public in the moment between the two.
    if update && change.touches(Field::PublicAccess) && change.touches(Field::Policy) {
        writes.push(Box::pin(delete_policy(aws, name, progress)));
    }
    if change.touches(Field::PublicAccess) {
        writes.push(Box::pin(put_public_access(aws, name, settings.public_access, progress)));
    }
    if update && change.touches(Field::Policy) {
        writes.push(Box::pin(put_policy(aws, want, change, progress)));
    }
    if change.touches(Field::Ownership) && !new {
        writes.push(Box::pin(put_ownership(aws, want, change, progress)));
    }
    if change.touches(Field::Encryption) && !new {
        let default = built(
            ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::from(settings.encryption)).build(),
        )?;
        let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build();
        let configuration = built(ServerSideEncryptionConfiguration::builder().rules(rule).build())?;
        write!(put_bucket_encryption, "s3:PutEncryptionConfiguration", server_side_encryption_configuration = configuration);
    }
    // A bucket that shall have no versions has none when it is made: versioning can be suspended, never switched off.
    let versioning = settings.versioning.filter(|on| *on || update);
    if let Some(on) = versioning.filter(|_| change.touches(Field::Versioning)) {
        let status = if on { BucketVersioningStatus::Enabled } else { BucketVersioningStatus::Suspended };
        let configuration = VersioningConfiguration::builder().status(status).build();
        write!(put_bucket_versioning, "s3:PutBucketVersioning", versioning_configuration = configuration);
    }
    if change.touches(Field::Lifecycle) {
        writes.push(Box::pin(lifecycle::put(aws, name, &settings.lifecycle, new, progress)));
    }
    if change.touches(Field::Cors) {
        if !settings.cors.is_empty() {
            let rules = settings.cors.iter().map(cors::sdk_rule).collect::<Result<Vec<_>, _>>()?;
            let configuration = built(CorsConfiguration::builder().set_cors_rules(Some(rules)).build())?;
            write!(put_bucket_cors, "s3:PutBucketCORS", cors_configuration = configuration);
        } else if update {
            writes.push(Box::pin(cors::delete(aws, name, progress)));
        }
    }
    // A new bucket is opened when everything else is right.
    if !update && change.touches(Field::Policy) && !(new && settings.policy.is_none()) {
        writes.push(Box::pin(put_policy(aws, want, change, progress)));
    }
    Ok(writes)
}

/// Switches all of Block Public Access on and takes the public policy and the CORS rules away; last goes the record of what was applied. A bucket
/// that another run has deleted meanwhile is closed.
///
/// # Errors
/// What S3 refuses for good.
pub async fn close(aws: &Aws, name: &str, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    match close_settings(aws, name, change, progress).await {
        Err(Error::Aws(error)) if error.is_not_found() => Ok(()),
        other => other,
    }
}

async fn close_settings(aws: &Aws, name: &str, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    // Each of the two closes the bucket by itself: where an organization forbids the one, the other is what is left.
    let blocked = if change.touches(Field::PublicAccess) {
        put_public_access(aws, name, PublicAccessBlock::ALL, progress).await
    } else {
        Ok(())
    };
    if blocked.as_ref().is_err_and(|error| !error.is_denied()) {
        return blocked;
    }
    if change.touches(Field::Policy) {
        delete_policy(aws, name, progress).await?;
    }
    let cors = async { if change.touches(Field::Cors) { cors::delete(aws, name, progress).await } else { Ok(()) } };
    let live = async { if change.touches(Field::Applied) { bucket_tags::read(aws, name).await } else { Ok(TagMap::new()) } };
    let (live, closed) = join!(live, cors);
    blocked.and(closed)?;
    progress.reach(Mark::Settled);
    if change.touches(Field::Applied) {
        bucket_tags::put(aws, name, live?, &[DESIRED.to_owned()], &TagMap::new(), progress).await?;
    }
    Ok(())
}

/// Writes Block Public Access of the bucket.
///
/// # Errors
/// What S3 refuses for good.
pub(super) async fn put_public_access(
    aws: &Aws,
    name: &str,
    want: PublicAccessBlock,
    progress: Progress<'_>,
) -> Result<(), Error> {
    let block = public_access_block(want);
    let call = async || {
        let _turn = progress.bucket(name).await;
        let request = aws.s3.put_public_access_block().bucket(name).expected_bucket_owner(&aws.account);
        request.public_access_block_configuration(block.clone()).send().await.named("s3:PutBucketPublicAccessBlock", name)
    };
    retry(progress, of_bucket(progress.subject.action), call).await?;
    Ok(())
}

/// No ACLs any more. S3 refuses that as long as they let others in (S9): then what they grant goes first.
async fn put_ownership(aws: &Aws, want: &Bucket, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    let (s3, name, account) = (&aws.s3, want.name.as_str(), aws.account.as_str());
    let rule = built(OwnershipControlsRule::builder().object_ownership(want.settings.ownership.into()).build())?;
    let controls = built(OwnershipControls::builder().rules(rule).build())?;
    let put = async || {
        let _turn = progress.bucket(name).await;
        let request = s3.put_bucket_ownership_controls().bucket(name).expected_bucket_owner(account);
        request.ownership_controls(controls.clone()).send().await.named("s3:PutBucketOwnershipControls", name)
    };
    let revoke = async || {
        let _turn = progress.bucket(name).await;
        let request = s3.put_bucket_acl().bucket(name).expected_bucket_owner(account).acl(BucketCannedAcl::Private);
        request.send().await.named("s3:PutBucketAcl", name)
    };
    match retry(progress, of_bucket(change.action), put).await {
        Err(Error::Aws(error)) if error.is_of_grants() => {}
        other => return other.map(drop),
    }
    retry(progress, of_bucket(change.action), revoke).await?;
    retry(progress, of_bucket(change.action), put).await.map(drop)
}

/// Takes the bucket policy away, and with it what lets everybody read.
pub(super) async fn delete_policy(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), Error> {
    let call = async || {
        let _turn = progress.bucket(name).await;
        let request = aws.s3.delete_bucket_policy().bucket(name).expected_bucket_owner(&aws.account);
        gone(request.send().await.named("s3:DeleteBucketPolicy", name))
    };
    retry(progress, &[BUCKET_BUSY], call).await
}

/// With its tags from the first moment: a bucket that a cut-off run leaves behind is known as ours. `false` when it was there already, and ours.
async fn create(aws: &Aws, want: &Bucket, region: &str, progress: Progress<'_>) -> Result<bool, Error> {
    let name = want.name.as_str();
    let mut configuration = CreateBucketConfiguration::builder().set_tags(Some(bucket_tags::sdk_tags(want.tags.at_birth())?));
    // us-east-1 takes no location (S1).
    if region != "us-east-1" {
        configuration = configuration.location_constraint(BucketLocationConstraint::from(region));
    }
    let configuration = configuration.build();
    let call = async || {
        let request = aws.s3.create_bucket().bucket(name).create_bucket_configuration(configuration.clone());
        request.object_ownership(want.settings.ownership.into()).send().await.named("s3:CreateBucket", name)
    };
    match retry(progress, &[BUCKET_NAME_BUSY], call).await {
        // us-east-1 says so, too, when the account has had the bucket already (S2), perhaps somebody else's.
        Ok(_) if region == "us-east-1" && !is_soon_ours(progress, async || is_ours(aws, want).await).await? => {
            let message = "the account has a bucket of this name without the gallery's tags";
            Err(AwsError::told("s3:CreateBucket", name, Class::Exists, "BucketAlreadyOwnedByYou", message).into())
        }
        // What is ours was made a moment ago, in the same way: by this run, whose first answer was lost, or by another.
        Ok(_) => Ok(true),
        // The answer to an earlier attempt was lost (G3): ours, if it carries our tag.
        Err(Error::Aws(error)) if error.already_exists() && is_soon_ours(progress, async || is_ours(aws, want).await).await? => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

async fn is_ours(aws: &Aws, want: &Bucket) -> Result<bool, AwsError> {
    Ok(want.tags.owns(&bucket_tags::read(aws, &want.name).await?))
}

async fn put_policy(aws: &Aws, want: &Bucket, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    let (name, account) = (want.name.as_str(), aws.account.as_str());
    let Some(policy) = &want.settings.policy else { return delete_policy(aws, name, progress).await };
    let document = policy.to_json();
    let call = async || {
        let _turn = progress.bucket(name).await;
        let request = aws.s3.put_bucket_policy().bucket(name).expected_bucket_owner(account).policy(&document);
        request.send().await.named("s3:PutBucketPolicy", name)
    };
    // A block of the whole organization never passes (S7): then the deadline ends the wait, and the help names it.
    // Who lifted the block may have been a run before this one.
    let lifted: &[_] = if want.settings.public_access.block_public_policy { &[] } else { &[POLICY_BLOCKED] };
    match retry(progress, &[of_bucket(change.action), lifted].concat(), call).await {
        // Another run that closes the bucket, or a person, has switched it on again: that is no block of the organization.
        Err(Error::Deadline { for_what, last, .. })
            if for_what == POLICY_BLOCKED.wait.for_what && is_blocked_again(aws, name, want.settings.public_access).await =>
        {
            let what = format!("Block Public Access of the bucket `{name}` has been switched on since this run looked");
            Err(Error::OtherRun { what, last })
        }
        other => other.map(drop),
    }
}

/// Whether the bucket's own Block Public Access is not as this run has written it. Where it cannot be read, nobody knows.
async fn is_blocked_again(aws: &Aws, name: &str, written: PublicAccessBlock) -> bool {
    let request = aws.s3.get_public_access_block().bucket(name).expected_bucket_owner(&aws.account);
    let output = request.send().await.named("s3:GetBucketPublicAccessBlock", name);
    let live = output.ok().and_then(|output| output.public_access_block_configuration);
    live.is_some_and(|live| public_access(live) != written)
}

fn public_access(live: PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: live.block_public_acls.unwrap_or_default(),
        ignore_public_acls: live.ignore_public_acls.unwrap_or_default(),
        block_public_policy: live.block_public_policy.unwrap_or_default(),
        restrict_public_buckets: live.restrict_public_buckets.unwrap_or_default(),
    }
}

fn public_access_block(want: PublicAccessBlock) -> PublicAccessBlockConfiguration {
    PublicAccessBlockConfiguration::builder()
        .block_public_acls(want.block_public_acls)
        .ignore_public_acls(want.ignore_public_acls)
        .block_public_policy(want.block_public_policy)
        .restrict_public_buckets(want.restrict_public_buckets)
        .build()
}

fn ownership_of(controls: &OwnershipControls) -> Option<String> {
    controls.rules().first().map(|rule| rule.object_ownership().as_str().to_owned())
}

/// Only the algorithm: AWS adds more to what was written (S13).
fn encryption_of(configuration: &ServerSideEncryptionConfiguration) -> Option<String> {
    let default = configuration.rules().first()?.apply_server_side_encryption_by_default()?;
    Some(default.sse_algorithm().as_str().to_owned())
}
