//! Commands that only look get clients that can do nothing else.

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::Metadata;

/// Refuses every operation that is not a read, before anything is signed or sent.
#[derive(Debug)]
pub(super) struct ReadOnly;

/// A refused operation.
#[derive(Debug, thiserror::Error)]
#[error("{0} is a write, and this command only reads")]
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
    ["Get", "List", "Head", "Describe"].iter().any(|verb| operation.starts_with(verb))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::error::DisplayErrorContext;

    #[test]
    fn reads_are_told_from_writes() {
        for read in ["GetBucketPolicy", "ListObjectsV2", "HeadBucket", "DescribeTable", "GetCallerIdentity"] {
            assert!(is_read(read), "{read}");
        }
        for write in ["PutObject", "CreateBucket", "TagRole", "AddPermission", "an unknown operation"] {
            assert!(!is_read(write), "{write}");
        }
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
