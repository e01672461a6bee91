//! Tests only: columns to parse with, and what came of it as text.

use std::collections::BTreeMap;

use crate::base::Run;
use crate::feed::{Cell, Column, Feed};
use crate::parse::{Label, Parsed, Source, parse};

/// Columns by header name or key; a number counts from 1, `*1` is a capture.
pub(super) fn columns(columns: &[(Column, &[&str])]) -> BTreeMap<Column, Vec<Cell>> {
    let cell = |text: &&str| match (text.strip_prefix('*'), text.parse::<usize>()) {
        (Some(star), _) => Cell::Member(star.parse::<usize>().expect("a number") - 1),
        (None, Ok(number)) => Cell::Index(number - 1),
        (None, Err(_)) => Cell::Name((*text).to_owned()),
    };
    columns.iter().map(|(column, cells)| (*column, cells.iter().map(cell).collect())).collect()
}

/// Parses one file and shows each entry, key, fault and count, a line each.
pub(super) fn shown(feed: &Feed, bytes: impl AsRef<[u8]>) -> Vec<String> {
    let captures = ["de".to_owned()];
    show(&parse(feed, &[Source { name: "f", captures: &captures, bytes: bytes.as_ref() }]))
}

/// Asserts what [`shown`] returns.
#[track_caller]
pub(super) fn check(feed: &Feed, bytes: impl AsRef<[u8]>, expected: &[&str]) {
    assert_eq!(shown(feed, bytes), expected);
}

fn show(parsed: &Parsed) -> Vec<String> {
    let label = |number: u32| {
        let text = words(&parsed.labels[number as usize]);
        if text.is_empty() { text } else { format!(" {text}") }
    };
    let v4 = |entry: &Run<_>| format!("{}{}", entry.range(), label(entry.value));
    let mut lines: Vec<String> = parsed.v4.iter().map(v4).collect();
    lines.extend(parsed.v6.iter().map(|entry| format!("{}{}", entry.range(), label(entry.value))));
    lines.extend(parsed.keyed.iter().map(|key| format!("key{}", label(*key))));
    lines.extend(
        parsed.samples.iter().map(|fault| {
            format!("{}:{}: `{}`: {}", fault.file, fault.line, fault.text, fault.reason)
        }),
    );
    let tally = parsed.tally;
    let counts = [("valueless", tally.valueless), ("masked", tally.masked)];
    lines.extend(counts.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{n} {name}")));
    assert_eq!(tally.faults.min(10), parsed.samples.len() as u64);
    let n_entries = (parsed.v4.len() + parsed.v6.len() + parsed.keyed.len()) as u64;
    assert_eq!(tally.rows, n_entries + tally.valueless + tally.faults);
    lines
}

/// The fields that a label has, separated by blanks.
fn words(label: &Label) -> String {
    let text = |text: &Option<Box<str>>| text.as_ref().map(ToString::to_string);
    let mut words = vec![
        label.asn.map(|asn| asn.to_string()),
        label.country.map(|country| country.to_string()),
        label.category.map(|category| category.to_string()),
        text(&label.provider),
        text(&label.service),
        label.last_seen.map(|day| day.to_string()),
        text(&label.name),
        text(&label.domain),
        text(&label.network_type),
        text(&label.abuse_contact),
        text(&label.registry),
        label.registered.map(|day| day.to_string()),
    ];
    if let Some(place) = &label.place {
        words.extend([&place.region, &place.city, &place.postal_code].map(text));
        words.extend([place.latitude, place.longitude].map(|degrees| Some(degrees?.to_string())));
        words.push(text(&place.timezone));
    }
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
