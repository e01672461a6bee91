//! Integers in JSON: exact for every reader.

use serde_json::Value;

/// Largest integer that every JSON reader keeps exact: 2^53 - 1 (RFC 8259 §6).
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// An unsigned integer as a JSON number, above 2^53 - 1 as a decimal string.
pub fn json_integer(value: u128) -> Value {
    match u64::try_from(value) {
        Ok(small) if small <= MAX_SAFE_INTEGER => small.into(),
        _ => value.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::base::{Coverage, json_integer};

    #[track_caller]
    fn check(span: u128, expected: &serde_json::Value) {
        assert_eq!(Coverage::of_span(span).to_json(), *expected);
        if let Some(count) = span.checked_add(1) {
            assert_eq!(json_integer(count), *expected);
        }
    }

    #[test]
    fn integers_past_2_53_are_text() {
        check(0, &json!(1));
        check((1 << 53) - 2, &json!(9_007_199_254_740_991_u64));
        check((1 << 53) - 1, &json!("9007199254740992"));
        check(u128::MAX, &json!("340282366920938463463374607431768211456"));
    }
}
