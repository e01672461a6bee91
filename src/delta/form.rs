//! Which of the forms some bytes have, by the first of them.

use crate::delta::{compact, dcz, rows};

/// A way to say a file in fewer bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The compact form: needs no other file.
    Compact,
    /// Changed rows: needs the old file.
    Rows,
    /// A zstd frame: needs the old file.
    Dcz,
}

impl Form {
    /// Looks at the first bytes; `None` is no form of ours.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match *bytes.first_chunk()? {
            compact::MAGIC => Some(Self::Compact),
            rows::MAGIC => Some(Self::Rows),
            dcz::MAGIC => Some(Self::Dcz),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::delta::Form;

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<Form>) {
        assert_eq!(Form::of(bytes), expected, "{bytes:?}");
    }

    #[test]
    fn forms_are_told_by_their_first_bytes() {
        check(b"ipmint/C\x01", Some(Form::Compact));
        check(b"ipmint/D", Some(Form::Rows));
        check(b"\x5E\x2A\x4D\x18\x20\0\0\0x", Some(Form::Dcz));
        check(b"\x5E\x2A\x4D\x18\x21\0\0\0x", None);
        check(b"ipmint/", None);
        check(b"", None);
    }
}
