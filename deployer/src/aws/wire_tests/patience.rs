//! How long an attempt waits for its answer, by the clock of the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use tokio::time::{Instant, sleep};

use super::super::clients::{retries, with_a_zip, with_an_object};
use super::*;

/// What becomes of the first request; the others are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Lost,
    /// 503.
    TooMuch,
}

#[derive(Debug, Clone)]
struct Troubled {
    first: First,
    requests: Arc<AtomicUsize>,
}

impl HttpConnector for Troubled {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let first = (self.requests.fetch_add(1, Ordering::Relaxed) == 0).then_some(self.first);
        HttpConnectorFuture::new(async move {
            if first == Some(First::Lost) {
                sleep(Duration::from_secs(3600)).await;
            }
            if first == Some(First::TooMuch) {
                return Ok(HttpResponse::new(503.try_into().unwrap(), SdkBody::from("<Error><Code>SlowDown</Code></Error>")));
            }
            let mut response = HttpResponse::new(404.try_into().unwrap(), SdkBody::from("<Error><Code>NoSuchKey</Code></Error>"));
            response.headers_mut().insert("x-amzn-errortype", "ResourceNotFoundException");
            Ok(response)
        })
    }
}

/// What two attempts, of which this becomes of the first, take in all.
async fn time_of(first: First, call: impl AsyncFnOnce(&Aws)) -> Duration {
    let connector = Troubled { first, requests: Arc::default() };
    let attempts = Arc::clone(&connector.requests);
    let client = http_client_fn(move |_, _| SharedHttpConnector::new(connector.clone()));
    let aws = Aws::impatient(&with_client("us-west-2", client).into_builder().retry_config(retries()).build());
    let begun = Instant::now();
    call(&aws).await;
    assert_eq!(attempts.load(Ordering::Relaxed), 2);
    begun.elapsed()
}

/// The same in seconds, where the first gets no answer.
async fn seconds_of(call: impl AsyncFnOnce(&Aws)) -> u64 {
    time_of(First::Lost, call).await.as_secs()
}

#[tokio::test(start_paused = true)]
async fn what_aws_is_too_busy_for_is_asked_again_within_half_a_second() {
    let look = async |aws: &Aws| assert_eq!(page_key::observe(aws, "b").await.expect("an answer"), Seen::Absent);
    let time = time_of(First::TooMuch, look).await;
    assert!(time < Duration::from_millis(500), "{time:?}");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nobody_answers_is_soon_asked_again() {
    let look = async |aws: &Aws| assert_eq!(page_key::observe(aws, "b").await.expect("an answer"), Seen::Absent);
    let seconds = seconds_of(look).await;
    assert!((30..40).contains(&seconds), "{seconds} s");
}

/// A slow line takes its time for a file.
#[tokio::test(start_paused = true)]
async fn what_sends_a_file_has_longer() {
    let send = async |aws: &Aws| {
        let request = aws.lambda.update_function_code().function_name("f").customize().config_override(with_a_zip());
        assert!(request.send().await.is_err());
    };
    let seconds = seconds_of(send).await;
    assert!((120..130).contains(&seconds), "{seconds} s");
}

/// The more is sent at the same time, the longer each may take: on such a line 32 MiB take 1,024 s.
#[tokio::test(start_paused = true)]
async fn what_shares_the_line_with_much_has_longest() {
    let send = async |aws: &Aws| {
        let request = aws.s3.put_object().bucket("b").key("k").customize().config_override(with_an_object(32 << 20));
        assert!(request.send().await.is_err());
    };
    let seconds = seconds_of(send).await;
    assert!((120 + 1024..120 + 1034).contains(&seconds), "{seconds} s");
}
