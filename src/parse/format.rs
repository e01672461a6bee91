//! From a format's name to its reader: the way in.

use rayon::prelude::*;

use crate::feed::{Feed, Format};
use crate::parse::file::{CHUNK_BYTES, File};
use crate::parse::part::{Part, Whole};
use crate::parse::row::Rules;
use crate::parse::{Parsed, csv, geofeed, json, list, rir, tor_exits};

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

fn parse_in_chunks(feed: &Feed, sources: &[Source<'_>], chunk_bytes: usize) -> Parsed {
    let rules = match feed.format {
        Format::List => list::rules(feed),
        Format::Geofeed => geofeed::rules(feed),
        Format::Rir => rir::rules(feed),
        Format::TorExits => tor_exits::rules(feed),
        Format::Csv | Format::Tsv | Format::Json | Format::Ndjson | Format::Toml => {
            Rules::new(feed)
        }
    };
    let files: Vec<Vec<Part<'_>>> = sources
        .par_iter()
        .map(|source| {
            let file = File::new(source, chunk_bytes);
            match feed.format {
                Format::List => list::read(&file, &rules),
                Format::Csv => csv::read(&file, &rules, b','),
                Format::Tsv => csv::read(&file, &rules, b'\t'),
                Format::Json => json::read(&file, &rules),
                Format::Ndjson => json::read_lines(&file, &rules),
                Format::Toml => json::read_toml(&file, &rules),
                Format::Rir => rir::read(&file, &rules),
                Format::Geofeed => geofeed::read(&file, &rules),
                Format::TorExits => tor_exits::read(&file, &rules),
            }
        })
        .collect();
    let mut whole = Whole::default();
    for (source, parts) in sources.iter().zip(files) {
        whole.begin_file();
        whole.reserve(&parts);
        for part in parts {
            whole.append(source.name, part);
        }
    }
    whole.finish()
}
