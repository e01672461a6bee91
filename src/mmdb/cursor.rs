//! A record read where it lies: in one pass, nothing copied.

use crate::mmdb::decode::{self, Head, MAX_BYTES, MAX_VALUES, head, short_text, target};
use crate::mmdb::{Cost, FormatError, Type, Value};

/// A place in a data section; whoever reads a value there is left after it.
///
/// Hostile bytes can repeat values by pointers without end: a cursor reads at most a million, and 32 MiB of
/// texts. How deep it goes is for the code of its visitors to say, never for the bytes.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    data: &'a [u8],
    offset: usize,
    values_left: usize,
    bytes_left: usize,
}

impl<'a> Cursor<'a> {
    /// Begins at an offset of a data section.
    pub fn at(data: &'a [u8], offset: usize) -> Self {
        Self { data, offset, values_left: MAX_VALUES, bytes_left: MAX_BYTES }
    }

    /// What was read so far; whoever reads many records adds it up.
    pub(crate) fn cost(&self) -> Cost {
        Cost { values: MAX_VALUES - self.values_left, bytes: MAX_BYTES - self.bytes_left }
    }

    /// Reads a map: visits keys with the cursor at their values. A visitor that does not read a value leaves
    /// it to be passed over. Where no map stands, nothing is visited.
    #[inline]
    pub fn map(
        &mut self,
        mut visit: impl FnMut(&'a [u8], &mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        self.each(Type::Map, |inner| {
            let offset = inner.offset;
            let key = inner.utf8()?.ok_or(FormatError::BadKey { offset })?;
            inner.visited(|value| visit(key, value))
        })
    }

    /// Reads an array: visits each item, as [`Cursor::map`] does.
    #[inline]
    pub fn array(
        &mut self,
        mut visit: impl FnMut(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        self.each(Type::Array, |inner| inner.visited(&mut visit))
    }

    /// Reads a text; `None` if something else stands here.
    #[inline]
    pub fn text(&mut self) -> Result<Option<&'a str>, FormatError> {
        let offset = self.offset;
        let bytes = self.utf8()?;
        let text = bytes.map(std::str::from_utf8);
        text.transpose().map_err(|_| FormatError::BadText { offset })
    }

    /// Reads an unsigned integer of at most 64 bits; `None` if something else stands here.
    #[inline]
    pub fn unsigned(&mut self) -> Result<Option<u64>, FormatError> {
        let (head, is_past) = self.step()?;
        self.pass(head, is_past)?;
        if !matches!(head.kind, Type::Uint16 | Type::Uint32 | Type::Uint64) {
            return Ok(None);
        }
        let payload = &self.data[head.next..][..head.size];
        Ok(Some(payload.iter().fold(0, |value, &byte| value << 8 | u64::from(byte))))
    }

    /// Reads a double; `None` if something else stands here.
    pub fn double(&mut self) -> Result<Option<f64>, FormatError> {
        let payload = self.payload(Type::Double)?;
        let bytes = payload.and_then(|payload| payload.first_chunk());
        Ok(bytes.map(|bytes| f64::from_be_bytes(*bytes)))
    }

    /// Reads a truth value; `None` if something else stands here.
    #[inline]
    pub fn bool(&mut self) -> Result<Option<bool>, FormatError> {
        let (head, is_past) = self.step()?;
        self.pass(head, is_past)?;
        Ok((head.kind == Type::Bool).then_some(head.size == 1))
    }

    /// Reads a value of any type, copied.
    pub fn value(&mut self) -> Result<Value, FormatError> {
        let (value, cost) = decode::value(self.data, self.offset)?;
        self.count(cost.values)?;
        self.count_bytes(cost.bytes)?;
        self.skip()?;
        Ok(value)
    }

    /// Passes over what stands here.
    pub fn skip(&mut self) -> Result<(), FormatError> {
        // What a pointer leads to need not be looked at.
        let at = head(self.data, self.offset)?;
        self.pass(at, false)
    }

    /// The bytes of a text.
    #[inline]
    fn utf8(&mut self) -> Result<Option<&'a [u8]>, FormatError> {
        let Some((text, next)) = short_text(self.data, self.offset) else {
            return self.payload(Type::Utf8);
        };
        self.count_bytes(text.len())?;
        self.offset = next;
        Ok(Some(text))
    }

    /// The bytes of a text or number of that type.
    fn payload(&mut self, kind: Type) -> Result<Option<&'a [u8]>, FormatError> {
        let (head, is_past) = self.step()?;
        self.pass(head, is_past)?;
        if head.kind != kind {
            return Ok(None);
        }
        self.count_bytes(head.size)?;
        // `head` has found that many bytes there.
        Ok(Some(&self.data[head.next..][..head.size]))
    }

    /// Steps to the value that stands here, or that a pointer here leads to; then the cursor is past it.
    #[inline]
    fn step(&mut self) -> Result<(Head, bool), FormatError> {
        let at = head(self.data, self.offset)?;
        if at.kind != Type::Pointer {
            return Ok((at, false));
        }
        let target = target(self.data, self.offset, at)?;
        self.offset = at.next;
        Ok((target, true))
    }

    /// Reads what is in a map or an array, one by one, and goes on after it.
    #[inline]
    fn each(
        &mut self,
        kind: Type,
        mut read: impl FnMut(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let (head, is_past) = self.step()?;
        if head.kind != kind {
            return self.pass(head, is_past);
        }
        self.count(if kind == Type::Map { 2 * head.size } else { head.size })?;
        let after = self.offset;
        self.offset = head.next;
        for _ in 0..head.size {
            read(self)?;
        }
        if is_past {
            self.offset = after;
        }
        Ok(())
    }

    /// Lets a visitor read a value, or passes over it.
    #[inline]
    fn visited(
        &mut self,
        visit: impl FnOnce(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let before = self.offset;
        visit(self)?;
        // Every value takes a byte.
        if self.offset == before { self.skip() } else { Ok(()) }
    }

    /// Goes on after a value, unless the cursor is past it.
    #[inline]
    fn pass(&mut self, head: Head, is_past: bool) -> Result<(), FormatError> {
        if is_past {
            return Ok(());
        }
        match head.kind {
            Type::Map | Type::Array => return self.pass_all(head),
            Type::Pointer | Type::Bool => self.offset = head.next,
            _ => self.offset = head.next + head.size,
        }
        Ok(())
    }

    /// Goes on after a map or an array, and all that is in it.
    fn pass_all(&mut self, container: Head) -> Result<(), FormatError> {
        let mut at = container;
        let mut n_left = 1_u64;
        loop {
            n_left -= 1;
            self.offset = at.next;
            match at.kind {
                Type::Map => n_left += 2 * at.size as u64,
                Type::Array => n_left += at.size as u64,
                Type::Pointer | Type::Bool => {}
                _ => self.offset += at.size,
            }
            if n_left == 0 {
                return Ok(());
            }
            self.count(1)?;
            at = head(self.data, self.offset)?;
        }
    }

    /// Counts values that are read from here on.
    #[inline]
    fn count(&mut self, n_values: usize) -> Result<(), FormatError> {
        match self.values_left.checked_sub(n_values) {
            Some(left) => {
                self.values_left = left;
                Ok(())
            }
            None => Err(FormatError::TooLarge { offset: self.offset }),
        }
    }

    /// Counts bytes of texts and numbers.
    #[inline]
    fn count_bytes(&mut self, n_bytes: usize) -> Result<(), FormatError> {
        match self.bytes_left.checked_sub(n_bytes) {
            Some(left) => {
                self.bytes_left = left;
                Ok(())
            }
            None => Err(FormatError::TooLarge { offset: self.offset }),
        }
    }
}
