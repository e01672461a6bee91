//! One value of a data section, decoded.

use serde_json::{Map, Number};

use crate::base::json_integer;
use crate::mmdb::{FormatError, decode};

/// A decoded value, pointers followed.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// UTF-8 text.
    Utf8(String),
    /// IEEE 754 binary64.
    Double(f64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Unsigned, up to 16 bits.
    Uint16(u16),
    /// Unsigned, up to 32 bits.
    Uint32(u32),
    /// Keys and values, in the file's order.
    Map(Vec<(String, Value)>),
    /// Signed, 32 bits.
    Int32(i32),
    /// Unsigned, up to 64 bits.
    Uint64(u64),
    /// Unsigned, up to 128 bits.
    Uint128(u128),
    /// Values in order.
    Array(Vec<Value>),
    /// A truth value.
    Bool(bool),
    /// IEEE 754 binary32.
    Float(f32),
}

impl Value {
    /// Decodes the value at an offset of a data section.
    ///
    /// # Errors
    /// If it is damaged, or unfolds to more than a record may.
    pub fn decode(data: &[u8], offset: usize) -> Result<Self, FormatError> {
        decode::value(data, offset).map(|(value, _)| value)
    }

    /// Returns the value under a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        match self {
            Self::Map(entries) => {
                entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Utf8(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if it is an unsigned integer of any width.
    pub fn as_unsigned(&self) -> Option<u128> {
        match *self {
            Self::Uint16(value) => Some(u128::from(value)),
            Self::Uint32(value) => Some(u128::from(value)),
            Self::Uint64(value) => Some(u128::from(value)),
            Self::Uint128(value) => Some(value),
            _ => None,
        }
    }

    /// As JSON: integers above 2^53 - 1 are decimal strings, bytes are hex.
    pub fn to_json(&self) -> serde_json::Value {
        let float =
            |value: f64| Number::from_f64(value).map_or(serde_json::Value::Null, Into::into);
        match self {
            Self::Utf8(text) => text.as_str().into(),
            Self::Double(value) => float(*value),
            Self::Float(value) => float(f64::from(*value)),
            Self::Bytes(bytes) => {
                bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
            }
            Self::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.clone(), value.to_json()))
                .collect::<Map<_, _>>()
                .into(),
            Self::Array(values) => values.iter().map(Value::to_json).collect(),
            Self::Int32(value) => (*value).into(),
            Self::Bool(value) => (*value).into(),
            Self::Uint16(_) | Self::Uint32(_) | Self::Uint64(_) | Self::Uint128(_) => {
                json_integer(self.as_unsigned().expect("unsigned by the pattern"))
            }
        }
    }
}
