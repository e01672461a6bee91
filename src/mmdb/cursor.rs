//! A record read where it lies: in one pass, nothing copied.

use crate::mmdb::decode::{self, Head, MAX_BYTES, MAX_VALUES, head, target};
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

/// The value at a cursor, pointers followed.
#[derive(Clone, Copy, Debug)]
struct Here {
    head: Head,
    /// Where it begins.
    offset: usize,
    /// Where the cursor goes on if it was a pointer that led here.
    after: Option<usize>,
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
        let here = self.here()?;
        if here.head.kind != Type::Map {
            return self.pass(here);
        }
        self.enter(here, |inner| {
            let offset = inner.offset;
            let key = inner.payload(Type::Utf8)?.ok_or(FormatError::BadKey { offset })?;
            inner.visit(|value| visit(key, value))
        })
    }

    /// Reads an array: visits each item, as [`Cursor::map`] does.
    #[inline]
    pub fn array(
        &mut self,
        mut visit: impl FnMut(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let here = self.here()?;
        if here.head.kind != Type::Array {
            return self.pass(here);
        }
        self.enter(here, |inner| inner.visit(&mut visit))
    }

    /// Reads a text; `None` if something else stands here.
    #[inline]
    pub fn text(&mut self) -> Result<Option<&'a str>, FormatError> {
        let offset = self.offset;
        let bytes = self.payload(Type::Utf8)?;
        let text = bytes.map(std::str::from_utf8);
        text.transpose().map_err(|_| FormatError::BadText { offset })
    }

    /// Reads an unsigned integer of at most 64 bits; `None` if something else stands here.
    #[inline]
    pub fn unsigned(&mut self) -> Result<Option<u64>, FormatError> {
        let here = self.here()?;
        let is_unsigned = matches!(here.head.kind, Type::Uint16 | Type::Uint32 | Type::Uint64);
        let payload = &self.data[here.head.next..][..if is_unsigned { here.head.size } else { 0 }];
        let value = payload.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
        self.pass(here)?;
        Ok(is_unsigned.then_some(value))
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
        let here = self.here()?;
        self.pass(here)?;
        Ok((here.head.kind == Type::Bool).then_some(here.head.size == 1))
    }

    /// Reads a value of any type, copied.
    pub fn value(&mut self) -> Result<Value, FormatError> {
        let (value, cost) = decode::value(self.data, self.offset)?;
        let too_large = FormatError::TooLarge { offset: self.offset };
        self.values_left = self.values_left.checked_sub(cost.values).ok_or(too_large.clone())?;
        self.bytes_left = self.bytes_left.checked_sub(cost.bytes).ok_or(too_large)?;
        self.skip()?;
        Ok(value)
    }

    /// Passes over what stands here.
    pub fn skip(&mut self) -> Result<(), FormatError> {
        // What a pointer leads to need not be looked at.
        let head = head(self.data, self.offset)?;
        self.pass(Here { head, offset: self.offset, after: None })
    }

    /// The bytes of a text or number of that type.
    #[inline]
    fn payload(&mut self, kind: Type) -> Result<Option<&'a [u8]>, FormatError> {
        let here = self.here()?;
        let is_kind = here.head.kind == kind;
        // `head` has found that many bytes there.
        let payload = is_kind.then(|| &self.data[here.head.next..][..here.head.size]);
        let too_large = FormatError::TooLarge { offset: here.offset };
        let n_bytes = payload.map_or(0, <[u8]>::len);
        self.bytes_left = self.bytes_left.checked_sub(n_bytes).ok_or(too_large)?;
        self.pass(here)?;
        Ok(payload)
    }

    #[inline]
    fn here(&mut self) -> Result<Here, FormatError> {
        let offset = self.offset;
        self.values_left = match self.values_left.checked_sub(1) {
            Some(left) => left,
            None => return Err(FormatError::TooLarge { offset }),
        };
        let at = head(self.data, offset)?;
        if at.kind != Type::Pointer {
            return Ok(Here { head: at, offset, after: None });
        }
        let head = target(self.data, offset, at)?;
        Ok(Here { head, offset: at.size, after: Some(at.next) })
    }

    /// Reads what is in a map or an array, one by one, and goes on after it.
    #[inline]
    fn enter(
        &mut self,
        here: Here,
        mut read: impl FnMut(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        self.offset = here.head.next;
        for _ in 0..here.head.size {
            read(self)?;
        }
        self.offset = here.after.unwrap_or(self.offset);
        Ok(())
    }

    /// Lets a visitor read a value, or passes over it.
    #[inline]
    fn visit(
        &mut self,
        visit: impl FnOnce(&mut Self) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let before = self.offset;
        visit(self)?;
        // Every value takes a byte.
        if self.offset == before { self.skip() } else { Ok(()) }
    }

    /// Goes on after a value that is not read.
    #[inline]
    fn pass(&mut self, here: Here) -> Result<(), FormatError> {
        match (here.after, here.head.kind) {
            (Some(after), _) => self.offset = after,
            (None, Type::Map | Type::Array) => return self.pass_all(here),
            (None, Type::Pointer | Type::Bool) => self.offset = here.head.next,
            (None, _) => self.offset = here.head.next + here.head.size,
        }
        Ok(())
    }

    /// Goes on after a map or an array, and all that is in it.
    fn pass_all(&mut self, here: Here) -> Result<(), FormatError> {
        let mut at = here.head;
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
            let too_large = FormatError::TooLarge { offset: here.offset };
            self.values_left = self.values_left.checked_sub(1).ok_or(too_large)?;
            at = head(self.data, self.offset)?;
        }
    }
}
