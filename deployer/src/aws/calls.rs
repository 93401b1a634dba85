//! Requests to AWS under way: counted, and no more at once than the user allows.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::Semaphore;

/// Shared by all clients of a run.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    under_way: AtomicUsize,
    /// `None`: no limit.
    places: Option<Semaphore>,
}

impl Calls {
    /// At most so many requests at once; the others wait for their turn.
    pub fn at_most(limit: Option<NonZeroUsize>) -> Self {
        let places = limit.map(|limit| Semaphore::new(limit.get().min(Semaphore::MAX_PERMITS)));
        Self(Arc::new(Shared { under_way: AtomicUsize::new(0), places }))
    }

    /// How many requests wait for their answer.
    pub fn under_way(&self) -> usize {
        self.0.under_way.load(Ordering::Relaxed)
    }

    /// The same client, whose requests count.
    pub(super) fn counted(&self, client: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Counted { calls: self.clone(), inner: client })
    }
}

/// One request that is under way, until its answer came or nobody waits for it any more.
struct UnderWay(Arc<Shared>);

impl UnderWay {
    fn begin(shared: &Arc<Shared>) -> Self {
        shared.under_way.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(shared))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct Counted<T> {
    calls: Calls,
    inner: T,
}

impl HttpClient for Counted<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Counted { calls: self.calls.clone(), inner })
    }
}

impl HttpConnector for Counted<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (shared, inner) = (Arc::clone(&self.calls.0), self.inner.clone());
        HttpConnectorFuture::new(async move {
            let _place = match &shared.places {
                // It is never closed.
                Some(places) => places.acquire().await.ok(),
                None => None,
            };
            let _under_way = UnderWay::begin(&shared);
            inner.call(request).await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use tokio::sync::Barrier;

    /// Answers when two are there at once; alone, never.
    #[derive(Debug)]
    struct InPairs(Arc<Barrier>);

    impl HttpConnector for InPairs {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let barrier = Arc::clone(&self.0);
            HttpConnectorFuture::new(async move {
                barrier.wait().await;
                Ok(HttpResponse::new(StatusCode::try_from(200).unwrap(), SdkBody::empty()))
            })
        }
    }

    fn connector(calls: &Calls) -> Counted<SharedHttpConnector> {
        let inner = SharedHttpConnector::new(InPairs(Arc::new(Barrier::new(2))));
        Counted { calls: calls.clone(), inner }
    }

    #[tokio::test]
    async fn two_at_once_meet_and_are_over() {
        let calls = Calls::at_most(NonZeroUsize::new(2));
        let connector = connector(&calls);
        let (first, second) = tokio::join!(connector.call(HttpRequest::empty()), connector.call(HttpRequest::empty()));
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(calls.under_way(), 0);
    }

    #[tokio::test]
    async fn one_at_a_time_never_meet() {
        let calls = Calls::at_most(NonZeroUsize::new(1));
        let connector = connector(&calls);
        let both = async { tokio::join!(connector.call(HttpRequest::empty()), connector.call(HttpRequest::empty())) };
        let mut both = std::pin::pin!(both);
        // As far as both get without outside help.
        for _ in 0..10 {
            tokio::select! {
                biased;
                _ = &mut both => panic!("both were under way at once"),
                () = tokio::task::yield_now() => {}
            }
        }
        assert_eq!(calls.under_way(), 1);
    }
}
