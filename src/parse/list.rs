//! `list`: one block a line, or one AS number or country a line.
//!
//! `#`, `;` and `//` begin comments. Whatever follows a block or key after a blank,
//! a comma or a pipe is not ours to read, but for the second address of a range.

use std::borrow::Cow;

use crate::base::Prefix;
use crate::feed::Column;
use crate::parse::Entry;
use crate::parse::address::{Reason, v4};
use crate::parse::block;
use crate::parse::file::File;
use crate::parse::labels::Meaning;
use crate::parse::lines::{Cursor, MAX_LINE};
use crate::parse::part::Part;
use crate::parse::row::{Rules, key_column};

/// A line that passed [`MAX_LINE`].
pub(super) const TOO_LONG: Reason = "line longer than 64 KiB";

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
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>) -> Vec<Part<'r>> {
    let captured: Vec<Option<&str>> = rules
        .columns
        .iter()
        .map(|column| file.captured(rules.feed.columns.get(column)))
        .collect();
    if rules.is_keyed() {
        return file.in_chunks(rules, 0, |cursor, part| keys(cursor, part, &captured));
    }
    let cells: Vec<&str> = captured.iter().map(|cell| cell.unwrap_or_default()).collect();
    file.in_chunks(rules, 0, |cursor, part| blocks(cursor, part, &cells))
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

/// Steps to the next line; returns it with its number if it is neither blank, comment nor too long.
pub(super) fn data_line<'a>(
    cursor: &mut Cursor<'a>,
    part: &mut Part<'_>,
) -> Option<(u64, &'a [u8])> {
    let text = cursor.next_line()?;
    let line = cursor.n_lines;
    if matches!(text, [] | [b'#' | b';', ..] | [b'/', b'/', ..]) {
        return None;
    }
    if text.len() > MAX_LINE {
        part.fault(line, TOO_LONG, || Cow::Borrowed(text));
        return None;
    }
    Some((line, text))
}

/// Reads an IPv4 address or prefix that is alone on a line; returns it and the
/// length of the line with its end. Anything less plain is `None`.
#[inline]
fn plain_line(
    text: &[u8],
    label: u32,
    max_span: u32,
) -> Option<(Entry<crate::base::V4>, usize)> {
    let (first, mut at) = v4(text).ok()?;
    let mut last = first;
    if text.get(at) == Some(&b'/') {
        let mut len = text.get(at + 1)?.wrapping_sub(b'0');
        let second = text.get(at + 2)?.wrapping_sub(b'0');
        if len > 9 {
            return None;
        }
        at += 2;
        if second < 10 {
            len = len * 10 + second;
            at += 1;
        }
        let range = Prefix::<crate::base::V4>::masked(first, len)?.range();
        if range.first() != first || range.span() > max_span {
            return None;
        }
        last = range.last();
    }
    if text.get(at) == Some(&b'\r') {
        at += 1;
    }
    (text.get(at) == Some(&b'\n')).then_some((Entry { first, last, label }, at + 1))
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
