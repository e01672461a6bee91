//! A value of a record as one word of text.

use crate::mmdb::{Interner, Value, ValueId};

/// Text and truth values as they are, numbers in decimal, anything else as JSON.
pub(super) fn text(interner: &Interner, id: ValueId) -> String {
    word(interner.value(id))
}

/// The same of a value that has been decoded.
pub(super) fn word(value: Value) -> String {
    if let Some(number) = value.as_unsigned() {
        return number.to_string();
    }
    match value {
        Value::Utf8(text) => text,
        Value::Double(value) if !value.is_finite() => value.to_string(),
        Value::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        value => value.to_json().to_string(),
    }
}
