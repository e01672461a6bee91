//! From a format's name to its reader: the way in.

use std::io::{self, Read};

use rayon::prelude::*;

use crate::base::Memory;
use crate::feed::{Feed, Format};
use crate::parse::contact::Contacts;
use crate::parse::file::{File, Sizes};
use crate::parse::part::{Part, Whole};
use crate::parse::reading::{Reading, Rest};
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

/// One file of a snapshot, at hand or still to be read.
pub enum Input<'a> {
    /// All of it is at hand.
    Whole(Source<'a>),
    /// It comes as it is read; of a format that [`is_streamed`], no more than a window of it is
    /// ever in memory.
    Stream {
        /// The file's name, for faults.
        name: &'a str,
        /// The content.
        reader: Box<dyn Read + Send + 'a>,
    },
}

/// Reads a snapshot: its files in the order given, small ones side by side, large ones by all
/// cores.
///
/// Never fails: what cannot be read is a fault, counted and sampled. The result
/// depends on the arguments alone, not on how many threads there are.
pub fn parse(feed: &Feed, sources: &[Source<'_>]) -> Parsed {
    parse_cut(feed, sources, sizes())
}

/// Reads a snapshot of which some files are still to be read.
///
/// # Errors
/// If a stream cannot be read to its end, or what does not fit in memory cannot be written.
pub fn parse_within(feed: &Feed, inputs: Vec<Input<'_>>, memory: &Memory) -> io::Result<Parsed> {
    parse_cut_within(feed, inputs, memory, sizes())
}

/// Whether files of a format are read window by window; others are needed whole.
pub fn is_streamed(format: Format) -> bool {
    match format {
        Format::List
        | Format::Csv
        | Format::Tsv
        | Format::Ndjson
        | Format::Rir
        | Format::Geofeed
        | Format::TorExits
        | Format::Pfx2as => true,
        Format::Json
        | Format::Toml
        | Format::Pattern
        | Format::Onionoo
        | Format::Rpsl
        | Format::Mrt
        | Format::Mmdb => false,
    }
}

/// Chunks of 2 MiB: long against the seams, and short enough for the cache that they are read into.
/// Two windows are in memory, and what the rows of one come to: of each core two chunks.
fn sizes() -> Sizes {
    Sizes { chunk_bytes: 2 << 20, n_chunks: (2 * rayon::current_num_threads()).clamp(4, 64) }
}

pub(super) fn parse_cut(feed: &Feed, sources: &[Source<'_>], sizes: Sizes) -> Parsed {
    let inputs = sources.iter().map(|source| Input::Whole(*source)).collect();
    let parsed = parse_cut_within(feed, inputs, &Memory::unbounded(), sizes);
    parsed.expect("nothing has to be read that is at hand, nor written")
}

fn parse_cut_within(
    feed: &Feed,
    mut inputs: Vec<Input<'_>>,
    memory: &Memory,
    sizes: Sizes,
) -> io::Result<Parsed> {
    let rules = rules(feed);
    let read = read_whole(feed.format, &mut inputs)?;
    let files: Vec<Ready<'_>> = (0..)
        .zip(inputs.into_iter().zip(&read))
        .map(|(idx, (input, read))| Ready::new(idx, input, read.as_deref(), sizes))
        .collect();
    let contacts = match feed.format {
        Format::Rpsl => rpsl::contacts(&whole_files(&files), &rules),
        _ => Contacts::default(),
    };
    let mut whole = Whole::new(memory);
    let mut files = files.into_iter().peekable();
    while let Some(file) = files.next() {
        let (name, file) = match file {
            Ready::Stream { idx, name, reader } => {
                let (rest, head, terminator, end) = Rest::begin(reader, sizes.chunk_bytes);
                let file = File { idx, bytes: &head, end, captures: &[], terminator, sizes };
                whole.begin_file();
                let take = &mut |parts: Vec<Part<'_>>| whole.append(name, parts);
                let mut reading = Reading { take, rest: Some(rest) };
                read_file(&file, &rules, &contacts, &mut reading);
                if let Some(error) = reading.rest.and_then(|rest| rest.error) {
                    return Err(error);
                }
                continue;
            }
            Ready::Whole(name, file) => (name, file),
        };
        // Small files side by side, so many as make a window.
        let mut batch = vec![(name, file)];
        let mut room = sizes.window_bytes().saturating_sub(file.bytes.len());
        while let Some(Ready::Whole(name, file)) =
            files.next_if(|next| matches!(next, Ready::Whole(_, file) if file.bytes.len() <= room))
        {
            room -= file.bytes.len();
            batch.push((name, file));
        }
        read_batch(&batch, &rules, &contacts, &mut whole);
    }
    whole.finish()
}

/// A file that can be read as its format wants it.
enum Ready<'a> {
    Whole(&'a str, File<'a>),
    Stream { idx: usize, name: &'a str, reader: Box<dyn Read + Send + 'a> },
}

impl<'a> Ready<'a> {
    /// `read` is all of a stream that is needed whole.
    fn new(idx: usize, input: Input<'a>, read: Option<&'a [u8]>, sizes: Sizes) -> Self {
        let source = match (input, read) {
            (Input::Whole(source), _) => source,
            (Input::Stream { name, .. }, Some(bytes)) => Source { name, captures: &[], bytes },
            (Input::Stream { name, reader }, None) => return Self::Stream { idx, name, reader },
        };
        Self::Whole(source.name, File::new(idx, &source, sizes))
    }
}

fn whole_files<'a>(files: &[Ready<'a>]) -> Vec<File<'a>> {
    let whole = |file: &Ready<'a>| match file {
        Ready::Whole(_, file) => Some(*file),
        Ready::Stream { .. } => None,
    };
    files.iter().filter_map(whole).collect()
}

/// Reads the streams of a format that needs files whole: of each input its bytes, or none.
fn read_whole(format: Format, inputs: &mut [Input<'_>]) -> io::Result<Vec<Option<Vec<u8>>>> {
    let read = |input: &mut Input<'_>| match input {
        Input::Stream { reader, .. } if !is_streamed(format) => {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        }
        _ => Ok(None),
    };
    inputs.iter_mut().map(read).collect()
}

/// Reads files that are at hand: one in windows, several side by side.
fn read_batch<'r>(
    batch: &[(&str, File<'_>)],
    rules: &'r Rules<'r>,
    contacts: &Contacts<'_>,
    whole: &mut Whole,
) {
    if let [(name, file)] = batch {
        whole.begin_file();
        let take = &mut |parts: Vec<Part<'r>>| whole.append(name, parts);
        read_file(file, rules, contacts, &mut Reading { take, rest: None });
        return;
    }
    let parts: Vec<Vec<Part<'r>>> = batch
        .par_iter()
        .map(|(_, file)| {
            let mut all = Vec::new();
            let take = &mut |parts: Vec<Part<'r>>| all.extend(parts);
            read_file(file, rules, contacts, &mut Reading { take, rest: None });
            all
        })
        .collect();
    for ((name, _), parts) in batch.iter().zip(parts) {
        whole.begin_file();
        whole.append(name, parts);
    }
}

fn rules(feed: &Feed) -> Rules<'_> {
    match feed.format {
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
    }
}

fn read_file<'r>(
    file: &File<'_>,
    rules: &'r Rules<'r>,
    contacts: &Contacts<'_>,
    reading: &mut Reading<'_, 'r>,
) {
    match rules.feed.format {
        Format::List => list::read(file, rules, reading),
        Format::Csv => csv::read(file, rules, b',', reading),
        Format::Tsv => csv::read(file, rules, b'\t', reading),
        Format::Json => json::read(file, rules, reading),
        Format::Ndjson => json::read_lines(file, rules, reading),
        Format::Toml => json::read_toml(file, rules, reading),
        Format::Rir => rir::read(file, rules, reading),
        Format::Geofeed => geofeed::read(file, rules, reading),
        Format::TorExits => tor_exits::read(file, rules, reading),
        Format::Pattern => pattern::read(file, rules, reading),
        Format::Onionoo => onionoo::read(file, rules, reading),
        Format::Pfx2as => pfx2as::read(file, rules, reading),
        Format::Rpsl => rpsl::read(file, rules, contacts, reading),
        Format::Mrt => mrt::read(file, rules, reading),
        Format::Mmdb => mmdb::read(file, rules, reading),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::base::Memory;
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Feed, Format, Kind};
    use crate::parse::file::Sizes;
    use crate::parse::fixture::columns;
    use crate::parse::format::{parse_cut, parse_cut_within};
    use crate::parse::{Input, Label, Parsed, Source};

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

    fn parsed(feed: &Feed, bytes: &[u8], (chunk_bytes, n_chunks): (usize, usize)) -> Parsed {
        let captures = ["fr".to_owned()];
        let source = Source { name: "f", captures: &captures, bytes };
        parse_cut(feed, &[source, source], Sizes { chunk_bytes, n_chunks })
    }

    /// The same of a file without captures that comes byte by byte.
    fn streamed(feed: &Feed, bytes: &[u8], (chunk_bytes, n_chunks): (usize, usize)) -> Parsed {
        let stream = || Input::Stream { name: "f", reader: Box::new(bytes) };
        let inputs = vec![stream(), stream()];
        let sizes = Sizes { chunk_bytes, n_chunks };
        parse_cut_within(feed, inputs, &Memory::unbounded(), sizes).expect("read")
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
            let parsed = parsed(&feed, &bytes, (usize::MAX, 1));
            let n_entries = (parsed.v4.len() + parsed.v6.len() + parsed.keyed.len()) as u64;
            prop_assert_eq!(
                parsed.tally.rows,
                n_entries + parsed.tally.valueless + parsed.tally.faults
            );
            prop_assert!(parsed.v4.iter().all(|entry| entry.first <= entry.last));
            prop_assert!(parsed.v6.iter().all(|entry| entry.first <= entry.last));
        }

        #[test]
        fn one_chunk_equals_many(
            feed in feeds(),
            bytes in bytes(),
            chunk_bytes in 1_usize..40,
            n_chunks in 1_usize..5,
        ) {
            let one = parsed(&feed, &bytes, (usize::MAX, 1));
            let many = parsed(&feed, &bytes, (chunk_bytes, n_chunks));
            // Labels are numbered chunk by chunk, in each IPv4 first: what they say is the same,
            // their numbers only where the file is cut at the same places.
            prop_assert_eq!(said(&one), said(&many));
            prop_assert_eq!(one.tally, many.tally);
            prop_assert_eq!(one.samples, many.samples);
        }

        /// To the numbers of the labels.
        #[test]
        fn windows_change_nothing(
            feed in feeds(),
            bytes in bytes(),
            chunk_bytes in 1_usize..40,
            n_chunks in 1_usize..5,
        ) {
            let one = parsed(&feed, &bytes, (chunk_bytes, usize::MAX));
            let many = parsed(&feed, &bytes, (chunk_bytes, n_chunks));
            prop_assert_eq!(shown(&one), shown(&many));
        }

        /// Nor does it matter whether a file is at hand. It is long enough for several windows.
        #[test]
        fn streams_change_nothing(
            feed in feeds(),
            bytes in bytes(),
            n_times in 1_usize..4000,
            chunk_bytes in 1_usize..100_000,
            n_chunks in 1_usize..5,
        ) {
            let bytes = bytes.repeat(n_times.min(400_000 / bytes.len().max(1)));
            let source = Source { name: "f", captures: &[], bytes: &bytes };
            let sizes = Sizes { chunk_bytes, n_chunks };
            let whole = parse_cut(&feed, &[source, source], sizes);
            prop_assert_eq!(shown(&whole), shown(&streamed(&feed, &bytes, (chunk_bytes, n_chunks))));
        }
    }

    fn shown(parsed: &Parsed) -> String {
        format!("{parsed:?}")
    }
}
