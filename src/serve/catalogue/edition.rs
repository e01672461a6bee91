//! An edition of a release, every form of it ready to be sent.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use http::HeaderValue;

use crate::base::{BuildEpoch, Day, Variant};
use crate::release::{DeltaKind, EditionRecord};
use crate::serve::catalogue::load::Blobs;
use crate::serve::catalogue::{Archive, Blob, CatalogueError, Choices, Stamp};
use crate::serve::rules::Coding;

/// The largest old file that a patch over HTTP is decoded with: RFC 9842 §5 gives a client's window 1.25
/// times its bytes, and 128 MB at the most.
const MAX_DICTIONARY_BYTES: u64 = 128 * 1024 * 1024 * 4 / 5;

/// One edition of one release.
#[derive(Debug)]
pub struct ServedEdition {
    record: EditionRecord,
    stamp: Stamp,
    whole: Choices,
    variants: BTreeMap<Variant, Choices>,
    deltas: BTreeMap<(String, DeltaKind), Choices>,
    dictionary: Option<HeaderValue>,
    archives: BTreeMap<String, OnceLock<Option<Archive>>>,
}

impl ServedEdition {
    pub(super) fn load(
        blobs: &mut Blobs<'_>,
        name: &str,
        record: EditionRecord,
        aliases: &BTreeMap<String, String>,
        now: BuildEpoch,
    ) -> Result<Self, CatalogueError> {
        let mut variants = BTreeMap::new();
        for file in &record.files {
            let blob = blobs.get(&file.name, file.bytes, file.sha256)?;
            variants.insert(file.variant, Choices::only(blob));
        }
        let mut deltas = BTreeMap::new();
        let mut packed: Vec<(Coding, Arc<Blob>)> = Vec::new();
        for delta in &record.deltas {
            let blob = blobs.get(&delta.name, delta.bytes, delta.sha256)?;
            let coding = Coding::Dcz { dictionary: delta.old_sha256 };
            if delta.kind == DeltaKind::Dcz && packed.iter().all(|(other, _)| *other != coding) {
                packed.push((coding, Arc::clone(&blob)));
            }
            deltas.insert((delta.from.clone(), delta.kind), Choices::only(blob));
        }
        let identity = variants.get(&Variant::Mmdb).map(Choices::identity).cloned();
        let Some(identity) = identity else {
            return Err(CatalogueError::NoDatabase { edition: name.to_owned() });
        };
        for (coding, variant) in [(Coding::Zstd, Variant::Zst), (Coding::Gzip, Variant::Gz)] {
            let blob = variants.get(&variant).map(Choices::identity);
            let blob = blob.filter(|blob| coding != Coding::Zstd || is_content_coding(blob));
            packed.extend(blob.map(|blob| (coding, Arc::clone(blob))));
        }
        let is_dictionary = identity.size() <= MAX_DICTIONARY_BYTES;
        let dictionary = is_dictionary.then(|| {
            let value = format!("match=\"/v1/database/download/{name}*\"");
            HeaderValue::try_from(value).expect("names of editions are visible ASCII")
        });
        let stamp = Stamp::new(BuildEpoch(record.build_epoch), now);
        let whole = Choices::of(identity, packed);
        let aliases = aliases.iter().filter(|(_, edition)| *edition == name);
        let archives = aliases.map(|(alias, _)| (alias.clone(), OnceLock::new())).collect();
        Ok(Self { record, stamp, whole, variants, deltas, dictionary, archives })
    }

    /// What its manifest says of it.
    pub fn record(&self) -> &EditionRecord {
        &self.record
    }

    /// When it was built.
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// The day it was built, as update clients know it.
    pub fn day(&self) -> Day {
        BuildEpoch(self.record.build_epoch).day()
    }

    /// The database, in every content coding.
    pub fn whole(&self) -> &Choices {
        &self.whole
    }

    /// One of its files under a name that it was asked for by, its own or an alias.
    pub fn named(&self, id: &str, variant: Variant) -> Option<&Choices> {
        match variant {
            Variant::TarGz if self.archives.contains_key(id) => {
                self.archive(id).map(|archive| &archive.choices)
            }
            variant => self.variant(variant),
        }
    }

    /// One of its files, as it is.
    pub fn variant(&self, variant: Variant) -> Option<&Choices> {
        self.variants.get(&variant)
    }

    /// Its archive under one of its aliases, put together when it is first asked for.
    pub fn archive(&self, alias: &str) -> Option<&Archive> {
        let archive = self.archives.get(alias)?.get_or_init(|| {
            let database = self.record.file(Variant::Mmdb)?;
            let packed = self.variant(Variant::Gz)?.identity();
            let epoch = BuildEpoch(self.record.build_epoch);
            // Aliases are short, so tar has room for them.
            Archive::of(alias, epoch, database.bytes, packed.bytes()).ok()
        });
        archive.as_ref()
    }

    /// Puts together every archive that may be asked for.
    pub(super) fn prepare(&self) {
        for alias in self.archives.keys() {
            self.archive(alias);
        }
    }

    /// What to make it of: a delta from the same edition of an older release.
    pub fn delta(&self, from: &str, kind: DeltaKind) -> Option<&Choices> {
        self.deltas.get(&(from.to_owned(), kind))
    }

    /// `Use-As-Dictionary` (RFC 9842 §2.1), if a later patch may be of this file.
    pub fn dictionary(&self) -> Option<&HeaderValue> {
        self.dictionary.as_ref()
    }
}

/// Whether a zstd frame's window is one that every client of the content coding has (RFC 9659 §3).
fn is_content_coding(blob: &Blob) -> bool {
    const MAX_WINDOW: u64 = 8 * 1024 * 1024;
    window(blob.bytes()).is_some_and(|window| window <= MAX_WINDOW)
}

/// The window that a frame asks for (RFC 8878 §3.1.1.1).
fn window(frame: &[u8]) -> Option<u64> {
    let rest = frame.strip_prefix(&[0x28, 0xb5, 0x2f, 0xfd])?;
    let (descriptor, rest) = rest.split_first()?;
    if descriptor & 0x20 == 0 {
        let window = rest.first()?;
        let base = 1_u64 << (10 + (window >> 3));
        return Some(base + base / 8 * u64::from(window & 7));
    }
    // A single segment: no window but the content, whose size follows the dictionary's id.
    let rest = rest.get([0, 1, 2, 4][usize::from(descriptor & 3)]..)?;
    let n_bytes = [1, 2, 4, 8][usize::from(descriptor >> 6)];
    let size = rest.get(..n_bytes)?.iter().rev().fold(0, |size, byte| size << 8 | u64::from(*byte));
    Some(if n_bytes == 2 { size + 256 } else { size })
}

#[cfg(test)]
mod tests {
    use zstd::zstd_safe::CParameter;

    use crate::serve::catalogue::edition::window;

    fn packed(n_bytes: usize, window_log: u32, size: Option<u64>) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
        encoder.set_parameter(CParameter::WindowLog(window_log)).expect("allowed");
        encoder.set_pledged_src_size(size).expect("before the first byte");
        std::io::copy(&mut std::io::repeat(7).take(n_bytes as u64), &mut encoder).expect("written");
        encoder.finish().expect("finished")
    }

    use std::io::Read as _;

    #[track_caller]
    fn check(frame: &[u8], expected: Option<u64>) {
        assert_eq!(window(frame), expected, "{:02x?}", &frame[..frame.len().min(14)]);
    }

    #[test]
    fn the_window_is_what_the_frame_says() {
        check(&packed(100_000, 17, None), Some(1 << 17));
        check(&packed(100_000, 23, None), Some(1 << 23));
        check(&packed(100_000, 27, None), Some(1 << 27));
        for n_bytes in [0, 100, 255, 256, 300, 65_791, 65_792, 100_000] {
            check(&packed(n_bytes, 23, Some(n_bytes as u64)), Some(n_bytes as u64));
        }
    }

    #[test]
    fn what_is_no_frame_has_no_window() {
        check(b"", None);
        check(b"\x28\xb5\x2f\xfd", None);
        check(b"\x28\xb5\x2f\xfd\xe0\x01", None);
        check(b"\x1f\x8b\x08\x00\x00\x00", None);
    }
}
