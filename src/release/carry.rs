//! Editions of the current release that would be the same again.

use rayon::prelude::*;

use crate::mmdb::{FormatError, Metadata, Reader};
use crate::release::{EditionRecord, Manifest, Release};

/// Returns the edition of `current` if a database says the same, but for when it was built, and
/// all its files are what the manifest says: what is damaged is made anew rather than handed on.
pub(super) fn carry<'r>(
    current: &'r Release,
    edition: &str,
    bytes: &[u8],
) -> Option<&'r EditionRecord> {
    let record = current.manifest().editions.get(edition)?;
    let is_of_layout = record.layout == Manifest::LAYOUT;
    let old = current.edition(edition).ok().filter(|_| is_of_layout)?;
    if !says_the_same(&old, bytes).unwrap_or(false) {
        return None;
    }
    let is_sound = record.claimed().par_iter().all(|file| current.damage(file).is_none());
    is_sound.then_some(record)
}

/// Whether two files differ in their build epochs at the most.
fn says_the_same(old: &[u8], new: &[u8]) -> Result<bool, FormatError> {
    let (old, new) = (Reader::open(old)?, Reader::open(new)?);
    let metadata = |reader: &Reader<'_>| {
        Ok::<_, FormatError>(Metadata { build_epoch: 0, ..Metadata::read(reader.metadata())? })
    };
    Ok(old.before_metadata() == new.before_metadata() && metadata(&old)? == metadata(&new)?)
}

#[cfg(test)]
mod tests {
    use crate::mmdb::{Contents, Metadata, Pool, write};
    use crate::release::carry::says_the_same;

    fn database(description: &str, build_epoch: u64) -> Vec<u8> {
        let metadata = Metadata {
            database_type: "ipmint-test".to_owned(),
            description: description.to_owned(),
            build_epoch,
        };
        let contents = Contents { pool: &Pool::new(), v4: &[], v6: &[] };
        write(contents, &metadata).expect("small").bytes
    }

    #[test]
    fn only_the_build_epoch_may_differ() {
        let old = database("a", 1);
        // Of another length: the number takes more bytes.
        assert_eq!(says_the_same(&old, &database("a", 1 << 40)), Ok(true));
        assert_eq!(says_the_same(&old, &database("b", 1)), Ok(false));
    }
}
