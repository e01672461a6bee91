//! What became of a feed, and whether the content of a snapshot is believed.

use std::io;

use crate::algebra::order;
use crate::base::{Day, Digest, Memory, chain};
use crate::claim;
use crate::feed::Feed;
use crate::fetch::{self, Content, Large, Member, Opened};
use crate::parse::{self, Fault, Input, Parsed, Source, Tally};
use crate::publish::history::{Good, History};
use crate::publish::maps::Maps;
use crate::publish::snapshot::Snapshot;
use crate::release::FeedState;

/// A feed, loaded.
#[derive(Debug)]
pub(super) struct Loaded<'a> {
    pub(super) feed: &'a Feed,
    pub(super) state: FeedState,
    /// Why, where it is neither fresh nor unchanged.
    pub(super) reason: Option<String>,
    /// Whether its snapshot lies inside the binary, and so is always there.
    pub(super) is_built_in: bool,
    /// The snapshot that claims, or the one that may not.
    pub(super) sha256: Option<Digest>,
    pub(super) as_of: Option<Day>,
    pub(super) tally: Tally,
    pub(super) samples: Vec<Fault>,
    /// What was read; only of a feed that claims something.
    pub(super) parsed: Option<Parsed>,
    /// What its snapshots are known by from now on, where that changed.
    pub(super) history: Option<History>,
}

impl<'a> Loaded<'a> {
    /// A feed that claims nothing.
    pub(super) fn nothing(feed: &'a Feed, state: FeedState, reason: String) -> Self {
        let mut loaded = Self {
            feed,
            state,
            reason: None,
            is_built_in: false,
            sha256: None,
            as_of: None,
            tally: Tally::default(),
            samples: Vec::new(),
            parsed: None,
            history: None,
        };
        loaded.set(state, reason);
        loaded
    }

    pub(super) fn set(&mut self, state: FeedState, reason: String) {
        self.state = state;
        self.reason = (!reason.is_empty()).then_some(reason);
    }

    /// Lets it claim what was read of a good snapshot.
    pub(super) fn claim(&mut self, good: &Good, parsed: Parsed) {
        (self.sha256, self.as_of) = (Some(good.sha256), Some(good.as_of));
        self.take(parsed);
    }

    /// Lets it claim what was read.
    pub(super) fn take(&mut self, parsed: Parsed) {
        self.tally = parsed.tally;
        self.samples.clone_from(&parsed.samples);
        self.parsed = Some(parsed);
    }

    /// Says why it may not claim what was read.
    pub(super) fn refuse(&mut self, refused: Refused) {
        self.set(FeedState::Rejected, refused.reason);
        self.tally = refused.tally;
        self.samples = refused.samples;
    }
}

/// Content that is not believed.
#[derive(Clone, Debug, Default)]
pub(super) struct Refused {
    pub(super) reason: String,
    pub(super) tally: Tally,
    pub(super) samples: Vec<Fault>,
}

/// Reads a snapshot and asks the guards what it shows by itself.
pub(super) fn judge(maps: &Maps, feed: &Feed, snapshot: &Snapshot) -> Result<Parsed, Refused> {
    match read(maps, feed, snapshot) {
        Ok(parsed) => guarded(feed, parsed),
        Err(reason) => Err(Refused { reason, ..Refused::default() }),
    }
}

/// Asks the guards what was read.
pub(super) fn guarded(feed: &Feed, parsed: Parsed) -> Result<Parsed, Refused> {
    match claim::guard(feed, &parsed) {
        Ok(()) => Ok(parsed),
        Err(trip) => {
            Err(Refused { reason: trip.to_string(), tally: parsed.tally, samples: parsed.samples })
        }
    }
}

/// Unpacks and parses what was not read before; the error says why the content is not believed.
pub(super) fn read(maps: &Maps, feed: &Feed, snapshot: &Snapshot) -> Result<Parsed, String> {
    if let Some(parsed) = maps.get(feed, snapshot.sha256) {
        return Ok(parsed);
    }
    let mut parsed = read_anew(feed, snapshot, maps.memory())?;
    // Guards, claims and those who keep it want it so.
    order(&mut parsed.v4);
    order(&mut parsed.v6);
    let n_bytes = snapshot.files.iter().map(|(_, file)| file.n_bytes() as usize).sum();
    maps.keep(feed, snapshot.sha256, n_bytes, &parsed);
    Ok(parsed)
}

/// Unpacks and parses.
fn read_anew(feed: &Feed, snapshot: &Snapshot, memory: &Memory) -> Result<Parsed, String> {
    // What is not read window by window has to be at hand.
    let mut contents: Vec<Option<Content>> = Vec::with_capacity(snapshot.files.len());
    for (name, file) in &snapshot.files {
        contents.push(match file {
            Opened::Large(large) if !is_streamed(feed, large) => {
                Some(large.content().map_err(|error| damaged(name, &error))?)
            }
            _ => None,
        });
    }
    let mut files: Vec<Unpacked<'_>> = Vec::new();
    for ((name, file), content) in snapshot.files.iter().zip(&contents) {
        let bytes: &[u8] = match (file, content) {
            (_, Some(content)) | (Opened::Content(content), None) => content,
            (Opened::Large(large), None) => {
                files.push(Unpacked::Stream(name, large));
                continue;
            }
        };
        let members = fetch::unpack(feed, name, bytes).map_err(|error| chain(&error))?;
        files.extend(members.into_iter().map(Unpacked::Member));
    }
    for file in &files {
        let (name, head) = file.head();
        if let Some(found) = fetch::unexpected(feed.format, head) {
            let (name, beginning) = (name.escape_debug(), beginning(head));
            let shown = if feed.has_secret() { HIDDEN } else { &beginning };
            return Err(format!("`{name}` is {found}: `{shown}`"));
        }
    }
    let inputs = files.iter().map(Unpacked::input).collect();
    let parsed = parse::parse_within(feed, inputs, memory);
    let mut parsed = parsed.map_err(|error| format!("cannot be read: {error}"))?;
    if feed.has_secret() {
        for sample in &mut parsed.samples {
            HIDDEN.clone_into(&mut sample.text);
        }
    }
    Ok(parsed)
}

/// A file to parse.
enum Unpacked<'a> {
    Member(Member<'a>),
    Stream(&'a str, &'a Large),
}

impl Unpacked<'_> {
    /// Its name, and what it begins with.
    fn head(&self) -> (&str, &[u8]) {
        match self {
            Self::Member(member) => (&member.name, &member.bytes),
            Self::Stream(name, large) => (name, large.head()),
        }
    }

    fn input(&self) -> Input<'_> {
        match self {
            Self::Member(Member { name, captures, bytes }) => {
                Input::Whole(Source { name, captures, bytes })
            }
            Self::Stream(name, large) => Input::Stream { name, reader: Box::new(large.stream()) },
        }
    }
}

/// Whether a large file can be parsed from where it is.
fn is_streamed(feed: &Feed, large: &Large) -> bool {
    parse::is_streamed(feed.format) && feed.members.is_empty() && !large.is_packed()
}

fn damaged(name: &str, error: &io::Error) -> String {
    format!("`{}` cannot be read: {error}", name.escape_debug())
}

/// Stands for content of a feed whose URL holds a key: hosts like to repeat it when it is wrong.
const HIDDEN: &str = "not shown, for it may repeat the key in the URL";

/// What content begins with, escaped.
fn beginning(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * Fault::MAX_TEXT)]);
    text.trim_start().chars().take(Fault::MAX_TEXT).flat_map(char::escape_debug).collect()
}
