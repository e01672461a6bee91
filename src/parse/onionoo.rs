//! `onionoo`: Tor's details documents, each address of a relay a row.
//!
//! | address | is |
//! | --- | --- |
//! | in `exit_addresses` | `tor_exit`: seen leaving, and not an `or_addresses` of the relay |
//! | in `or_addresses`, flag `Exit` without `BadExit` | `tor_exit` |
//! | any other in `or_addresses` | `tor_relay` |
//!
//! These two words go through `values.category`, so that `{ tor_relay = "" }` leaves the
//! exits alone. `last_seen` is the relay's own. Bridges publish no addresses.

use std::borrow::Cow;

use serde_json::Value;

use crate::feed::{Column, Feed};
use crate::parse::address::Reason;
use crate::parse::block;
use crate::parse::file::File;
use crate::parse::json;
use crate::parse::part::Part;
use crate::parse::reading::Reading;
use crate::parse::row::Rules;

const NO_RELAYS: Reason = "expected an object with `relays`";

/// The columns of an address.
pub(super) fn rules(feed: &Feed) -> Rules<'_> {
    Rules::with_columns(feed, vec![Column::Category, Column::LastSeen])
}

/// Reads a details document.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    let mut part = Part::new(rules, file.idx);
    if let Some(document) = json::document(file, &mut part) {
        match document.get("relays").and_then(Value::as_array) {
            Some(relays) => relays.iter().for_each(|relay| addresses(relay, &mut part)),
            None => part.fault(1, NO_RELAYS, || Cow::Owned(document.to_string().into_bytes())),
        }
    }
    (reading.take)(vec![part.seal()]);
}

fn addresses(relay: &Value, part: &mut Part<'_>) {
    let texts = |key: &str| relay.get(key).and_then(Value::as_array).into_iter().flatten();
    let has_flag = |flag: &str| texts("flags").any(|found| found == flag);
    let is_exit = has_flag("Exit") && !has_flag("BadExit");
    let seen = relay.get("last_seen").and_then(Value::as_str).unwrap_or_default();
    // A day and a time of day.
    let day = seen.split(' ').next().unwrap_or_default();
    let of_relay = texts("or_addresses").map(|addr| (addr, is_exit));
    let of_exit = texts("exit_addresses").map(|addr| (addr, true));
    let mut is_empty = true;
    for (addr, is_exit) in of_relay.chain(of_exit) {
        is_empty = false;
        let rules = part.rules;
        let shown = || Cow::Owned(addr.to_string().into_bytes());
        let text = addr.as_str().unwrap_or_default().trim().as_bytes();
        match block::cell(text).and_then(|read| part.admit(read)) {
            Ok(read) => {
                let category = if is_exit { "tor_exit" } else { "tor_relay" };
                let cells = [category, "|", day].concat();
                let label = || rules.label(&[category, day]);
                let meaning = part.labels.meaning(cells.as_bytes(), label);
                part.entry(1, read, meaning, shown);
            }
            Err(reason) => part.fault(1, reason, shown),
        }
    }
    if is_empty {
        part.valueless();
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Feed, Format, Kind};
    use crate::parse::fixture::check;

    const DETAILS: &str = r#"{"version":"8.0","relays":[
        {"or_addresses":["192.0.2.1:9001","[2001:db8::1]:9001"],"flags":["Fast","Exit"],
         "exit_addresses":["192.0.2.2"],"last_seen":"2026-08-22 10:00:00"},
        {"or_addresses":["192.0.2.3:443"],"flags":["Exit","BadExit"]},
        {"or_addresses":["192.0.2.4:443","x"],"last_seen":"soon"},
        {"nickname":"none"},7],"bridges":[{"or_addresses":["10.0.0.1:1"]}]}"#;

    #[test]
    fn addresses_are_exits_or_relays() {
        let feed = Feed { category: None, ..feed(Format::Onionoo, Kind::Membership) };
        let fault = "f:1: `\\\"x\\\"`: expected an IP address";
        check(
            &feed,
            DETAILS,
            &[
                "192.0.2.1/32 tor_exit 2026-08-22",
                "192.0.2.2/32 tor_exit 2026-08-22",
                "192.0.2.3/32 tor_relay",
                "192.0.2.4/32 tor_relay",
                "2001:db8::1/128 tor_exit 2026-08-22",
                fault,
                "2 valueless",
            ],
        );
        let none = [("tor_relay".to_owned(), String::new())];
        let values = [(Column::Category, none.into())].into();
        check(
            &Feed { values, ..feed },
            DETAILS,
            &[
                "192.0.2.1/32 tor_exit 2026-08-22",
                "192.0.2.2/32 tor_exit 2026-08-22",
                "2001:db8::1/128 tor_exit 2026-08-22",
                fault,
                "4 valueless",
            ],
        );
    }

    #[test]
    fn what_is_no_details_document_is_one_fault() {
        let feed = feed(Format::Onionoo, Kind::Membership);
        check(&feed, "{}", &["f:1: `{}`: expected an object with `relays`"]);
        check(&feed, "<", &["f:1: `<`: not a JSON document"]);
    }
}
