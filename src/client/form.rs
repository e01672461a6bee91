//! From bytes on the wire to the database: whole files in any packing, and deltas.

use std::borrow::Cow;

use crate::base::{Digest, Variant};
use crate::client::PullError;
use crate::client::route::Step;
use crate::client::store::Store;
use crate::delta::{Limits, compact, rows};
use crate::fetch;
use crate::release::FileRecord;

/// The forms that a file is taken in, the one with the fewest bytes first.
pub(super) fn cheapest<'f>(files: impl Iterator<Item = &'f FileRecord>) -> Vec<&'f FileRecord> {
    let mut files: Vec<&FileRecord> = files.filter(|file| rank(file.variant).is_some()).collect();
    files.sort_by_key(|file| (file.bytes, rank(file.variant)));
    files
}

/// Of forms of one size, which is first; an archive would have to be taken apart as well.
fn rank(variant: Variant) -> Option<u8> {
    match variant {
        Variant::Compact => Some(0),
        Variant::Zst => Some(1),
        Variant::Gz => Some(2),
        Variant::Mmdb => Some(3),
        Variant::TarGz => None,
    }
}

/// The database `wanted` from one of its forms.
pub(super) fn whole(
    store: &Store<'_>,
    version: &str,
    form: &FileRecord,
    wanted: &FileRecord,
) -> Result<Vec<u8>, PullError> {
    let url = store.file_url(version, &form.name)?;
    // No form is larger than what it packs, but for a header: what says so is not worth fetching.
    let limit = form.bytes.min(wanted.bytes.saturating_add(PACKED_BYTES_MORE));
    let bytes = store.file(&url, limit, form.sha256)?;
    let unpacked = match form.variant {
        Variant::Mmdb => bytes,
        Variant::Compact => compact::decode(&bytes, Limits { file_bytes: wanted.bytes })
            .map_err(|source| PullError::Delta { url: url.clone(), source })?,
        Variant::Zst | Variant::Gz | Variant::TarGz => fetch::unpacked(&bytes, wanted.bytes)
            .map_err(|source| PullError::Unpack { url: url.clone(), source })?
            .ok_or_else(|| PullError::Longer { url: url.clone(), limit: wanted.bytes })?,
    };
    check(unpacked, &url, wanted.sha256)
}

/// What a packing adds to bytes that do not pack.
const PACKED_BYTES_MORE: u64 = 1 << 20;

/// The database `wanted`, by deltas from the file that is here.
pub(super) fn along(
    store: &Store<'_>,
    route: &[Step],
    old: &[u8],
    wanted: &FileRecord,
) -> Result<Vec<u8>, PullError> {
    let mut file = Cow::Borrowed(old);
    let mut last_url = String::new();
    for step in route {
        let url = store.file_url(&step.version, &step.delta.name)?;
        let delta = store.file(&url, step.delta.bytes, step.delta.sha256)?;
        let limits = Limits { file_bytes: step.new_bytes.max(file.len() as u64) };
        let applied = rows::apply(&file, &delta, limits);
        file = applied.map_err(|source| PullError::Delta { url: url.clone(), source })?.into();
        last_url = url;
    }
    check(file.into_owned(), &last_url, wanted.sha256)
}

fn check(bytes: Vec<u8>, url: &str, expected: Digest) -> Result<Vec<u8>, PullError> {
    let found = Digest::of(&bytes);
    if found != expected {
        return Err(PullError::Digest { what: format!("what {url} leads to"), expected, found });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use crate::base::{Digest, Md5, Variant};
    use crate::client::form::cheapest;
    use crate::release::FileRecord;

    #[test]
    fn the_form_with_the_fewest_bytes_is_first() {
        let file = |variant, bytes| FileRecord {
            name: "x".to_owned(),
            variant,
            bytes,
            sha256: Digest::of(b""),
            md5: Md5::md5_of(b""),
        };
        let files = [
            file(Variant::Mmdb, 9),
            file(Variant::Gz, 5),
            file(Variant::TarGz, 1),
            file(Variant::Zst, 5),
            file(Variant::Compact, 6),
        ];
        let order: Vec<Variant> = cheapest(files.iter()).iter().map(|file| file.variant).collect();
        assert_eq!(order, [Variant::Zst, Variant::Gz, Variant::Compact, Variant::Mmdb]);
    }
}
