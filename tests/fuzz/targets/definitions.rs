//! TOML of ours: feed definitions, policies, editions and plans, each read from the same text.
#![no_main]

use ipmint::edition::Edition;
use ipmint::feed::Catalogue;
use ipmint::score::Policy;
use ipmint::serve::access::Plans;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // Every mistake is printed with its line: printing is part of the promise.
    if let Err(error) = Catalogue::from_files(&[("feeds/a.toml".to_owned(), text.to_owned())]) {
        assert!(!error.to_string().is_empty());
    }
    if let Err(error) = Policy::from_toml("policy.toml", text) {
        assert!(!error.to_string().is_empty());
    }
    if let Err(error) = Edition::from_toml("schemas/a.toml", text) {
        assert!(!error.to_string().is_empty());
    }
    if let Err(error) = Plans::from_toml("plans.toml", text) {
        assert!(!error.to_string().is_empty());
    }
});
