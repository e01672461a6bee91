//! `pfx2as`: prefixes and their origin AS, one a line, as CAIDA and pyasn write them.
//!
//! ```text
//! 192.0.2.0    24    64496          CAIDA's RouteViews prefix-to-AS files
//! 192.0.2.0/24       64496          pyasn's .dat files
//! ```
//!
//! Columns are apart by blanks or TABs, `#` and `;` begin comments. A prefix that several
//! announce (`64496_64497`, `64496,64497`, `{64496,64497}`) has the first of them: a network
//! has one origin in every edition.

use std::borrow::Cow;

use crate::feed::{Column, Feed};
use crate::parse::address::Reason;
use crate::parse::block;
use crate::parse::file::{File, data_line};
use crate::parse::lines::Cursor;
use crate::parse::part::Part;
use crate::parse::reading::Reading;
use crate::parse::row::Rules;

const SHORT: Reason = "expected prefix, length and AS number";

/// The columns of a line.
pub(super) fn rules(feed: &Feed) -> Rules<'_> {
    Rules::with_columns(feed, vec![Column::Asn])
}

/// Reads prefixes.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    file.in_chunks(rules, 0, reading, lines);
}

fn lines(cursor: &mut Cursor<'_>, part: &mut Part<'_>) {
    let rules = part.rules;
    while !cursor.is_done() {
        let Some((line, text)) = data_line(cursor, part) else {
            continue;
        };
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let mut words = text.split(is_blank).filter(|word| !word.is_empty());
        let words = [words.next(), words.next(), words.next()];
        let (read, asn) = match words {
            [Some(addr), Some(len), Some(asn)] => (block::with_length(addr, len), asn),
            [Some(prefix), Some(asn), None] => (block::cell(prefix), asn),
            _ => (Err(SHORT), b"".as_slice()),
        };
        let shown = || Cow::Borrowed(text);
        match read.and_then(|read| part.admit(read)) {
            Ok(read) => {
                let asn = asn.strip_prefix(b"{").unwrap_or(asn);
                let is_end = |byte: &u8| matches!(byte, b'_' | b',' | b'}');
                let asn = asn.split(is_end).next().unwrap_or_default();
                let meaning = part.labels.meaning(asn, || rules.label(&[asn]));
                part.entry(line, read, meaning, shown);
            }
            Err(reason) => part.fault(line, reason, shown),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Feed, Format, Kind};
    use crate::parse::fixture::check;

    #[test]
    fn both_ways_of_writing_a_prefix_are_read() {
        let feed = Feed { attributes: vec![Column::Asn], ..feed(Format::Pfx2as, Kind::Assignment) };
        check(
            &feed,
            "; pyasn\n# too\n192.0.2.0\t24\t64496\n192.0.2.0/25\t64497\r\n2001:db8:: 32 64498_64499\n\
             198.51.100.0\t24\t{64500,64501}\n203.0.113.0 24 64502,64503_64504\n\
             192.0.2.128\t25\t0\n192.0.2.0\t33\t1\n192.0.2.0/24\nx\ty\n192.0.2.0\t24\tx\n",
            &[
                "192.0.2.0/24 AS64496",
                "192.0.2.0/25 AS64497",
                "198.51.100.0/24 AS64500",
                "203.0.113.0/24 AS64502",
                "2001:db8::/32 AS64498",
                "f:9: `192.0.2.0\\t33\\t1`: prefix length above 32",
                "f:10: `192.0.2.0/24`: expected prefix, length and AS number",
                "f:11: `x\\ty`: expected an IP address",
                "f:12: `192.0.2.0\\t24\\tx`: expected an AS number",
                "1 valueless",
            ],
        );
    }
}
