//! `tor-exits`: the records of check.torproject.org's exit-addresses.
//!
//! ```text
//! ExitNode 63BF46A63F9C21FD315CD061B3EAA3EB05283A0A
//! Published 2024-03-11 13:07:19
//! LastStatus 2024-03-12 04:00:00
//! ExitAddress 192.0.2.1 2024-03-12 04:14:01
//! ```
//!
//! Each `ExitAddress` line is a row with a time of its own; a record may have several.

use std::borrow::Cow;

use crate::feed::{Column, Feed};
use crate::parse::address::Reason;
use crate::parse::block;
use crate::parse::file::{File, data_line};
use crate::parse::lines::{Cursor, trim};
use crate::parse::part::Part;
use crate::parse::reading::Reading;
use crate::parse::row::Rules;

const KEYWORD: Reason = "expected ExitNode, Published, LastStatus or ExitAddress";

/// The columns of an exit address.
pub(super) fn rules(feed: &Feed) -> Rules<'_> {
    Rules::with_columns(feed, vec![Column::LastSeen])
}

/// Reads exit addresses.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    file.in_chunks(rules, 0, reading, records);
}

fn records(cursor: &mut Cursor<'_>, part: &mut Part<'_>) {
    let rules = part.rules;
    while !cursor.is_done() {
        let Some((line, text)) = data_line(cursor, part) else {
            continue;
        };
        let shown = || Cow::Borrowed(text);
        let (keyword, rest) = word(text);
        match keyword {
            b"ExitAddress" => {}
            b"ExitNode" | b"Published" | b"LastStatus" => continue,
            _ => {
                part.fault(line, KEYWORD, shown);
                continue;
            }
        }
        let (addr, rest) = word(rest);
        let (day, _) = word(rest);
        match block::cell(addr).and_then(|read| part.admit(read)) {
            Ok(read) => {
                let meaning = part.labels.meaning(day, || rules.label(&[day]));
                part.entry(line, read, meaning, shown);
            }
            Err(reason) => part.fault(line, reason, shown),
        }
    }
}

/// Splits off the first word.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
    (&text[..end], trim(&text[end..]))
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Format, Kind};
    use crate::parse::fixture::check;

    #[test]
    fn each_exit_address_has_its_own_day() {
        check(
            &feed(Format::TorExits, Kind::Membership),
            "ExitNode 63BF46A63F9C21FD315CD061B3EAA3EB05283A0A\nPublished 2024-03-11 13:07:19\n\
             LastStatus 2024-03-12 04:00:00\nExitAddress 192.0.2.1 2024-03-12 04:14:01\n\
             ExitAddress 192.0.2.2 soon\nExitAddress x 2024-03-12\nprose\n",
            &[
                "192.0.2.1/32 2024-03-12",
                "192.0.2.2/32",
                "f:6: `ExitAddress x 2024-03-12`: expected an IP address",
                "f:7: `prose`: expected ExitNode, Published, LastStatus or ExitAddress",
            ],
        );
    }
}
