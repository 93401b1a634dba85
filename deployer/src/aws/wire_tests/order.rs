//! Whoever waits for another change is let go when that comes to no good end, and nothing begins once the run is to stop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use tokio::time::timeout;

use super::super::stop::Stop;
use super::super::{Access, Aws, Reach};
use super::with_client;
use crate::apply::{Outcome, apply};
use crate::aws::alone::Silent;
use crate::plan::Mark::{Effective, Settled};
use crate::plan::{Action, After, Change, Order, Plan, Step};
use crate::resource::Kind;
use crate::resource::role::StandIn;
use crate::resource::tags::{TagMap, Tags};

const AFTER_FUNCTION: &[After] = &[(Kind::Function, Effective)];
const AFTER_LOG_GROUP: &[After] = &[(Kind::LogGroup, Settled)];

fn deletion(kind: Kind, order: Order, step: Step) -> Change {
    let name = kind.word().to_owned();
    Change { kind, name, action: Action::Delete, summary: String::new(), fields: Vec::new(), parts: Vec::new(), step, order }
}

/// A function, a role that waits half-way for the function's end, a log group that does before it begins, and a table that waits for the log group.
fn plan() -> Plan {
    let name = || "name".to_owned();
    let stand_in = StandIn { name: "other".into(), path: "/".into(), tags: Tags::new("holiday", &TagMap::new()) };
    let changes = vec![
        deletion(Kind::Function, Order::default(), Step::DeleteFunction { name: name() }),
        deletion(Kind::Role, Order { commit: AFTER_FUNCTION, ..Order::default() }, Step::DeleteRole { name: name(), stand_in }),
        deletion(Kind::LogGroup, Order { begin: AFTER_FUNCTION, ..Order::default() }, Step::DeleteLogGroup { name: name() }),
        deletion(Kind::Table, Order { begin: AFTER_LOG_GROUP, ..Order::default() }, Step::DeleteTable { name: name() }),
    ];
    Plan { changes, ..Plan::default() }
}

/// Deletes of the REST kind are answered with `status`, after `stop` is set; IAM lists nothing that hangs on the role.
#[derive(Debug, Clone, Default)]
struct Answers {
    status: u16,
    stop: Option<Stop>,
    calls: Arc<Mutex<Vec<String>>>,
}

impl HttpConnector for Answers {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let action = body.split('&').find_map(|part| part.strip_prefix("Action=")).unwrap_or_default();
        self.calls.lock().unwrap().push(format!("{} {action}", request.method()));
        let (status, body) = match request.method() {
            "DELETE" => {
                if let Some(stop) = &self.stop {
                    stop.set();
                }
                (self.status, String::new())
            }
            // Nothing stands in for the role.
            _ if action.starts_with("Get") => {
                (404, "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>".to_owned())
            }
            _ => {
                let result = format!("<{action}Result><IsTruncated>false</IsTruncated></{action}Result>");
                (200, format!("<{action}Response>{result}</{action}Response>"))
            }
        };
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        response.headers_mut().insert("x-amzn-errortype", "AccessDeniedException");
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// Applies the plan where the function's deletion has this end. Returns the calls, too.
async fn applied(status: u16, stops: bool) -> (Outcome, Vec<String>) {
    let answers = Arc::new(Mutex::new(Answers { status, ..Answers::default() }));
    let connector = Arc::clone(&answers);
    let client = http_client_fn(move |_, _| SharedHttpConnector::new(connector.lock().unwrap().clone()));
    let aws = Aws::new(with_client("us-west-2", client), Access::ReadWrite, false, &Reach::default());
    answers.lock().unwrap().stop = stops.then(|| aws.stop.clone());
    // Time stands still but where all wait.
    let outcome = timeout(Duration::from_secs(3600), apply(&aws, "us-west-2", &[], &plan(), &Silent)).await;
    let calls = answers.lock().unwrap().calls.lock().unwrap().clone();
    (outcome.expect("nobody waits for ever"), calls)
}

#[tokio::test(start_paused = true)]
async fn a_change_that_fails_lets_go_of_all_that_wait_for_it() {
    let (outcome, calls) = applied(403, false).await;
    assert_eq!(outcome, Outcome { failed: 1, cut_off: 1, not_started: 2, ..Outcome::default() });
    assert!(!calls.iter().any(|call| call.ends_with("DeleteRole")), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_to_stop_lets_go_of_all_that_wait_and_begins_nothing() {
    let (outcome, calls) = applied(204, true).await;
    assert_eq!(outcome, Outcome { cut_off: 2, not_started: 2, ..Outcome::default() });
    assert!(!calls.iter().any(|call| call.starts_with("GET") || call.ends_with("DeleteRole")), "{calls:?}");
}

/// In a dead network it would take minutes until the SDK gives up.
#[tokio::test(start_paused = true)]
async fn a_run_that_is_to_stop_does_not_try_again_what_failed() {
    let (outcome, calls) = applied(500, true).await;
    assert_eq!(outcome, Outcome { cut_off: 2, not_started: 2, ..Outcome::default() });
    assert_eq!(calls.iter().filter(|call| call.starts_with("DELETE")).count(), 1, "{calls:?}");
}
