//! Who may keep an answer, and for how long.

use http::HeaderValue;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Anybody.
    Everyone,
    /// Who has a key.
    KeyHolders,
}

/// How long an answer may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The URL's content never changes.
    Forever,
    /// The URL is of the newest: caches ask whether it changed.
    Revalidated,
}

impl Kept {
    /// `Cache-Control`. Where keys are asked for, a shared cache would hand on what it got for one
    /// (RFC 9111 §3.5 knows of Authorization alone, not of other headers with keys in them).
    pub fn header_value(self, audience: Audience) -> HeaderValue {
        HeaderValue::from_static(match (self, audience) {
            (Self::Forever, Audience::Everyone) => "max-age=31536000, immutable",
            (Self::Forever, Audience::KeyHolders) => "private, max-age=31536000, immutable",
            (Self::Revalidated, Audience::Everyone) => "no-cache",
            (Self::Revalidated, Audience::KeyHolders) => "private, no-cache",
        })
    }
}
