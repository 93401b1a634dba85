//! The administrator inside the local AWS: an IAM user, so that its calls are checked like anybody's.

use aws_sdk_iam::Client;
use aws_sdk_iam::config::{BehaviorVersion, Credentials as SdkCredentials, Region};
use aws_sdk_iam::error::{DisplayErrorContext, ProvideErrorMetadata};

use super::store::Store;
use super::{Credentials, LocalError};

const NAME: &str = "local-administrator";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

/// The key with which MiniStack asks nothing: good for making the first user and for nothing else, since its signatures and rights are not checked.
const ROOT: &str = "test";

/// Makes sure that the administrator and its key exist. `true`: the key is a new one.
pub(super) async fn ensure(endpoint: &str, store: &Store) -> Result<(Credentials, bool), LocalError> {
    if let Some(remembered) = store.admin() {
        let own = client(endpoint, &remembered.access_key_id, &remembered.secret_access_key);
        if own.get_user().user_name(NAME).send().await.is_ok() {
            return Ok((remembered, false));
        }
    }
    let made = make(&client(endpoint, ROOT, ROOT)).await?;
    store.remember_admin(&made)?;
    Ok((made, true))
}

/// The user with its policy and one key; keys that nobody remembers go.
async fn make(root: &Client) -> Result<Credentials, LocalError> {
    match root.create_user().user_name(NAME).send().await {
        Err(error) if error.code() != Some("EntityAlreadyExists") => return Err(refused(error)),
        _ => {}
    }
    root.put_user_policy().user_name(NAME).policy_name("everything").policy_document(POLICY).send().await.map_err(refused)?;
    let keys = root.list_access_keys().user_name(NAME).send().await.map_err(refused)?;
    for key in keys.access_key_metadata() {
        root.delete_access_key()
            .user_name(NAME)
            .set_access_key_id(key.access_key_id().map(str::to_owned))
            .send()
            .await
            .map_err(refused)?;
    }
    let created = root.create_access_key().user_name(NAME).send().await.map_err(refused)?;
    let key = created.access_key().ok_or_else(|| LocalError::Admin("no key in its answer".to_owned()))?;
    Ok(Credentials { access_key_id: key.access_key_id().to_owned(), secret_access_key: key.secret_access_key().to_owned() })
}

fn client(endpoint: &str, access_key_id: &str, secret_access_key: &str) -> Client {
    let config = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(SdkCredentials::new(access_key_id, secret_access_key, None, None, "local AWS"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

fn refused(error: impl std::error::Error) -> LocalError {
    LocalError::Admin(DisplayErrorContext(error).to_string())
}
