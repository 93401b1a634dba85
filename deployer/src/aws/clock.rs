//! This machine's clock against that of AWS, which stands in every answer.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aws_sdk_s3::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Notes how far this machine's clock is off: seconds, positive where it is ahead. `None` until an answer has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Skew(Arc<Mutex<Option<i64>>>);

impl Skew {
    pub(super) fn seconds(&self) -> Option<i64> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Intercept for Skew {
    fn name(&self) -> &'static str {
        "Skew"
    }

    /// Also of an answer that refuses the call since the clock is wrong.
    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date").and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        if let Some(date) = date {
            let ours = DateTime::from(SystemTime::now()).secs();
            *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(ours - date.secs());
        }
        Ok(())
    }
}
