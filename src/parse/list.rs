//! `list`: one block a line, or one AS number or country a line.
//!
//! `#`, `;` and `//` begin comments. Whatever follows a block or key after a blank,
//! a comma or a pipe is not ours to read, but for the second address of a range.

use std::borrow::Cow;

use crate::base::{Run, V4};
use crate::feed::Column;
use crate::parse::block;
use crate::parse::file::{File, data_line};
use crate::parse::labels::Meaning;
use crate::parse::lines::Cursor;
use crate::parse::part::Part;
use crate::parse::reading::Reading;
use crate::parse::row::{Rules, key_column};

/// The columns of a list: the key and the name beside it, and what member names say.
pub(super) fn rules(feed: &crate::feed::Feed) -> Rules<'_> {
    let mut rules = Rules::new(feed);
    let has_name = feed.attributes.contains(&Column::Name);
    if rules.is_keyed() && has_name && !rules.columns.contains(&Column::Name) {
        let columns = rules.columns.iter().copied().chain([Column::Name]).collect();
        rules = Rules::with_columns(feed, columns);
    }
    rules
}

/// Reads a list.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    let captured: Vec<Option<&str>> =
        rules.columns.iter().map(|column| file.captured(rules.feed.columns.get(column))).collect();
    if rules.is_keyed() {
        file.in_chunks(rules, 0, reading, |cursor, part| keys(cursor, part, &captured));
        return;
    }
    let cells: Vec<&str> = captured.iter().map(|cell| cell.unwrap_or_default()).collect();
    file.in_chunks(rules, 0, reading, |cursor, part| blocks(cursor, part, &cells));
}

/// Reads lines that hold blocks; all of a file share one label.
fn blocks(cursor: &mut Cursor<'_>, part: &mut Part<'_>, cells: &[&str]) {
    let rules = part.rules;
    let mut label = None;
    while !cursor.is_done() {
        // Most lines of most lists are an address or prefix and nothing else: those
        // are read in one pass, without looking for the end of the line first.
        if let Some(label) = label
            && cursor.terminator == b'\n'
            && let Some((entry, len)) = plain_line(cursor.rest(), label, rules.max_span_v4)
        {
            part.v4.push(entry);
            part.tally.rows += 1;
            cursor.at += len;
            cursor.n_lines += 1;
            continue;
        }
        let Some((line, text)) = data_line(cursor, part) else {
            continue;
        };
        match block::line(text).and_then(|read| part.admit(read)) {
            Ok(read) => {
                let meaning = part.labels.meaning(b"", || rules.label(cells));
                if let Meaning::Label(number) = meaning {
                    label = Some(number);
                }
                part.entry(line, read, meaning, || Cow::Borrowed(text));
            }
            Err(reason) => part.fault(line, reason, || Cow::Borrowed(text)),
        }
    }
}

/// Reads an IPv4 address or prefix that is alone on a line; returns it and the
/// length of the line with its end. Anything less plain is `None`.
#[inline]
fn plain_line(text: &[u8], label: u32, max_span: u32) -> Option<(Run<V4>, usize)> {
    let (range, is_masked, mut at) = block::plain_v4(text)?;
    if is_masked || range.span() > max_span {
        return None;
    }
    if text.get(at) == Some(&b'\r') {
        at += 1;
    }
    (text.get(at) == Some(&b'\n')).then(|| (Run::new(range, label), at + 1))
}

/// Reads lines that begin with an AS number or country, and perhaps its name.
fn keys(cursor: &mut Cursor<'_>, part: &mut Part<'_>, captured: &[Option<&str>]) {
    let rules = part.rules;
    let key_column = key_column(rules.feed.kind);
    let has_name = rules.feed.attributes.contains(&Column::Name);
    while !cursor.is_done() {
        let Some((line, text)) = data_line(cursor, part) else {
            continue;
        };
        let is_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b',' | b'|' | b';' | b'#');
        let (key, rest) = text.split_at(text.iter().position(is_end).unwrap_or(text.len()));
        let name = &rest[rest.iter().take_while(|byte| is_end(byte)).count()..];
        let meaning = part.labels.meaning(if has_name { text } else { key }, || {
            let cells: Vec<&[u8]> = rules
                .columns
                .iter()
                .zip(captured)
                .map(|(column, captured)| match (captured, column) {
                    (Some(captured), _) => captured.as_bytes(),
                    (None, Column::Name) if has_name => name,
                    (None, column) if Some(*column) == key_column => key,
                    (None, _) => b"",
                })
                .collect();
            rules.label(&cells)
        });
        part.key(line, meaning, || Cow::Borrowed(text));
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Format, Kind};
    use crate::parse::fixture::{check, columns};

    #[test]
    fn blocks_comments_and_trailing_words() {
        check(
            &feed(Format::List, Kind::Membership),
            "\u{feff}192.0.2.1 # first\r\n\r\n# none\n; none\n// none\n  192.0.2.0/25\t\n\
             192.0.2.7\r\n198.51.100.3/24\n2001:DB8::1\n203.0.113.1:80|DE|x\nprose\n192.0.2.9",
            &[
                "192.0.2.1/32",
                "192.0.2.0/25",
                "192.0.2.7/32",
                "198.51.100.0/24",
                "203.0.113.1/32",
                "192.0.2.9/32",
                "2001:db8::1/128",
                "f:11: `prose`: expected an IP address",
                "1 masked",
            ],
        );
    }

    #[test]
    fn hostile_lines_are_faults() {
        let long = "1".repeat(70_000);
        check(
            &feed(Format::List, Kind::Membership),
            format!("192.0.2.1\n{long}\n0.0.0.0/0\n::/0\n10.0.0.0/7\n\0\0\n192.0.2.0/33\n"),
            &[
                "192.0.2.1/32",
                &format!("f:2: `{}`: line longer than 64 KiB", &long[..80]),
                "f:3: `0.0.0.0/0`: broader than the feed's min_prefix_v4",
                "f:4: `::/0`: broader than the feed's min_prefix_v6",
                "f:5: `10.0.0.0/7`: broader than the feed's min_prefix_v4",
                "f:6: `\\0\\0`: expected an IP address",
                "f:7: `192.0.2.0/33`: prefix length above 32",
            ],
        );
    }

    #[test]
    fn lines_may_end_in_cr_alone() {
        check(
            &feed(Format::List, Kind::Membership),
            "192.0.2.1\r192.0.2.2\r",
            &["192.0.2.1/32", "192.0.2.2/32"],
        );
    }

    #[test]
    fn single_ipv6_addresses_are_widened() {
        let feed = crate::feed::Feed { widen_v6: 64, ..feed(Format::List, Kind::Membership) };
        check(&feed, "2001:db8::1\n2001:db8::/96", &["2001:db8::/64", "2001:db8::/96"]);
    }

    #[test]
    fn a_member_name_can_say_the_country() {
        let mut feed = feed(Format::List, Kind::Assignment);
        feed.attributes = vec![Column::Country];
        feed.columns = columns(&[(Column::Country, &["*1"])]);
        check(&feed, "192.0.2.0/24\n192.0.2.1\n", &["192.0.2.0/24 DE", "192.0.2.1/32 DE"]);
        feed.columns.clear();
        check(&feed, "192.0.2.0/24\n", &["1 valueless"]);
    }

    #[test]
    fn keys_may_have_names() {
        let mut feed = feed(Format::List, Kind::Asn);
        feed.attributes = vec![Column::Name];
        check(
            &feed,
            "AS64496 Example, Inc.\n64497   # text\n0 -Reserved-\nx\n",
            &[
                "key AS64496 Example, Inc.",
                "key AS64497 text",
                "f:4: `x`: expected an AS number",
                "1 valueless",
            ],
        );
        feed.attributes.clear();
        check(&feed, "AS64496 Example, Inc.\n", &["key AS64496"]);
        feed.kind = Kind::Country;
        check(&feed, "KP North\nzz\n", &["key KP", "1 valueless"]);
    }
}
