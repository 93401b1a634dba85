//! The page's access key, and `config.json` in which it lies.
//!
//! # Two runs at once
//! There is no lock: `config.json` decides. It is written only over the one that the plan was made from (`If-Match`, or `If-None-Match` where
//! there was none), so of two runs one publishes its key. The other deletes the key that it made, and is content with what was published
//! if that is what it wanted itself; else it says that it met another run.
//!
//! A key that `config.json` does not name is deleted only while the one that it names is alive: a run makes a key since the one in the
//! `config.json` that it saw is dead, so whoever made the key saw another `config.json` and cannot publish it any more.

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use futures_util::join;

use super::error::passing::{ANSWER_LOST, CONFIG_BUSY, ENTITY_BUSY, ENTITY_NEW, KEY_NEW, KEYS_FULL, Passing, of_bucket};
use super::error::{AwsError, Class, Named as _};
use super::user::list_keys;
use super::wait::{Progress, retry};
use super::{Aws, body, gone, optional, seen};
use crate::error::Error;
use crate::plan::{Action, Mark};
use crate::resource::Seen;
use crate::resource::key::{CONFIG_KEY, ClientKey, ConfigObject, Deployed, KeyPair, KeyPlan, Secret, config_json, seal};
use crate::resource::user::AccessKey;

const TYPE: &str = "application/json; charset=utf-8";
const CACHE: &str = "no-cache";
/// The metadata of `config.json` that holds its [`seal`].
const SEAL: &str = "gallery-deploy-seal";

/// Reads `config.json`. One that cannot be understood is as good as none: a new one replaces it.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, bucket: &str) -> Result<Seen<ConfigObject>, AwsError> {
    let read = async {
        let mut object = read(aws, bucket).await?;
        if let Some(deployed) = object.deployed.as_mut().filter(|deployed| deployed.touched) {
            // Whoever wrote it may have broken the secret, which nobody can read back.
            deployed.refused = is_refused(aws, &deployed.key()).await?;
        }
        Ok(object)
    };
    seen(read.await)
}

async fn read(aws: &Aws, bucket: &str) -> Result<ConfigObject, AwsError> {
    let request = aws.s3.get_object().bucket(bucket).key(CONFIG_KEY).expected_bucket_owner(&aws.account);
    let output = request.send().await.named("s3:GetObject", CONFIG_KEY)?;
    let headers = (output.content_type.as_deref(), output.cache_control.as_deref()) == (Some(TYPE), Some(CACHE));
    let sealed = output.metadata.as_ref().and_then(|metadata| metadata.get(SEAL)).cloned();
    // The public cannot read what KMS has encrypted.
    let readable = output.server_side_encryption.is_none_or(|encryption| encryption == ServerSideEncryption::Aes256);
    let etag = output.e_tag.unwrap_or_default();
    let body = body("s3:GetObject", CONFIG_KEY, output.body).await?;
    let mut deployed = serde_json::from_slice::<Deployed>(&body).ok();
    if let Some(deployed) = &mut deployed {
        deployed.touched = !headers || !readable || sealed != Some(seal(&body));
    }
    Ok(ConfigObject { etag, deployed })
}

async fn is_refused(aws: &Aws, key: &KeyPair) -> Result<bool, AwsError> {
    let answer = aws.sts_as(key).get_caller_identity().send().await.named("sts:GetCallerIdentity", &key.access_key_id);
    match answer {
        Err(error) if error.class == Class::Credentials => Ok(true),
        other => other.map(|_| false),
    }
}

/// Makes a key if there is none to keep, writes `config.json` where it differs, then deletes every other key.
///
/// # Errors
/// What AWS refuses for good; [`Error::OtherRun`] where another run has published something else.
pub async fn put(aws: &Aws, want: &ClientKey, plan: &KeyPlan, progress: Progress<'_>) -> Result<(), Error> {
    let made = match &plan.keep {
        Some(_) => None,
        None => {
            let before = retry(progress, &[ENTITY_NEW], async || list_keys(aws, &want.user).await).await?;
            progress.commit().await?;
            make(aws, want, plan, before, progress).await?
        }
    };
    let published = match (&plan.keep, &made) {
        (Some(key), _) if plan.write => write_config(aws, want, plan, key, progress).await?.then_some(key),
        (Some(key), _) => Some(key),
        (None, Some(key)) => publish(aws, want, plan, key, progress).await?.then_some(key),
        (None, None) => None,
    };
    if published.is_none() {
        let made: Vec<String> = made.iter().map(|key| key.access_key_id.clone()).collect();
        retry(progress, &[ENTITY_BUSY], async || delete_keys(aws, &want.user, &made).await).await?;
        accept(aws, want).await?;
    }
    progress.reach(Mark::Settled);
    let id = published.map(|key| key.access_key_id.as_str());
    retry(progress, &[ENTITY_BUSY, ENTITY_NEW], async || sweep(aws, want, id).await).await
}

/// A new key; `before` are those that the user has. `None`: another run has published one meanwhile.
async fn make(
    aws: &Aws,
    want: &ClientKey,
    plan: &KeyPlan,
    before: Vec<AccessKey>,
    progress: Progress<'_>,
) -> Result<Option<KeyPair>, Error> {
    let mut before = Some(before);
    // A user has two keys at most (I5): one that opens nothing makes room.
    if let [first, _, ..] = &plan.delete[..] {
        if !is_as_seen(aws, want, plan).await? {
            return Ok(None);
        }
        let room = [first.clone()];
        retry(progress, &[ENTITY_BUSY], async || delete_keys(aws, &want.user, &room).await).await?;
    }
    // After each failure it is certain that no key was left: it was refused clearly, or deleted.
    let passing = [ENTITY_BUSY, ENTITY_NEW, ANSWER_LOST, KEYS_FULL];
    match retry(progress, &passing, async || create(aws, want, plan, before.take()).await).await {
        Err(Error::Deadline { last: Some(error), .. }) if KEYS_FULL.holds(&error) => {
            let what = format!("the user `{}` has two access keys, and one of them was made since this run looked", want.user);
            Err(Error::OtherRun { what, last: Some(error) })
        }
        other => other,
    }
}

/// Publishes the new key while AWS learns of it (I6): the page that asks for it comes later. `false`: another run has published one meanwhile.
async fn publish(aws: &Aws, want: &ClientKey, plan: &KeyPlan, key: &KeyPair, progress: Progress<'_>) -> Result<bool, Error> {
    let (known, written) = join!(wait_until_known(aws, want, plan, key, progress), write_config(aws, want, plan, key, progress));
    if let Err(error) = known {
        // It opens nothing. The next run finds it gone and makes another.
        let dead = [key.access_key_id.clone()];
        retry(progress, &[ENTITY_BUSY], async || delete_keys(aws, &want.user, &dead).await).await?;
        return Err(error);
    }
    match written {
        // Nobody would know of it, and the next run would make one more.
        Err(Error::Aws(error)) if error.is_refusal() => {
            if let Ok(false) = is_published(aws, want, key).await {
                let unknown = [key.access_key_id.clone()];
                // What was refused first is told.
                retry(progress, &[ENTITY_BUSY], async || delete_keys(aws, &want.user, &unknown).await).await.ok();
            }
            Err(Error::Aws(error))
        }
        written => Ok(written? && known?),
    }
}

async fn is_published(aws: &Aws, want: &ClientKey, key: &KeyPair) -> Result<bool, AwsError> {
    let live = optional(read(aws, &want.bucket).await)?.and_then(|live| live.deployed);
    Ok(live.is_some_and(|deployed| deployed.key() == *key))
}

/// Whether `config.json` still is the one that the plan was made from.
async fn is_as_seen(aws: &Aws, want: &ClientKey, plan: &KeyPlan) -> Result<bool, AwsError> {
    let live = optional(read(aws, &want.bucket).await)?;
    Ok(live.map(|object| object.etag) == plan.over)
}

/// Whether another run has published its key since the plan was made.
async fn is_overtaken(aws: &Aws, want: &ClientKey, plan: &KeyPlan, key: &KeyPair) -> Result<bool, AwsError> {
    let Some(live) = optional(read(aws, &want.bucket).await)? else { return Ok(plan.over.is_some()) };
    let ours = live.deployed.is_some_and(|deployed| deployed.key() == *key);
    Ok(!ours && Some(live.etag) != plan.over)
}

/// Creates a key, once: a retry after a lost answer would leave a live key that nobody knows (I5). `None`: there is no room, since another run
/// has published a key meanwhile.
async fn create(
    aws: &Aws,
    want: &ClientKey,
    plan: &KeyPlan,
    before: Option<Vec<AccessKey>>,
) -> Result<Option<KeyPair>, AwsError> {
    let user = want.user.as_str();
    let before = match before {
        Some(before) => before,
        None => list_keys(aws, user).await?,
    };
    let once = aws_sdk_iam::config::Builder::default().retry_config(RetryConfig::disabled());
    let request = aws.iam.create_access_key().user_name(user).customize().config_override(once);
    match request.send().await.named("iam:CreateAccessKey", user) {
        Ok(output) => {
            let no_key = || AwsError::told("iam:CreateAccessKey", user, Class::Other, "NoKey", "the answer holds no key");
            let key = output.access_key.ok_or_else(no_key)?;
            Ok(Some(KeyPair { access_key_id: key.access_key_id, secret: Secret::new(key.secret_access_key) }))
        }
        Err(error) if KEYS_FULL.holds(&error) && !is_as_seen(aws, want, plan).await? => Ok(None),
        Err(error) => {
            // Without a clear refusal the key may exist; its secret is lost for good. Another run's new key looks alike: it goes too, unless it is
            // published; then that run finds its key gone, says so, and the next run makes another.
            if error.class == Class::Network || error.status.is_none_or(|status| status >= 500) {
                let after = list_keys(aws, user).await?;
                let mut orphans: Vec<String> = after.into_iter().filter(|key| !before.contains(key)).map(|key| key.id).collect();
                if !orphans.is_empty() {
                    let published = published_key(aws, want).await?;
                    orphans.retain(|id| published.as_ref() != Some(id));
                    delete_keys(aws, user, &orphans).await?;
                }
            }
            Err(error)
        }
    }
}

/// Waits until AWS takes the key (I6). `false`: another run has published one meanwhile, and has deleted this one or is about to.
async fn wait_until_known(
    aws: &Aws,
    want: &ClientKey,
    plan: &KeyPlan,
    key: &KeyPair,
    progress: Progress<'_>,
) -> Result<bool, Error> {
    let sts = aws.sts_as(key);
    let call = async || match sts.get_caller_identity().send().await.named("sts:GetCallerIdentity", &key.access_key_id) {
        Err(error) if KEY_NEW.holds(&error) && is_overtaken(aws, want, plan, key).await? => Ok(false),
        other => other.map(|_| true),
    };
    retry(progress, &[KEY_NEW], call).await
}

/// Writes `config.json` over the one that was seen. `false`: there is another one now.
async fn write_config(aws: &Aws, want: &ClientKey, plan: &KeyPlan, key: &KeyPair, progress: Progress<'_>) -> Result<bool, Error> {
    let body = config_json(&want.config, key).into_bytes();
    let call = async || {
        let request = aws.s3.put_object().bucket(&want.bucket).key(CONFIG_KEY).expected_bucket_owner(&aws.account);
        let request = request.content_type(TYPE).cache_control(CACHE).metadata(SEAL, seal(&body));
        // Not the bucket's default, which may still be another.
        let request = request.server_side_encryption(ServerSideEncryption::Aes256);
        let request = match &plan.over {
            Some(etag) => request.if_match(etag),
            None => request.if_none_match("*"),
        };
        match request.body(ByteStream::from(body.clone())).send().await.named("s3:PutObject", CONFIG_KEY) {
            Err(error) if error.is_of_another_object() => Ok(false),
            other => other.map(|_| true),
        }
    };
    let passing: Vec<Passing> = of_bucket(Action::Create).iter().copied().chain([CONFIG_BUSY]).collect();
    let written = retry(progress, &passing, call).await?;
    // The answer to an earlier attempt may have been lost (G3): then the other one is ours.
    Ok(written || optional(read(aws, &want.bucket).await)?.is_some_and(|object| says(want, &object, Some(key))))
}

/// Whether `config.json` is as it shall be, with this key or any.
fn says(want: &ClientKey, object: &ConfigObject, key: Option<&KeyPair>) -> bool {
    let Some(deployed) = &object.deployed else { return false };
    deployed.config == want.config && !deployed.touched && key.is_none_or(|key| deployed.key() == *key)
}

/// The id of the key in `config.json`.
async fn published_key(aws: &Aws, want: &ClientKey) -> Result<Option<String>, AwsError> {
    let object = optional(read(aws, &want.bucket).await)?;
    Ok(object.and_then(|object| object.deployed).map(|deployed| deployed.key().access_key_id))
}

/// Another run was faster: good, if what it has published is what this one wanted, with a living key.
async fn accept(aws: &Aws, want: &ClientKey) -> Result<(), Error> {
    let keys = list_keys(aws, &want.user).await?;
    let object = optional(read(aws, &want.bucket).await)?.filter(|object| says(want, object, None));
    let key = object.and_then(|object| object.deployed).map(|deployed| deployed.key().access_key_id);
    if key.is_some_and(|id| keys.iter().any(|key| key.active && key.id == id)) {
        return Ok(());
    }
    let what = format!("`{CONFIG_KEY}` was written or deleted since this run looked; the key that this run had made is deleted");
    Err(Error::OtherRun { what, last: None })
}

/// Deletes every key but the one in `config.json`; none, if that is dead. `ours` is the key that this run has published or kept.
async fn sweep(aws: &Aws, want: &ClientKey, ours: Option<&str>) -> Result<(), AwsError> {
    let live = list_keys(aws, &want.user).await?;
    if live.iter().all(|key| Some(key.id.as_str()) == ours) {
        return Ok(());
    }
    // Read after the keys were listed, and right before any is deleted: perhaps another run has published one of them.
    let published = published_key(aws, want).await?;
    // A key that was just made may not be listed yet (I1).
    let is_alive = |id: &String| ours == Some(id.as_str()) || live.iter().any(|key| key.active && key.id == *id);
    let Some(published) = published.filter(is_alive) else { return Ok(()) };
    let others: Vec<String> = live.into_iter().map(|key| key.id).filter(|id| *id != published).collect();
    delete_keys(aws, &want.user, &others).await
}

async fn delete_keys(aws: &Aws, user: &str, ids: &[String]) -> Result<(), AwsError> {
    for id in ids {
        gone(aws.iam.delete_access_key().user_name(user).access_key_id(id).send().await.named("iam:DeleteAccessKey", user))?;
    }
    Ok(())
}
