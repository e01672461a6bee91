//! Decoding of values from bytes that may be hostile.
//!
//! Every size is checked before it is believed, pointers must lead to something
//! that is no pointer, nesting is bounded, and so is the number of values one
//! look-up may unfold: pointers can make a small file describe a huge value.

use crate::mmdb::{FormatError, MAX_DEPTH, Type, Value};

/// How many values one decoded record may hold.
pub(super) const MAX_VALUES: usize = 1 << 20;

/// How many bytes of text and numbers one decoded record may hold: twice the longest text
/// that the format can say (MaxMind DB 2.0, "Payload Size").
pub(super) const MAX_BYTES: usize = 32 << 20;

/// A control byte and what follows it, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) kind: Type,
    /// Payload bytes; entries of a map or array; the target of a pointer; 0 or 1 of a `Bool`.
    pub(crate) size: usize,
    /// Offset of what follows the head.
    pub(crate) next: usize,
}

/// Reads the head at `offset` of a data section (MaxMind DB 2.0, "Data Field Format").
#[inline]
pub(crate) fn head(data: &[u8], offset: usize) -> Result<Head, FormatError> {
    match usual_head(data, offset) {
        Some(head) => Ok(head),
        None => any_head(data, offset),
    }
}

/// Reads what nearly every head is: a pointer, or the head of something small that is not at the section's
/// very end. `None` is for [`any_head`] to judge.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a third of a look-up's instructions otherwise")]
fn usual_head(data: &[u8], offset: usize) -> Option<Head> {
    let bytes: &[u8; 5] = data.get(offset..)?.first_chunk()?;
    let low = usize::from(bytes[0] & 0x1F);
    let (kind, next, needed) = match bytes[0] >> 5 {
        1 => {
            let (size, n_bytes) = pointer(bytes);
            return Some(Head { kind: Type::Pointer, size, next: offset + n_bytes });
        }
        2 if low < 29 => (Type::Utf8, 1, low),
        3 if low == 8 => (Type::Double, 1, low),
        5 if low <= 2 => (Type::Uint16, 1, low),
        6 if low <= 4 => (Type::Uint32, 1, low),
        7 if low < 29 => (Type::Map, 1, 2 * low),
        0 if bytes[1] == 4 && low < 29 => (Type::Array, 2, low),
        0 if bytes[1] == 7 && low <= 1 => (Type::Bool, 2, 0),
        _ => return None,
    };
    let next = offset + next;
    (data.len() - next >= needed).then_some(Head { kind, size: low, next })
}

/// Where a pointer leads, and its bytes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `usual_head`")]
fn pointer(bytes: &[u8; 5]) -> (usize, usize) {
    let byte = |idx: usize| usize::from(bytes[idx]);
    let high = byte(0) & 0x07;
    match byte(0) >> 3 & 0x03 {
        0 => (high << 8 | byte(1), 2),
        1 => ((high << 16 | byte(1) << 8 | byte(2)) + 2_048, 3),
        2 => ((high << 24 | byte(1) << 16 | byte(2) << 8 | byte(3)) + 526_336, 4),
        _ => (byte(1) << 24 | byte(2) << 16 | byte(3) << 8 | byte(4), 5),
    }
}

/// Reads what nearly every key and most texts are: a short text, or a pointer to one. Also returns where it
/// goes on. `None` is for [`head`] to judge.
#[inline]
pub(super) fn short_text(data: &[u8], offset: usize) -> Option<(&[u8], usize)> {
    let bytes: &[u8; 5] = data.get(offset..)?.first_chunk()?;
    let (at, next) = match bytes[0] >> 5 {
        1 => {
            let (target, n_bytes) = pointer(bytes);
            (target, Some(offset + n_bytes))
        }
        _ => (offset, None),
    };
    let control = *data.get(at)?;
    let size = usize::from(control & 0x1F);
    if control >> 5 != Type::Utf8 as u8 || size >= 29 {
        return None;
    }
    let text = data.get(at + 1..)?.get(..size)?;
    Some((text, next.unwrap_or(at + 1 + size)))
}

#[cold]
#[inline(never)]
fn any_head(data: &[u8], offset: usize) -> Result<Head, FormatError> {
    let cut = FormatError::Truncated { offset };
    let byte = |at: usize| data.get(at).copied().ok_or_else(|| cut.clone());
    let be = |at: usize, len: usize| -> Result<usize, FormatError> {
        let bytes = data.get(at..at + len).ok_or_else(|| cut.clone())?;
        Ok(bytes.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)))
    };
    let control = byte(offset)?;
    let low = usize::from(control & 0x1F);
    let mut next = offset + 1;
    let number = match control >> 5 {
        // An extended type; the sum could pass 255.
        0 => {
            next += 1;
            byte(offset + 1)?.saturating_add(7)
        }
        number => number,
    };
    let kind = Type::from_number(number)
        .filter(|&kind| !matches!(kind, Type::CacheContainer | Type::EndMarker))
        .filter(|&kind| control >> 5 != 0 || kind as u8 > 7)
        .ok_or(FormatError::UnknownType { offset, number })?;
    if kind == Type::Pointer {
        let high = low & 0x07;
        let (len, base, high) = match low >> 3 {
            0 => (1, 0, high << 8),
            1 => (2, 2_048, high << 16),
            2 => (3, 526_336, high << 24),
            _ => (4, 0, 0),
        };
        return Ok(Head { kind, size: (high | be(next, len)?) + base, next: next + len });
    }
    let (size, extra) = match low {
        29 => (29 + be(next, 1)?, 1),
        30 => (285 + be(next, 2)?, 2),
        31 => (65_821 + be(next, 3)?, 3),
        size => (size, 0),
    };
    next += extra;
    let fits = match kind {
        Type::Double => size == 8,
        Type::Float => size == 4,
        Type::Bool => size <= 1,
        Type::Uint16 => size <= 2,
        Type::Uint32 | Type::Int32 => size <= 4,
        Type::Uint64 => size <= 8,
        Type::Uint128 => size <= 16,
        _ => true,
    };
    if !fits {
        return Err(FormatError::BadSize { offset, kind, size });
    }
    // An entry takes at least a byte, a map's two: a lying count ends here.
    let needed = match kind {
        Type::Map => size.saturating_mul(2),
        Type::Bool => 0,
        _ => size,
    };
    if data.len().saturating_sub(next) < needed {
        return Err(cut);
    }
    Ok(Head { kind, size, next })
}

/// Decodes the value at `offset`; also returns what that took.
pub(crate) fn value(data: &[u8], offset: usize) -> Result<(Value, Cost), FormatError> {
    let mut decoder = Decoder { data, values_left: MAX_VALUES, bytes_left: MAX_BYTES };
    let (value, _) = decoder.value(offset, 0)?;
    let Decoder { values_left, bytes_left, .. } = decoder;
    Ok((value, Cost { values: MAX_VALUES - values_left, bytes: MAX_BYTES - bytes_left }))
}

/// What a value unfolded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Values in it, itself and keys included.
    pub(crate) values: usize,
    /// Bytes of its texts and numbers.
    pub(crate) bytes: usize,
}

struct Decoder<'a> {
    data: &'a [u8],
    values_left: usize,
    bytes_left: usize,
}

impl Decoder<'_> {
    fn value(&mut self, offset: usize, depth: usize) -> Result<(Value, usize), FormatError> {
        let at = head(self.data, offset)?;
        if at.kind == Type::Pointer {
            let target = target(self.data, offset, at)?;
            return Ok((self.content(at.size, target, depth)?.0, at.next));
        }
        self.content(offset, at, depth)
    }

    fn content(
        &mut self,
        offset: usize,
        at: Head,
        depth: usize,
    ) -> Result<(Value, usize), FormatError> {
        let too_large = FormatError::TooLarge { offset };
        self.values_left = self.values_left.checked_sub(1).ok_or(too_large.clone())?;
        if depth > MAX_DEPTH {
            return Err(FormatError::TooDeep { offset });
        }
        let Head { kind, size, next } = at;
        match kind {
            Type::Map => {
                // Not `with_capacity(size)`: the count is not yet earned.
                let mut entries = Vec::new();
                let mut next = next;
                for _ in 0..size {
                    let (Value::Utf8(key), after) = self.value(next, depth + 1)? else {
                        return Err(FormatError::BadKey { offset: next });
                    };
                    let (value, after) = self.value(after, depth + 1)?;
                    entries.push((key, value));
                    next = after;
                }
                Ok((Value::Map(entries), next))
            }
            Type::Array => {
                let mut values = Vec::new();
                let mut next = next;
                for _ in 0..size {
                    let (value, after) = self.value(next, depth + 1)?;
                    values.push(value);
                    next = after;
                }
                Ok((Value::Array(values), next))
            }
            Type::Bool => Ok((Value::Bool(size == 1), next)),
            _ => {
                self.bytes_left = self.bytes_left.checked_sub(size).ok_or(too_large)?;
                let payload = &self.data[next..next + size];
                Ok((scalar(kind, payload, offset)?, next + size))
            }
        }
    }
}

/// Reads the head a pointer leads to, which must be no pointer.
#[inline]
pub(crate) fn target(data: &[u8], offset: usize, pointer: Head) -> Result<Head, FormatError> {
    match head(data, pointer.size) {
        Ok(target) if target.kind != Type::Pointer => Ok(target),
        _ => Err(FormatError::BadPointer { offset, target: pointer.size }),
    }
}

/// Decodes a payload whose size `head` has found fit for its type.
pub(crate) fn scalar(kind: Type, payload: &[u8], offset: usize) -> Result<Value, FormatError> {
    let unsigned = payload.iter().fold(0_u128, |value, &byte| value << 8 | u128::from(byte));
    Ok(match kind {
        Type::Utf8 => match std::str::from_utf8(payload) {
            Ok(text) => Value::Utf8(text.to_owned()),
            Err(_) => return Err(FormatError::BadText { offset }),
        },
        Type::Bytes => Value::Bytes(payload.to_vec()),
        Type::Double => Value::Double(f64::from_bits(unsigned as u64)),
        Type::Float => Value::Float(f32::from_bits(unsigned as u32)),
        Type::Uint16 => Value::Uint16(unsigned as u16),
        Type::Uint32 => Value::Uint32(unsigned as u32),
        Type::Int32 => Value::Int32((unsigned as u32).cast_signed()),
        Type::Uint64 => Value::Uint64(unsigned as u64),
        Type::Uint128 => Value::Uint128(unsigned),
        Type::Pointer
        | Type::Map
        | Type::Array
        | Type::Bool
        | Type::CacheContainer
        | Type::EndMarker => {
            unreachable!("no scalar, by the caller's match")
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::mmdb::{FormatError, Type, decode};

    proptest! {
        #[test]
        fn the_usual_way_reads_as_any(data: Vec<u8>, offset in 0..20_usize) {
            if let Some(head) = decode::usual_head(&data, offset) {
                prop_assert_eq!(Ok(head), decode::any_head(&data, offset));
            }
            if let Some((text, next)) = decode::short_text(&data, offset) {
                let at = decode::any_head(&data, offset).expect("read");
                let (head, after) = match at.kind {
                    Type::Pointer => (decode::any_head(&data, at.size).expect("read"), at.next),
                    _ => (at, at.next + at.size),
                };
                prop_assert_eq!((head.kind, after), (Type::Utf8, next));
                prop_assert_eq!(&data[head.next..][..head.size], text);
            }
        }
    }

    #[test]
    fn a_text_repeated_by_pointers_is_not_unfolded_without_end() {
        // An array of 65,820 pointers to one text of 65,821 bytes: 4 GB from 200 kB.
        let mut data = vec![0x5F, 0, 0, 0];
        data.resize(4 + 65_821, b'a');
        let array = data.len();
        data.extend([0x1E, 4, 0xFF, 0xFF]);
        data.extend([0x20, 0].repeat(285 + 0xFFFF));
        assert_eq!(decode::value(&data, array).err(), Some(FormatError::TooLarge { offset: 0 }),);
    }
}
