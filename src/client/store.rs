//! A store over HTTP: its index, its manifests, its files.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::base::{Digest, Variant};
use crate::client::PullError;
use crate::fetch::{DownloadError, Getter, Got, Validators};
use crate::release::{DeltaKind, DeltaRecord, FileRecord, Index, IndexEntry, Manifest, PublicKey};

/// A nightly release for a century has 36,500 entries of some 200 bytes.
const MAX_INDEX_BYTES: u64 = 16 << 20;
/// Four lines; comments are short.
const MAX_SIGNATURE_BYTES: u64 = 16 << 10;
/// A manifest with the locks of two hundred feeds has 200 kB.
const MAX_MANIFEST_BYTES: u64 = 16 << 20;

/// A store that is asked over HTTP.
pub(super) struct Store<'a> {
    url: &'a str,
    getter: &'a Getter,
    /// What came over the wire so far.
    n_bytes: Cell<u64>,
}

/// What a manifest says that a client needs; whatever else a later one says is passed over.
#[derive(Debug, Deserialize)]
pub(super) struct Listing {
    schema: u32,
    pub(super) editions: BTreeMap<String, Edition>,
}

/// The forms that an edition can be had in.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Edition {
    files: Vec<Entry<FileRecord>>,
    #[serde(default)]
    deltas: Vec<Entry<DeltaRecord>>,
}

/// An entry of a list to which later programs may add kinds that this one does not know.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Entry<T> {
    Known(T),
    Unknown(serde::de::IgnoredAny),
}

impl<T> Entry<T> {
    fn known(&self) -> Option<&T> {
        match self {
            Self::Known(record) => Some(record),
            Self::Unknown(_) => None,
        }
    }
}

impl Edition {
    /// The database itself.
    pub(super) fn database(&self) -> Option<&FileRecord> {
        self.files().find(|file| file.variant == Variant::Mmdb)
    }

    /// The database, and what it is packed as.
    pub(super) fn files(&self) -> impl Iterator<Item = &FileRecord> {
        self.files.iter().filter_map(Entry::known)
    }

    /// Updates that ipmint applies.
    pub(super) fn deltas(&self) -> impl Iterator<Item = &DeltaRecord> {
        let deltas = self.deltas.iter().filter_map(Entry::known);
        deltas.filter(|delta| delta.kind == DeltaKind::Rows)
    }
}

impl<'a> Store<'a> {
    /// Names the folder of a store; nothing is asked yet.
    pub(super) fn at(url: &'a str, getter: &'a Getter) -> Self {
        Self { url: url.trim_end_matches('/'), getter, n_bytes: Cell::new(0) }
    }

    /// What came over the wire so far.
    pub(super) fn n_bytes(&self) -> u64 {
        self.n_bytes.get()
    }

    /// Where the index is.
    pub(super) fn index_url(&self) -> String {
        format!("{}/index.json", self.url)
    }

    /// The index, signed by the key if there is one; `None` if it is the one that is known.
    pub(super) fn index(
        &self,
        key: Option<&PublicKey>,
        known: Option<&Validators>,
    ) -> Result<Option<(Index, Validators)>, PullError> {
        let url = self.index_url();
        let Some(got) = self.ask(&url, known, MAX_INDEX_BYTES)? else { return Ok(None) };
        if let Some(key) = key {
            self.check_signature(key, &url, &got.bytes)?;
        }
        let index: Index = json(&url, &got.bytes)?;
        if index.schema != Index::SCHEMA {
            return Err(PullError::Schema { url, found: index.schema });
        }
        Ok(Some((index, got.validators)))
    }

    fn check_signature(&self, key: &PublicKey, url: &str, bytes: &[u8]) -> Result<(), PullError> {
        let signature_url = format!("{url}.minisig");
        let signature = match self.get(&signature_url, MAX_SIGNATURE_BYTES) {
            Err(PullError::Download {
                source: DownloadError::Status { status: 404 | 410 },
                ..
            }) => return Err(PullError::NoSignature { url: signature_url }),
            signature => signature?,
        };
        let signature = String::from_utf8_lossy(&signature.bytes);
        let checked = key.verify(bytes, &signature);
        checked.map(drop).map_err(|source| PullError::Signature { url: url.to_owned(), source })
    }

    /// The manifest that an index names.
    pub(super) fn manifest(&self, entry: &IndexEntry) -> Result<Listing, PullError> {
        let url = self.file_url(&entry.version, "manifest.json")?;
        let Got { bytes, sha256: found, .. } = self.get(&url, MAX_MANIFEST_BYTES)?;
        let expected = entry.manifest_sha256;
        if found != expected {
            return Err(PullError::Manifest { url, expected, found });
        }
        let listing: Listing = json(&url, &bytes)?;
        if listing.schema != Manifest::SCHEMA {
            return Err(PullError::Schema { url, found: listing.schema });
        }
        Ok(listing)
    }

    /// A file of a release that has that size and digest.
    pub(super) fn file(
        &self,
        url: &str,
        n_bytes: u64,
        expected: Digest,
    ) -> Result<Vec<u8>, PullError> {
        let Got { bytes, sha256: found, .. } = self.get(url, n_bytes)?;
        if found != expected {
            return Err(PullError::Digest { what: url.to_owned(), expected, found });
        }
        Ok(bytes)
    }

    /// Where a file of a release is.
    ///
    /// # Errors
    /// If a name is not plain, and might lead out of the store.
    pub(super) fn file_url(&self, version: &str, name: &str) -> Result<String, PullError> {
        for name in [version, name] {
            if !is_plain(name) {
                return Err(PullError::Name { name: shown(name) });
            }
        }
        Ok(format!("{}/releases/{version}/{name}", self.url))
    }

    fn get(&self, url: &str, limit: u64) -> Result<Got, PullError> {
        let got = self.ask(url, None, limit)?;
        Ok(got.expect("a 304 is no answer to a request without validators"))
    }

    fn ask(
        &self,
        url: &str,
        known: Option<&Validators>,
        limit: u64,
    ) -> Result<Option<Got>, PullError> {
        let got = self.getter.get(url, known, limit).map_err(|source| match source {
            DownloadError::TooLarge { .. } => PullError::Longer { url: url.to_owned(), limit },
            source => PullError::Download { url: url.to_owned(), source },
        })?;
        let wire_bytes = got.as_ref().map_or(0, |got| got.wire_bytes);
        self.n_bytes.set(self.n_bytes.get() + wire_bytes);
        Ok(got)
    }
}

/// Words of letters, digits and `._-`, joined by single slashes, none of which begins with a dot.
fn is_plain(name: &str) -> bool {
    let is_word = |word: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !word.is_empty() && !word.starts_with('.') && word.bytes().all(is_plain)
    };
    name.split('/').all(is_word)
}

/// As much of what a server says as fits into a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

fn json<T: DeserializeOwned>(url: &str, bytes: &[u8]) -> Result<T, PullError> {
    let parsed = serde_json::from_slice(bytes);
    parsed.map_err(|source| PullError::Json { url: url.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use crate::client::store::{Listing, is_plain};

    #[test]
    fn names_that_may_be_paths_are_not_plain() {
        for name in ["full.mmdb", "delta/full.from-20261121.1.rows", "20261121.1", "a_b"] {
            assert!(is_plain(name), "{name}");
        }
        for name in
            ["", "../x", "a/../x", "/etc/passwd", "a//b", "a/", ".hidden", "a\\b", "%2e", "?"]
        {
            assert!(!is_plain(name), "{name}");
        }
    }

    #[test]
    fn what_a_later_manifest_adds_is_passed_over() {
        let digest = "0".repeat(64);
        let text = format!(
            r#"{{"schema":1,"new":true,"editions":{{"asn":{{"files":[
                {{"name":"asn.zip","variant":"zip","bytes":1}},
                {{"name":"asn.mmdb","variant":"mmdb","bytes":7,"sha256":"{digest}","md5":"{}","new":1}}
            ],"deltas":[{{"kind":"other"}}]}}}}}}"#,
            "0".repeat(32)
        );
        let listing: Listing = serde_json::from_str(&text).expect("schema 1");
        let edition = &listing.editions["asn"];
        assert_eq!(edition.database().map(|file| file.bytes), Some(7));
        assert_eq!((edition.files().count(), edition.deltas().count()), (1, 0));
    }
}
