//! Which keys of records say `true`, without decoding the rest of them.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use crate::mmdb::decode::{self, Head};
use crate::mmdb::{FormatError, MAX_DEPTH, Reader, Type};

/// Keys that are told apart, one bit each.
const MAX_NAMES: usize = 128;

/// Reads the flags of records: keys at any depth of maps, though not in arrays, whose value is `true`.
#[derive(Debug)]
pub struct Flags<'a> {
    data: &'a [u8],
    /// The last words of keys, by bit.
    names: Vec<&'a [u8]>,
    by_name: HashMap<&'a [u8], u128>,
    /// The flags of what pointers repeat.
    known: HashMap<usize, u128>,
}

impl<'a> Flags<'a> {
    /// Of the records of a file.
    pub fn new(reader: &Reader<'a>) -> Self {
        Self {
            data: reader.data(),
            names: Vec::new(),
            by_name: HashMap::new(),
            known: HashMap::new(),
        }
    }

    /// The keys that said `true` so far, by bit.
    ///
    /// # Errors
    /// If one of them is not UTF-8.
    pub fn names(&self) -> Result<Vec<&'a str>, FormatError> {
        let text = |name: &&'a [u8]| {
            std::str::from_utf8(name).map_err(|_| FormatError::BadText { offset: 0 })
        };
        self.names.iter().map(text).collect()
    }

    /// The flags of the record at an offset, a bit for each of [`Flags::names`].
    ///
    /// # Errors
    /// If the record is malformed, or there are more than 128 flags in all.
    pub fn of(&mut self, offset: usize) -> Result<u128, FormatError> {
        Ok(self.value(offset, 0)?.0)
    }

    /// Returns the flags in a value and the offset after it.
    fn value(&mut self, offset: usize, depth: usize) -> Result<(u128, usize), FormatError> {
        if depth > MAX_DEPTH {
            return Err(FormatError::TooDeep { offset });
        }
        let at = decode::head(self.data, offset)?;
        if at.kind != Type::Pointer {
            return self.content(at, depth);
        }
        let target = decode::target(self.data, offset, at)?;
        if target.kind != Type::Map {
            return Ok((0, at.next));
        }
        if let Some(&flags) = self.known.get(&at.size) {
            return Ok((flags, at.next));
        }
        let flags = self.content(target, depth)?.0;
        self.known.insert(at.size, flags);
        Ok((flags, at.next))
    }

    fn content(&mut self, at: Head, depth: usize) -> Result<(u128, usize), FormatError> {
        let mut next = at.next;
        let mut flags = 0;
        match at.kind {
            Type::Map => {
                for _ in 0..at.size {
                    let (key, after) = self.key(next)?;
                    let value = decode::head(self.data, after)?;
                    if value.kind == Type::Bool {
                        flags |= if value.size == 1 { self.bit(key, next)? } else { 0 };
                        next = value.next;
                    } else {
                        let (inner, after) = self.value(after, depth + 1)?;
                        flags |= inner;
                        next = after;
                    }
                }
            }
            Type::Array => {
                for _ in 0..at.size {
                    next = self.skip(next, depth + 1)?;
                }
            }
            Type::Bool => {}
            _ => next += at.size,
        }
        Ok((flags, next))
    }

    fn key(&self, offset: usize) -> Result<(&'a [u8], usize), FormatError> {
        let mut at = decode::head(self.data, offset)?;
        let mut next = None;
        if at.kind == Type::Pointer {
            next = Some(at.next);
            at = decode::target(self.data, offset, at)?;
        }
        if at.kind != Type::Utf8 {
            return Err(FormatError::BadKey { offset });
        }
        let end = at.next + at.size;
        Ok((&self.data[at.next..end], next.unwrap_or(end)))
    }

    /// The offset after a value, whatever it says.
    fn skip(&self, offset: usize, depth: usize) -> Result<usize, FormatError> {
        if depth > MAX_DEPTH {
            return Err(FormatError::TooDeep { offset });
        }
        let Head { kind, size, mut next } = decode::head(self.data, offset)?;
        match kind {
            Type::Pointer | Type::Bool => {}
            Type::Map => {
                for _ in 0..2 * size {
                    next = self.skip(next, depth + 1)?;
                }
            }
            Type::Array => {
                for _ in 0..size {
                    next = self.skip(next, depth + 1)?;
                }
            }
            _ => next += size,
        }
        Ok(next)
    }

    fn bit(&mut self, name: &'a [u8], offset: usize) -> Result<u128, FormatError> {
        match self.by_name.entry(name) {
            Entry::Occupied(entry) => Ok(*entry.get()),
            Entry::Vacant(_) if self.names.len() == MAX_NAMES => {
                Err(FormatError::TooLarge { offset })
            }
            Entry::Vacant(entry) => {
                self.names.push(name);
                Ok(*entry.insert(1 << (self.names.len() - 1)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Run, V4};
    use crate::mmdb::{Contents, Flags, Metadata, Pool, Reader, write};

    #[test]
    fn what_is_true_is_found_through_maps_and_pointers() {
        let mut pool = Pool::new();
        let (yes, no) = (pool.bool(true), pool.bool(false));
        let keys = ["is_vpn", "is_tor", "is_dull"].map(|key| pool.utf8(key));
        let signals = pool.map(&[(keys[0], yes), (keys[1], no)]);
        let hidden = pool.map(&[(keys[2], yes)]);
        let list = pool.array(&[hidden, hidden]);
        let names = ["a", "signals", "z"].map(|key| pool.utf8(key));
        let first = pool.map(&[(names[0], list), (names[1], signals), (keys[1], yes)]);
        let second = pool.map(&[(names[1], signals), (names[2], no)]);
        let run = |first, value| Run::<V4> { first, last: first, value };
        let v4 = [run(1, first.0), run(2, second.0)];
        let metadata =
            Metadata { database_type: "t".to_owned(), description: "d".to_owned(), build_epoch: 1 };
        let file = write(Contents { pool: &pool, v4: &v4, v6: &[] }, &metadata).expect("small");
        let reader = Reader::open(&file.bytes).expect("sound");
        let mut flags = Flags::new(&reader);
        let mut found: Vec<Vec<&str>> = Vec::new();
        for network in reader.networks() {
            let (_, offset) = network.expect("sound");
            let bits = flags.of(offset).expect("sound");
            let names = flags.names().expect("text");
            let is_set = |(bit, _): &(usize, &str)| bits >> bit & 1 == 1;
            found.push(names.into_iter().enumerate().filter(is_set).map(|(_, n)| n).collect());
        }
        assert_eq!(found, [vec!["is_tor", "is_vpn"], vec!["is_vpn"]]);
    }
}
