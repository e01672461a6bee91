//! An edition of a release, every form of it ready to be sent.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use http::HeaderValue;

use crate::base::{BuildEpoch, Day, Variant};
use crate::release::{DeltaKind, EditionRecord};
use crate::serve::catalogue::load::Blobs;
use crate::serve::catalogue::{Archive, Blob, CatalogueError, Choices, Form, Stamp};
use crate::serve::rules::Coding;

/// The largest old file that a patch over HTTP is decoded with: RFC 9842 §5 gives a client's window 1.25
/// times its bytes, and 128 MB at the most.
const MAX_DICTIONARY_BYTES: u64 = 128 * 1024 * 1024 * 4 / 5;

/// One edition of one release.
#[derive(Debug)]
pub struct ServedEdition {
    record: EditionRecord,
    version: String,
    stamp: Stamp,
    named: BTreeMap<String, Named>, // invariant: by its own name, and by every alias
    deltas: BTreeMap<(String, DeltaKind), Choices>,
    dictionary: Option<HeaderValue>,
}

/// Its files under one name.
#[derive(Debug)]
struct Named {
    whole: Form,
    variants: BTreeMap<Variant, Form>,
    /// Under an alias, in place of the one in `variants`, whose file inside has the edition's own name; of
    /// releases that were never current here there is only that.
    archive: Option<OnceLock<Archive>>,
}

impl Named {
    fn archive(&self) -> Option<&Archive> {
        self.archive.as_ref().and_then(OnceLock::get)
    }
}

impl ServedEdition {
    pub(super) fn load(
        blobs: &mut Blobs<'_>,
        [name, version]: [&str; 2],
        record: EditionRecord,
        aliases: &BTreeMap<String, String>,
        now: BuildEpoch,
    ) -> Result<Self, CatalogueError> {
        let mut variants = BTreeMap::new();
        for file in &record.files {
            let blob = blobs.get(&file.name, file.bytes, file.sha256)?;
            variants.insert(file.variant, blob);
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
        let Some(identity) = variants.get(&Variant::Mmdb).cloned() else {
            return Err(CatalogueError::NoDatabase { edition: name.to_owned() });
        };
        for (coding, variant) in [(Coding::Zstd, Variant::Zst), (Coding::Gzip, Variant::Gz)] {
            let blob = variants.get(&variant);
            let blob = blob.filter(|blob| coding != Coding::Zstd || is_content_coding(blob));
            packed.extend(blob.map(|blob| (coding, Arc::clone(blob))));
        }
        let is_dictionary = identity.size() <= MAX_DICTIONARY_BYTES;
        let dictionary = is_dictionary.then(|| {
            let value = format!("match=\"/v1/database/download/{name}*\"");
            HeaderValue::try_from(value).expect("names of editions are visible ASCII")
        });
        let whole = Choices::of(identity, packed);
        let aliases = aliases.iter().filter(|(_, edition)| *edition == name);
        let ids = std::iter::once((name, None))
            .chain(aliases.map(|(alias, _)| (alias.as_str(), Some(OnceLock::new()))));
        let named = ids.map(|(id, archive)| {
            let variants = variants.iter().map(|(&variant, blob)| {
                let choices = Choices::only(Arc::clone(blob));
                (variant, Form::of(id, version, Some(variant), choices))
            });
            let variants = variants.collect();
            let whole = Form::of(id, version, None, whole.clone());
            (id.to_owned(), Named { whole, variants, archive })
        });
        let named = named.collect();
        let stamp = Stamp::new(BuildEpoch(record.build_epoch), now);
        Ok(Self { record, version: version.to_owned(), stamp, named, deltas, dictionary })
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

    /// One of its files under its own name or an alias; without a variant the database in every coding.
    pub fn form(&self, id: &str, variant: Option<Variant>) -> Option<&Form> {
        let named = self.named.get(id)?;
        let Some(variant) = variant else { return Some(&named.whole) };
        let archive = named.archive().filter(|_| variant == Variant::TarGz);
        archive.map(|archive| &archive.form).or_else(|| named.variants.get(&variant))
    }

    /// Its archive under an alias.
    pub fn archive(&self, alias: &str) -> Option<&Archive> {
        self.named.get(alias)?.archive()
    }

    /// Puts its archives together; reads a file through for each alias.
    pub(super) fn prepare(&self) {
        for (alias, named) in &self.named {
            let database = self.record.file(Variant::Mmdb);
            let packed = named.variants.get(&Variant::Gz);
            let (Some(place), Some(database), Some(packed)) = (&named.archive, database, packed)
            else {
                continue;
            };
            let epoch = BuildEpoch(self.record.build_epoch);
            let packed = packed.choices.identity();
            // Aliases are short, so tar has room for them.
            let archive = Archive::of(alias, &self.version, epoch, database.bytes, packed);
            if let Ok(archive) = archive {
                place.get_or_init(|| archive);
            }
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
    window(&blob.parts()[0]).is_some_and(|window| window <= MAX_WINDOW)
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
