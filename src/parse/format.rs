//! From a format's name to its reader: the way in.

use rayon::prelude::*;

use crate::feed::{Feed, Format};
use crate::parse::contact::Contacts;
use crate::parse::file::{CHUNK_BYTES, File};
use crate::parse::part::{Part, Whole};
use crate::parse::row::Rules;
use crate::parse::{
    Parsed, csv, geofeed, json, list, mmdb, mrt, onionoo, pattern, pfx2as, rir, rpsl, tor_exits,
};

/// One file of a snapshot, unpacked.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The file's or archive member's name, for faults.
    pub name: &'a str,
    /// What each `*` of the member's glob matched.
    pub captures: &'a [String],
    /// The content.
    pub bytes: &'a [u8],
}

/// Reads a snapshot: its files in the order given, each in parallel.
///
/// Never fails: what cannot be read is a fault, counted and sampled. The result
/// depends on the arguments alone, not on how many threads there are.
pub fn parse(feed: &Feed, sources: &[Source<'_>]) -> Parsed {
    parse_in_chunks(feed, sources, CHUNK_BYTES)
}

pub(super) fn parse_in_chunks(feed: &Feed, sources: &[Source<'_>], chunk_bytes: usize) -> Parsed {
    let rules = match feed.format {
        Format::List => list::rules(feed),
        Format::Geofeed => geofeed::rules(feed),
        Format::Rir => rir::rules(feed),
        Format::TorExits => tor_exits::rules(feed),
        Format::Pattern => pattern::rules(feed),
        Format::Onionoo => onionoo::rules(feed),
        Format::Pfx2as => pfx2as::rules(feed),
        Format::Mrt => mrt::rules(feed),
        Format::Csv
        | Format::Tsv
        | Format::Json
        | Format::Ndjson
        | Format::Toml
        | Format::Rpsl
        | Format::Mmdb => Rules::new(feed),
    };
    let files: Vec<File<'_>> = sources
        .par_iter()
        .enumerate()
        .map(|(file_idx, source)| File::new(file_idx, source, chunk_bytes))
        .collect();
    let contacts = match feed.format {
        Format::Rpsl => rpsl::contacts(&files, &rules),
        _ => Contacts::default(),
    };
    let parts: Vec<Vec<Part<'_>>> = files
        .par_iter()
        .map(|file| match feed.format {
            Format::List => list::read(file, &rules),
            Format::Csv => csv::read(file, &rules, b','),
            Format::Tsv => csv::read(file, &rules, b'\t'),
            Format::Json => json::read(file, &rules),
            Format::Ndjson => json::read_lines(file, &rules),
            Format::Toml => json::read_toml(file, &rules),
            Format::Rir => rir::read(file, &rules),
            Format::Geofeed => geofeed::read(file, &rules),
            Format::TorExits => tor_exits::read(file, &rules),
            Format::Pattern => pattern::read(file, &rules),
            Format::Onionoo => onionoo::read(file, &rules),
            Format::Pfx2as => pfx2as::read(file, &rules),
            Format::Rpsl => rpsl::read(file, &rules, &contacts),
            Format::Mrt => mrt::read(file, &rules),
            Format::Mmdb => mmdb::read(file, &rules),
        })
        .collect();
    let mut whole = Whole::new(&rules);
    for (source, parts) in sources.iter().zip(parts) {
        whole.begin_file();
        whole.reserve(&parts);
        for part in parts {
            whole.append(source.name, part);
        }
    }
    whole.finish()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::feed::fixture::feed;
    use crate::feed::{Column, Feed, Format, Kind};
    use crate::parse::file::CHUNK_BYTES;
    use crate::parse::fixture::columns;
    use crate::parse::format::parse_in_chunks;
    use crate::parse::{Label, Parsed, Source};

    fn feeds() -> impl Strategy<Value = Feed> {
        let format = prop::sample::select(Format::ALL);
        let kind = prop::sample::select(Kind::ALL);
        (format, kind, any::<bool>(), any::<bool>()).prop_map(|(format, kind, header, ends)| {
            let mut feed = feed(format, kind);
            feed.header = header;
            feed.attributes = vec![Column::Country, Column::Name, Column::AbuseContact];
            feed.guards.min_prefix_v4 = 0;
            if format == Format::Pattern {
                let texts = [
                    "^# *(?<country>..)$",
                    "^#(?<name>.*)",
                    "-",
                    "^AS(?<asn>[^,]*)",
                    "^(?<network>[^ \\t|]+)(?<country> ..)?",
                ];
                feed.pattern = texts.map(str::to_owned).to_vec();
            }
            feed.columns = columns(&[
                (Column::Country, &["2", "cc"]),
                (Column::Name, &["3", "name"]),
                (Column::AbuseContact, &["4", "abuse", "org"]),
                (if ends { Column::First } else { Column::Network }, &["1", "ip"]),
            ]);
            if ends {
                feed.columns.extend(columns(&[(Column::Last, &["2"])]));
            }
            feed
        })
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let word = prop::sample::select(vec![
            "192.0.2.1",
            "192.0.2.0/24",
            "2001:db8::/32",
            "DE",
            "ZZ",
            "AS64496",
            "ip",
            "cc",
            ",",
            ",",
            ",",
            "\"",
            "\"\"",
            "\n",
            "\n",
            "\r\n",
            "\n\n\n\n\n\n\n\n",
            "\r",
            "\t",
            "|",
            " ",
            "#",
            "-",
            "{",
            "}",
            "[",
            "]",
            ":",
            "\"ip\":",
            "{\"ip\":\"192.0.2.1\",\"cc\":\"DE\"}\n",
            "a|DE|ipv4|",
            "ExitAddress ",
            "#",
            "# FR\n",
            "\n\n",
            "ip: 192.0.2.0/24\n",
            "cc: DE\n",
            "abuse: a@example.net\n",
            "org: X\n",
            "nic-hdl: X\n",
            "\"relays\":",
            "\"or_addresses\":",
            "\t24\t",
            "\0",
            "\u{feff}",
            "é",
        ]);
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            prop::collection::vec(word, 0..80).prop_map(|words| words.concat().into_bytes()),
        ]
    }

    fn parsed(feed: &Feed, bytes: &[u8], chunk_bytes: usize) -> Parsed {
        let captures = ["fr".to_owned()];
        let source = Source { name: "f", captures: &captures, bytes };
        parse_in_chunks(feed, &[source, source], chunk_bytes)
    }

    /// Every entry with its label, in order.
    fn said(parsed: &Parsed) -> Vec<(String, &Label)> {
        let label = |number: u32| &parsed.labels[number as usize];
        let v4 = parsed.v4.iter().map(|run| (run.range().to_string(), label(run.value)));
        let v6 = parsed.v6.iter().map(|run| (run.range().to_string(), label(run.value)));
        let keyed = parsed.keyed.iter().map(|number| (String::new(), label(*number)));
        v4.chain(v6).chain(keyed).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// Whatever the bytes, every row is an entry, a key, valueless or a fault.
        #[test]
        fn rows_add_up(feed in feeds(), bytes in bytes()) {
            let parsed = parsed(&feed, &bytes, CHUNK_BYTES);
            let n_entries = (parsed.v4.len() + parsed.v6.len() + parsed.keyed.len()) as u64;
            prop_assert_eq!(
                parsed.tally.rows,
                n_entries + parsed.tally.valueless + parsed.tally.faults
            );
            prop_assert!(parsed.v4.iter().all(|entry| entry.first <= entry.last));
            prop_assert!(parsed.v6.iter().all(|entry| entry.first <= entry.last));
        }

        #[test]
        fn one_chunk_equals_many(feed in feeds(), bytes in bytes(), chunk_bytes in 1_usize..40) {
            let one = parsed(&feed, &bytes, usize::MAX);
            let many = parsed(&feed, &bytes, chunk_bytes);
            // Labels are numbered chunk by chunk, in each IPv4 first: what they say is the same,
            // their numbers only where the file is cut at the same places.
            prop_assert_eq!(said(&one), said(&many));
            prop_assert_eq!(one.tally, many.tally);
            prop_assert_eq!(one.samples, many.samples);
        }
    }
}
