//! Digests: SHA-256 names snapshots and files; MD5 is what update clients compare.

use std::fmt;
use std::str::FromStr;

use md5::Md5 as Md5Hasher;
use sha2::{Digest as _, Sha256};

/// A digest of `N` bytes, written as lower-case hex digits; a SHA-256 (FIPS 180-4) unless said otherwise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest<const N: usize = 32>([u8; N]);

/// An MD5 digest (RFC 1321): what geoipupdate compares. Proves nothing about who made the bytes.
pub type Md5 = Digest<16>;

/// The text is not a digest in hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a digest of {n_digits} hex digits")]
pub struct DigestError {
    n_digits: usize,
}

impl Digest {
    /// Digests the bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest itself, as binary files carry it.
    pub fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

impl Md5 {
    /// Digests the bytes.
    pub fn md5_of(bytes: &[u8]) -> Self {
        Self::md5_of_parts(&[bytes])
    }

    /// Digests bytes that lie in several places.
    pub fn md5_of_parts(parts: &[impl AsRef<[u8]>]) -> Self {
        let mut hasher = Md5Hasher::new();
        parts.iter().for_each(|part| hasher.update(part));
        Self(hasher.finalize().into())
    }
}

/// A digest of bytes that come piece by piece.
#[derive(Clone, Default)]
pub struct Digester(Sha256);

impl Digester {
    /// Takes the next bytes in.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes taken in.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl<const N: usize> FromStr for Digest<N> {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let wrong = DigestError { n_digits: 2 * N };
        if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong);
        }
        let mut bytes = [0; N];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong)?;
        }
        Ok(Self(bytes))
    }
}

impl<const N: usize> fmt::Display for Digest<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Digest<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
