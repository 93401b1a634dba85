//! I4: a user to whom a person has given more than we do: it goes all the same.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;

use super::super::user::delete;
use super::*;

/// What hangs on the user besides what we give it: the call that lists it, the fields of what that lists, and the call that takes it away.
const ADDED: [(&str, &str, &str); 5] = [
    ("", "", "DeleteLoginProfile"),
    (
        "ListSigningCertificates",
        "<Certificates><member><UserName>u</UserName><CertificateId>C</CertificateId><CertificateBody>b</CertificateBody>\
         <Status>Active</Status></member></Certificates>",
        "DeleteSigningCertificate",
    ),
    (
        "ListSSHPublicKeys",
        "<SSHPublicKeys><member><UserName>u</UserName><SSHPublicKeyId>S</SSHPublicKeyId><Status>Active</Status>\
         <UploadDate>2026-01-01T00:00:00Z</UploadDate></member></SSHPublicKeys>",
        "DeleteSSHPublicKey",
    ),
    (
        "ListServiceSpecificCredentials",
        "<ServiceSpecificCredentials><member><UserName>u</UserName><Status>Active</Status><ServiceUserName>n</ServiceUserName>\
         <CreateDate>2026-01-01T00:00:00Z</CreateDate><ServiceSpecificCredentialId>P</ServiceSpecificCredentialId>\
         <ServiceName>codecommit.amazonaws.com</ServiceName></member></ServiceSpecificCredentials>",
        "DeleteServiceSpecificCredential",
    ),
    (
        "ListMFADevices",
        "<MFADevices><member><UserName>u</UserName><SerialNumber>M</SerialNumber><EnableDate>2026-01-01T00:00:00Z</EnableDate></member></MFADevices>",
        "DeactivateMFADevice",
    ),
];

/// IAM with one user, which cannot be deleted while something hangs on it.
#[derive(Debug, Clone)]
struct Iam {
    /// The calls that take away what still hangs on it.
    left: Arc<Mutex<Vec<&'static str>>>,
    calls: Arc<Mutex<Vec<String>>>,
}

impl Iam {
    fn answer(&self, action: &str) -> (u16, String) {
        let mut left = self.left.lock().expect("no panic");
        if action == "DeleteUser" && !left.is_empty() {
            let error =
                "<Code>DeleteConflict</Code><Message>Cannot delete entity, must remove referenced objects first.</Message>";
            return (409, format!("<ErrorResponse><Error>{error}</Error></ErrorResponse>"));
        }
        let listed =
            ADDED.iter().find(|(list, _, take)| *list == action && left.contains(take)).map_or("", |(_, fields, _)| fields);
        left.retain(|take| *take != action);
        let result = format!("<{action}Result>{listed}<IsTruncated>false</IsTruncated></{action}Result>");
        (200, format!("<{action}Response>{result}</{action}Response>"))
    }
}

impl HttpConnector for Iam {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let action = body.split('&').find_map(|part| part.strip_prefix("Action=")).unwrap_or_default();
        self.calls.lock().expect("no panic").push(action.to_owned());
        let (status, answer) = self.answer(action);
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(answer))))
    }
}

/// Deletes the user: with which calls that change something.
async fn deleted(added: &[&'static str]) -> Vec<String> {
    let iam = Iam { left: Arc::new(Mutex::new(added.to_vec())), calls: Arc::default() };
    let connector = SharedHttpConnector::new(iam.clone());
    let client = http_client_fn(move |_, _| connector.clone());
    let aws = Aws::new(with_client("us-west-2", client), Access::ReadWrite, false, &Reach::default());
    delete(&aws, "u", alone(&aws).progress()).await.expect("it goes");
    let calls = iam.calls.lock().expect("no panic");
    calls.iter().filter(|call| call.starts_with("De")).cloned().collect()
}

#[tokio::test(start_paused = true)]
async fn a_user_with_a_password_and_more_is_deleted() {
    for (_, _, take) in ADDED {
        let calls = deleted(&[take]).await;
        assert_eq!(calls.last().map(String::as_str), Some("DeleteUser"));
        assert!(calls.iter().any(|call| call == take), "{take}: {calls:?}");
    }
    let all = ADDED.map(|(_, _, take)| take);
    let calls = deleted(&all).await;
    // Tried, tried again since it may be lag, and once more when all is gone.
    assert_eq!(calls.iter().filter(|call| *call == "DeleteUser").count(), 3, "{calls:?}");
}

/// What nobody has is not looked for.
#[tokio::test]
async fn a_user_without_a_password_is_deleted_at_once() {
    assert_eq!(deleted(&[]).await, ["DeleteUser"]);
}
