//! When something came to be, as headers say it.

use http::HeaderValue;

use crate::base::BuildEpoch;
use crate::serve::rules::HttpDate;

/// A moment, and its Last-Modified.
#[derive(Clone, Debug)]
pub struct Stamp {
    epoch: BuildEpoch,
    value: HeaderValue,
}

impl Stamp {
    /// Takes what is still to come for now: Last-Modified is never later than Date (RFC 9110 §8.8.2.1).
    pub fn new(epoch: BuildEpoch, now: BuildEpoch) -> Self {
        let epoch = epoch.min(now);
        let value = HeaderValue::try_from(HttpDate::from(epoch).to_string());
        Self { epoch, value: value.expect("a date is visible ASCII") }
    }

    /// Unix seconds.
    pub fn epoch(&self) -> BuildEpoch {
        self.epoch
    }

    /// `Last-Modified`.
    pub fn header_value(&self) -> &HeaderValue {
        &self.value
    }
}
