//! A table of cells that were met, and what each came to.

use hashbrown::HashTable;

/// Cells by their bytes.
#[derive(Debug, Default)]
pub(super) struct CellTable {
    /// Where in the arena, in words: half a megabyte for what is asked once a row.
    by_hash: HashTable<u32>,
    arena: Arena,
}

impl CellTable {
    /// Where cells are, and their code.
    #[inline]
    pub(super) fn find(&self, hash: u64, cells: &[u8]) -> Option<(u32, u32)> {
        let is_same = |word: &u32| {
            let seen = self.arena.get(*word);
            seen.hash == hash && *seen.cells == *cells
        };
        let word = *self.by_hash.find(hash, is_same)?;
        Some((word, self.arena.get(word).code))
    }

    /// The code of the cells there, if they are those.
    #[inline]
    pub(super) fn at(&self, word: u32, cells: &[u8]) -> Option<u32> {
        let seen = self.arena.get(word);
        (*seen.cells == *cells).then_some(seen.code)
    }

    /// Adds cells that are not there; `None` where there are too many, or too long ones.
    pub(super) fn insert(&mut self, hash: u64, cells: &[u8], code: u32) -> Option<u32> {
        let word = self.arena.push(&Seen { hash, code, cells })?;
        let arena = &self.arena;
        self.by_hash.insert_unique(hash, word, |word| arena.get(*word).hash);
        Some(word)
    }

    /// Forgets all cells.
    pub(super) fn clear(&mut self) {
        self.by_hash.clear();
        self.arena.0.clear();
    }
}

/// Cells one after the other: hash, length, code, bytes, and zeros up to a whole word. What a row
/// asks for lies side by side.
#[derive(Debug, Default)]
struct Arena(Vec<u8>);

/// Cells that were met before.
struct Seen<'a> {
    hash: u64,
    code: u32,
    cells: &'a [u8],
}

const WORD: usize = 8;

impl Arena {
    #[inline]
    fn get(&self, word: u32) -> Seen<'_> {
        let entry = &self.0[word as usize * WORD..];
        let (hash, rest) = entry.split_first_chunk().expect("each begins with its hash");
        let (len, rest) = rest.split_first_chunk().expect("then its length");
        let (code, rest) = rest.split_first_chunk().expect("then its code");
        let cells = &rest[..u32::from_ne_bytes(*len) as usize];
        Seen { hash: u64::from_ne_bytes(*hash), code: u32::from_ne_bytes(*code), cells }
    }

    fn push(&mut self, seen: &Seen<'_>) -> Option<u32> {
        let word = u32::try_from(self.0.len() / WORD).ok()?;
        let len = u32::try_from(seen.cells.len()).ok()?;
        self.0.extend_from_slice(&seen.hash.to_ne_bytes());
        self.0.extend_from_slice(&len.to_ne_bytes());
        self.0.extend_from_slice(&seen.code.to_ne_bytes());
        self.0.extend_from_slice(seen.cells);
        self.0.resize(self.0.len().next_multiple_of(WORD), 0);
        Some(word)
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::cells::CellTable;

    #[test]
    fn cells_are_known_by_all_their_bytes() {
        let mut table = CellTable::default();
        // One hash for all, which says nothing.
        let words: Vec<Option<u32>> =
            (0..100).map(|n| table.insert(7, &vec![n; usize::from(n)], n.into())).collect();
        for (n, word) in (0..100).zip(words) {
            let cells = vec![n; usize::from(n)];
            let word = word.expect("not too many");
            assert_eq!(table.find(7, &cells), Some((word, n.into())));
            assert_eq!(table.at(word, &cells), Some(n.into()));
            assert_eq!(table.at(word, b"other"), None);
            assert_eq!(table.find(8, &cells), None);
        }
        table.clear();
        assert_eq!(table.find(7, b""), None);
    }
}
