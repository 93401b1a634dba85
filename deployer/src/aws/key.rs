//! The page's access key, and `config.json` in which it lies.

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_s3::primitives::ByteStream;

use super::error::passing::{ANSWER_LOST, ENTITY_BUSY, ENTITY_NEW, KEY_NEW, of_bucket};
use super::error::{AwsError, Class, Named as _};
use super::user::list_keys;
use super::wait::{Progress, retry};
use super::{Aws, body, gone, seen_optional};
use crate::error::Error;
use crate::plan::Action;
use crate::resource::Seen;
use crate::resource::key::{CONFIG_KEY, ClientKey, Deployed, KeyPair, KeyPlan, Secret, config_json, seal};

const TYPE: &str = "application/json; charset=utf-8";
const CACHE: &str = "no-cache";
/// The metadata of `config.json` that holds its [`seal`].
const SEAL: &str = "gallery-deploy-seal";

/// Reads `config.json`. One that cannot be understood is as good as none: a new one replaces it.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, bucket: &str) -> Result<Seen<Deployed>, AwsError> {
    let request = aws.s3.get_object().bucket(bucket).key(CONFIG_KEY).expected_bucket_owner(&aws.account);
    let read = async {
        let output = request.send().await.named("s3:GetObject", CONFIG_KEY)?;
        let headers = (output.content_type.as_deref(), output.cache_control.as_deref()) == (Some(TYPE), Some(CACHE));
        let sealed = output.metadata.as_ref().and_then(|metadata| metadata.get(SEAL)).cloned();
        let body = body("s3:GetObject", CONFIG_KEY, output.body).await?;
        let Ok(mut deployed) = serde_json::from_slice::<Deployed>(&body) else { return Ok(None) };
        deployed.touched = !headers || sealed != Some(seal(&body));
        if deployed.touched {
            // Whoever wrote it may have broken the secret, which nobody can read back.
            deployed.refused = is_refused(aws, &deployed.key()).await?;
        }
        Ok(Some(deployed))
    };
    seen_optional(read.await)
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
/// What AWS refuses for good.
pub async fn put(aws: &Aws, want: &ClientKey, plan: &KeyPlan, progress: Progress<'_>) -> Result<(), Error> {
    let key = match &plan.keep {
        Some(key) => key.clone(),
        None => {
            // A user has two keys at most (I5): keys that no page uses make room.
            if plan.delete.len() >= 2 {
                retry(progress, &[ENTITY_BUSY], async || delete_keys(aws, &want.user, &plan.delete).await).await?;
            }
            // After each failure it is certain that no key was left: it was refused clearly, or deleted.
            let passing = [ENTITY_BUSY, ENTITY_NEW, ANSWER_LOST];
            let key = retry(progress, &passing, async || create(aws, &want.user).await).await?;
            wait_until_known(aws, &key, progress).await?;
            key
        }
    };
    if plan.write {
        write_config(aws, want, &key, progress).await?;
    }
    let delete_others = async || {
        let live = list_keys(aws, &want.user).await?;
        let others: Vec<String> = live.into_iter().map(|live| live.id).filter(|id| *id != key.access_key_id).collect();
        delete_keys(aws, &want.user, &others).await
    };
    retry(progress, &[ENTITY_BUSY, ENTITY_NEW], delete_others).await
}

async fn write_config(aws: &Aws, want: &ClientKey, key: &KeyPair, progress: Progress<'_>) -> Result<(), Error> {
    let body = config_json(&want.config, key).into_bytes();
    let call = async || {
        let request = aws.s3.put_object().bucket(&want.bucket).key(CONFIG_KEY).expected_bucket_owner(&aws.account);
        let request = request.content_type(TYPE).cache_control(CACHE).metadata(SEAL, seal(&body));
        request.body(ByteStream::from(body.clone())).send().await.named("s3:PutObject", CONFIG_KEY)
    };
    retry(progress, of_bucket(Action::Create), call).await?;
    Ok(())
}

/// Creates a key, once: a retry after a lost answer would leave a live key that nobody knows (I5).
async fn create(aws: &Aws, user: &str) -> Result<KeyPair, AwsError> {
    let before = list_keys(aws, user).await?;
    let once = aws_sdk_iam::config::Builder::default().retry_config(RetryConfig::disabled());
    let request = aws.iam.create_access_key().user_name(user).customize().config_override(once);
    match request.send().await.named("iam:CreateAccessKey", user) {
        Ok(output) => {
            let no_key = || AwsError::told("iam:CreateAccessKey", user, Class::Other, "NoKey", "the answer holds no key");
            let key = output.access_key.ok_or_else(no_key)?;
            Ok(KeyPair { access_key_id: key.access_key_id, secret: Secret::new(key.secret_access_key) })
        }
        Err(error) => {
            // Without a clear refusal the key may exist; its secret is lost for good.
            if error.class == Class::Network || error.status.is_none_or(|status| status >= 500) {
                let after = list_keys(aws, user).await?;
                let orphans: Vec<String> = after.into_iter().filter(|key| !before.contains(key)).map(|key| key.id).collect();
                delete_keys(aws, user, &orphans).await?;
            }
            Err(error)
        }
    }
}

async fn wait_until_known(aws: &Aws, key: &KeyPair, progress: Progress<'_>) -> Result<(), Error> {
    let sts = aws.sts_as(key);
    let call = async || sts.get_caller_identity().send().await.named("sts:GetCallerIdentity", &key.access_key_id);
    retry(progress, &[KEY_NEW], call).await?;
    Ok(())
}

async fn delete_keys(aws: &Aws, user: &str, ids: &[String]) -> Result<(), AwsError> {
    for id in ids {
        gone(aws.iam.delete_access_key().user_name(user).access_key_id(id).send().await.named("iam:DeleteAccessKey", user))?;
    }
    Ok(())
}
