//! Commands that only look get clients that can do nothing else, and so do the looks of those that write.

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::Metadata;

/// Refuses every operation that is not a read, before anything is signed or sent.
#[derive(Debug)]
pub(super) struct ReadOnly;

/// A refused operation.
#[derive(Debug, thiserror::Error)]
#[error("{0} is a write, and these clients only read")]
struct Refused(String);

impl Intercept for ReadOnly {
    fn name(&self) -> &'static str {
        "ReadOnly"
    }

    fn read_before_signing(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = cfg.load::<Metadata>().map_or("an unknown operation", Metadata::name);
        if is_read(operation) { Ok(()) } else { Err(Box::new(Refused(operation.to_owned()))) }
    }
}

/// AWS names its reads so; whatever is named otherwise counts as a write.
fn is_read(operation: &str) -> bool {
    ["Get", "List", "Head", "Describe", "Filter", "Simulate"].iter().any(|verb| operation.starts_with(verb))
        || ["Query", "Scan"].contains(&operation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::error::DisplayErrorContext;

    #[test]
    fn reads_are_told_from_writes() {
        for read in
            ["GetBucketPolicy", "ListObjectsV2", "HeadBucket", "DescribeTable", "GetCallerIdentity", "FilterLogEvents", "Scan"]
        {
            assert!(is_read(read), "{read}");
        }
        for write in ["PutObject", "CreateBucket", "TagRole", "AddPermission", "PutItem", "an unknown operation"] {
            assert!(!is_read(write), "{write}");
        }
    }

    /// No client with which one looks can write, those that are made later among them.
    #[tokio::test]
    async fn every_client_carries_the_guard() {
        use super::super::{Access, Aws, Reach};
        use crate::resource::key::{KeyPair, Secret};
        use aws_smithy_http_client::test_util::StaticReplayClient;

        let replay = StaticReplayClient::new(Vec::new());
        let credentials = aws_credential_types::Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        let sdk = aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("us-west-2"))
            .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(credentials))
            .http_client(replay.clone())
            .build();
        let looks = Aws::new(sdk.clone(), Access::ReadOnly, false, &Reach::default());
        // Those of a run that writes are others.
        let looks_of_a_run_that_writes = Aws::new(sdk, Access::ReadWrite, false, &Reach::default()).only_reading();
        let page = KeyPair { access_key_id: "AKIAPAGE".into(), secret: Secret::new("secret") };
        let assume = |sts: &aws_sdk_sts::Client| sts.assume_role().role_arn("arn:r").role_session_name("s").send();
        for aws in [looks, looks_of_a_run_that_writes] {
            // In full, so that a new client is missed here.
            let Aws { s3, dynamodb, iam, lambda, logs, sts, s3control, account: _, stop: _, calls: _, access: _, sdk: _ } = &aws;
            let s3control = s3control.as_ref().expect("the real AWS");
            let refusals = [
                said(s3.delete_bucket().bucket("b").send().await),
                said(dynamodb.delete_table().table_name("t").send().await),
                said(iam.delete_user().user_name("u").send().await),
                said(lambda.delete_function().function_name("f").send().await),
                said(logs.delete_log_group().log_group_name("l").send().await),
                said(s3control.delete_public_access_block().account_id("123456789012").send().await),
                said(assume(sts).await),
                said(assume(&aws.sts_as(&page)).await),
            ];
            for refusal in &refusals {
                assert!(refusal.contains("is a write, and these clients only read"), "{refusal}");
            }
        }
        assert_eq!(replay.actual_requests().count(), 0, "nothing was sent");
    }

    fn said<T>(result: Result<T, impl std::error::Error>) -> String {
        result.err().map(|error| DisplayErrorContext(error).to_string()).unwrap_or_default()
    }

    #[tokio::test]
    async fn a_write_is_refused_before_it_is_sent() {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .region(aws_sdk_s3::config::Region::new("us-west-2"))
            .credentials_provider(aws_sdk_s3::config::Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
            .endpoint_url("http://127.0.0.1:9")
            .http_client(super::super::clients::http_client(aws_smithy_http_client::proxy::ProxyConfig::disabled()))
            .interceptor(ReadOnly)
            .build();
        let client = aws_sdk_s3::Client::from_conf(config);
        let refused = client.create_bucket().bucket("b").send().await.unwrap_err();
        assert!(DisplayErrorContext(&refused).to_string().contains("CreateBucket is a write"));
        let sent = client.head_bucket().bucket("b").send().await.unwrap_err();
        assert!(!DisplayErrorContext(&sent).to_string().contains("is a write"));
    }
}
