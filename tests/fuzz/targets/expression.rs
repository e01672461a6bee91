//! Expressions: read, or refused with a column that is in the text or just behind it.
#![no_main]

use ipmint::query::Expression;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = Expression::parse(text) {
        assert!((1..=text.chars().count() + 1).contains(&error.column()), "{error}");
    }
});
