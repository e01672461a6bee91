//! Paths into JSON and TOML: what is read can be written and read again.
#![no_main]

use ipmint::feed::{Step, parse_select};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(steps) = parse_select(text) else {
        return;
    };
    assert!(!steps.is_empty());
    let mut written = String::new();
    for step in &steps {
        let name = match step {
            Step::EachElement => {
                written.push_str("[*]");
                continue;
            }
            Step::AnyKey => "*",
            Step::Key(name) => name,
        };
        if !written.is_empty() {
            written.push('.');
        }
        written.push_str(name);
    }
    assert_eq!(written, text);
});
