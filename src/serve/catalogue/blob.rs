//! The bytes of a file as they are sent, and what headers say of them alone.

use std::path::Path;
use std::sync::OnceLock;

use bytes::Bytes;
use ct_codecs::{Base64, Encoder as _};
use http::HeaderValue;

use crate::base::{Digest, MappedFile};
use crate::serve::catalogue::CatalogueError;
use crate::serve::rules::etag_of;

/// Bytes that never change, mapped or held.
#[derive(Debug)]
pub struct Blob {
    bytes: Bytes,
    digest: Digest,
    etag: HeaderValue,
    repr_digest: HeaderValue,
    is_sound: OnceLock<bool>,
}

impl Blob {
    /// Maps a file of a release, of which its manifest says size and digest.
    ///
    /// # Errors
    /// If it is not there or of another size. The digest is not looked at yet: [`is_sound`](Self::is_sound).
    pub(super) fn mapped(path: &Path, size: u64, digest: Digest) -> Result<Self, CatalogueError> {
        let map = match MappedFile::open(path) {
            Ok(map) => map,
            Err(source) => return Err(CatalogueError::Map { path: path.to_owned(), source }),
        };
        if map.len() as u64 != size {
            let (path, found) = (path.to_owned(), map.len() as u64);
            return Err(CatalogueError::Size { path, found, expected: size });
        }
        Ok(Self::new(Bytes::from_owner(map), digest))
    }

    /// Holds bytes that were read, or made.
    pub fn held(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let digest = Digest::of(&bytes);
        let blob = Self::new(bytes, digest);
        blob.is_sound.set(true).expect("not asked yet");
        blob
    }

    fn new(bytes: Bytes, digest: Digest) -> Self {
        let base64 = Base64::encode_to_string(digest.to_bytes()).expect("32 bytes");
        let repr_digest = HeaderValue::try_from(format!("sha-256=:{base64}:"));
        Self {
            bytes,
            digest,
            etag: etag_of(digest),
            repr_digest: repr_digest.expect("base64 is visible ASCII"),
            is_sound: OnceLock::new(),
        }
    }

    /// Whether the bytes have their digest; read through once, then known.
    pub(super) fn is_sound(&self) -> bool {
        *self.is_sound.get_or_init(|| Digest::of(&self.bytes) == self.digest)
    }

    /// The bytes; cloning and slicing them copies nothing.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// How many there are.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Their SHA-256.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// `ETag`.
    pub fn etag(&self) -> &HeaderValue {
        &self.etag
    }

    /// `Repr-Digest` (RFC 9530 §3).
    pub fn repr_digest(&self) -> &HeaderValue {
        &self.repr_digest
    }
}

#[cfg(test)]
mod tests {
    use crate::serve::catalogue::Blob;

    #[test]
    fn headers_say_the_digest_in_hex_and_in_base64() {
        let blob = Blob::held("");
        assert_eq!(blob.size(), 0);
        assert_eq!(
            blob.etag(),
            "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\""
        );
        let expected = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
        assert_eq!(blob.repr_digest(), expected);
    }
}
