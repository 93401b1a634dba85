//! Block Public Access of the whole account (S7), from the look to the refusal.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use super::super::{Access, Aws, Reach};
use super::aws;
use crate::config;
use crate::desired::Desired;
use crate::error::{Error, exit};
use crate::names::Names;
use crate::observe::observe;
use crate::place::Place;
use crate::plan::{Adopt, up};

/// An account in which nothing is, and which lets nothing be public.
#[derive(Debug, Clone, Default)]
struct Closed {
    /// `METHOD URI`, and the operation where a header or the body names it.
    asked: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Closed {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let operation = body.split('&').find(|field| field.starts_with("Action=")).unwrap_or(&target).to_owned();
        let asked = format!("{} {} {operation}", request.method(), request.uri());
        let (status, code, body) = answer(&asked);
        self.asked.lock().expect("no panic").push(asked);
        let mut response = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
        if !code.is_empty() {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

const BLOCKED: &str = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
                       <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";

/// As each service says that there is nothing: status, Lambda's header, body.
fn answer(asked: &str) -> (u16, &'static str, &'static str) {
    let is_for = |service: &str| asked.contains(&format!("://{service}.")) || asked.contains(&format!(".{service}."));
    match () {
        () if is_for("s3-control") => (200, "", BLOCKED),
        () if is_for("iam") => (404, "", "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>"),
        () if is_for("dynamodb") => (400, "", r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}"#),
        () if is_for("logs") && asked.ends_with("DescribeLogGroups") => (200, "", r#"{"logGroups":[]}"#),
        () if is_for("logs") || is_for("lambda") => (404, "ResourceNotFoundException", r#"{"message":"not found"}"#),
        () => (404, "", "<Error><Code>NoSuchBucket</Code></Error>"),
    }
}

/// `up` on such an account ends after its look, with the reason: no bucket is made that could not be opened, and nothing else either.
#[tokio::test]
async fn an_account_that_lets_nothing_be_public_is_told_before_any_write() {
    let closed = Closed::default();
    let connector = SharedHttpConnector::new(closed.clone());
    let (clients, _) = aws("us-west-2", &[]);
    let sdk = clients.sdk.to_builder().http_client(http_client_fn(move |_, _| connector.clone())).build();
    let mut aws = Aws::new(sdk, Access::ReadWrite, false, &Reach::default());
    aws.account = "123456789012".into();
    let config = config::parse("gallery.yaml".as_ref(), "name: holiday\nregion: us-west-2\n").expect("a valid gallery.yaml");
    let names = Names::new(&config, Place { account: aws.account.clone(), region: "us-west-2".into(), endpoint: None });
    let desired = Desired::new(&config, &names, Vec::new(), "Y29kZQ==");

    let seen = observe(&aws, &names, None).await.expect("it can look");
    let plan = up(&desired, &seen, Adopt::Nothing);
    let error = Error::Blocked { blocked: plan.blocked };
    assert_eq!(error.exit_code(), exit::REFUSED);
    let told = crate::report::error_text(&error);
    for words in [names.images_bucket.as_str(), &names.site_bucket, "Block Public Access of the whole account (BlockPublicPolicy"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    let asked = closed.asked.lock().expect("no panic").clone();
    let reads = |asked: &&String| {
        ["GET ", "HEAD "].iter().any(|method| asked.starts_with(method))
            || ["Action=Get", "Action=List", ".Describe", ".List"].iter().any(|verb| asked.contains(verb))
    };
    assert_eq!(asked.iter().filter(reads).count(), asked.len(), "{asked:#?}");
    assert!(asked.len() > 10, "{asked:#?}");
}
