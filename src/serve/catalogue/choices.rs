//! The codings that one URL's content can be had in.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use http::header::HeaderMap;

use crate::base::Digest;
use crate::serve::catalogue::Blob;
use crate::serve::rules::{Coding, negotiate, vary};

/// What a URL can be answered with: the file as it is, and that file packed.
#[derive(Clone, Debug)]
pub struct Choices {
    codings: Vec<Coding>,  // invariant: identity is the last
    blobs: Vec<Arc<Blob>>, // invariant: one a coding
    vary: Option<HeaderValue>,
}

impl Choices {
    /// A file that is sent as it is.
    pub fn only(blob: Arc<Blob>) -> Self {
        Self::of(blob, Vec::new())
    }

    /// A file and what it is packed as, the most welcome first.
    pub fn of(identity: Arc<Blob>, packed: Vec<(Coding, Arc<Blob>)>) -> Self {
        let (mut codings, mut blobs): (Vec<Coding>, Vec<Arc<Blob>>) = packed.into_iter().unzip();
        codings.push(Coding::Identity);
        blobs.push(identity);
        let vary = vary(&codings).map(HeaderValue::from_static);
        Self { codings, blobs, vary }
    }

    /// What was made here, and what it is packed as, the most welcome first; what is not smaller packed is not offered.
    pub fn made(bytes: impl Into<Bytes>, packed: Vec<(Coding, Vec<u8>)>) -> Self {
        let bytes = bytes.into();
        let smaller = packed.into_iter().filter(|(_, packed)| packed.len() < bytes.len());
        let held = smaller.map(|(coding, packed)| (coding, Arc::new(Blob::held(packed))));
        let held = held.collect();
        Self::of(Arc::new(Blob::held(bytes)), held)
    }

    /// What a client is sent.
    pub fn negotiated(&self, headers: &HeaderMap) -> (Coding, &Arc<Blob>) {
        let coding = match self.codings.as_slice() {
            [only] => *only,
            codings => negotiate(headers, codings),
        };
        let idx = self.codings.iter().position(|other| *other == coding);
        (coding, &self.blobs[idx.unwrap_or(self.blobs.len() - 1)])
    }

    /// The one with these bytes.
    pub fn with_digest(&self, digest: Digest) -> Option<(Coding, &Arc<Blob>)> {
        let idx = self.blobs.iter().position(|blob| blob.digest() == digest)?;
        Some((self.codings[idx], &self.blobs[idx]))
    }

    /// The file as it is.
    pub fn identity(&self) -> &Arc<Blob> {
        self.blobs.last().expect("identity is always there")
    }

    /// `Vary`, on every answer.
    pub fn vary(&self) -> Option<&HeaderValue> {
        self.vary.as_ref()
    }
}
