//! The bytes of a file as they are sent, and what headers say of them alone.
//!
//! Most are one map. What is put together of several keeps them apart: nothing is copied.

use std::path::Path;
use std::sync::OnceLock;

use bytes::Bytes;
use ct_codecs::{Base64, Encoder as _};
use http::HeaderValue;

use crate::base::{Digest, Digester, MappedFile};
use crate::serve::catalogue::CatalogueError;
use crate::serve::rules::etag_of;

/// Bytes that never change, mapped or held.
#[derive(Debug)]
pub struct Blob {
    parts: Vec<Bytes>, // invariant: at least one
    size: u64,
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
        Ok(Self::new(vec![Bytes::from_owner(map)], digest))
    }

    /// Holds bytes that were read, or made.
    pub fn held(bytes: impl Into<Bytes>) -> Self {
        Self::joined(vec![bytes.into()])
    }

    /// Holds several pieces as if they were one; reads them through once.
    pub(super) fn joined(parts: Vec<Bytes>) -> Self {
        let mut digester = Digester::default();
        parts.iter().for_each(|part| digester.update(part));
        let blob = Self::new(parts, digester.finish());
        blob.is_sound.set(true).expect("not asked yet");
        blob
    }

    fn new(parts: Vec<Bytes>, digest: Digest) -> Self {
        let base64 = Base64::encode_to_string(digest.to_bytes()).expect("32 bytes");
        let repr_digest = HeaderValue::try_from(format!("sha-256=:{base64}:"));
        Self {
            size: parts.iter().map(|part| part.len() as u64).sum(),
            parts,
            digest,
            etag: etag_of(digest),
            repr_digest: repr_digest.expect("base64 is visible ASCII"),
            is_sound: OnceLock::new(),
        }
    }

    /// Whether the bytes have their digest; read through once, then known.
    pub(super) fn is_sound(&self) -> bool {
        *self.is_sound.get_or_init(|| {
            let mut digester = Digester::default();
            self.parts.iter().for_each(|part| digester.update(part));
            digester.finish() == self.digest
        })
    }

    /// Its pieces, one after the other.
    pub(super) fn parts(&self) -> &[Bytes] {
        &self.parts
    }

    /// `n_bytes` from `first` on, in one piece or a few; copies nothing.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn slice(&self, first: u64, n_bytes: u64) -> Vec<Bytes> {
        assert!(first + n_bytes <= self.size, "a range is within the file");
        let (mut skip, mut left) = (first, n_bytes);
        let mut slices = Vec::with_capacity(1);
        for part in &self.parts {
            let size = part.len() as u64;
            let start = skip.min(size);
            let end = (start + left).min(size);
            if start < end {
                // Within a part, so within a `usize`.
                slices.push(part.slice(start as usize..end as usize));
            }
            (skip, left) = (skip - start, left - (end - start));
        }
        slices
    }

    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        self.size
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
    use bytes::Bytes;

    use crate::base::Digest;
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

    #[test]
    fn joined_pieces_are_one_file() {
        let whole = b"abcdefghij";
        let parts = ["abc", "", "d", "efghij"].map(|part| Bytes::from_static(part.as_bytes()));
        let blob = Blob::joined(parts.to_vec());
        assert_eq!((blob.size(), blob.digest()), (10, Digest::of(whole)));
        for first in 0..=10 {
            for n_bytes in 0..=10 - first {
                let slices = blob.slice(first, n_bytes).concat();
                assert_eq!(slices, whole[first as usize..(first + n_bytes) as usize]);
            }
        }
    }
}
