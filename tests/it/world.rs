//! Feeds as tests read them: the sample and the corpus, unpacked and parsed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use ipmint::base::{BuildEpoch, Day, Memory};
use ipmint::claim::Input;
use ipmint::compile::{Built, Settings, Silent, compile};
use ipmint::edition::Edition;
use ipmint::feed::{Catalogue, Feed, Location, embedded};
use ipmint::fetch::{self, Content};
use ipmint::parse::{Parsed, Source, parse};
use ipmint::score::Policy;
use rayon::prelude::*;

/// The day that feeds/sample/README.md takes its verdicts on.
const SAMPLE_EPOCH: BuildEpoch = BuildEpoch(1_795_132_800);

/// 2026-08-23, the day after the corpus's newest files.
const CORPUS_EPOCH: BuildEpoch = BuildEpoch(1_787_443_200);

/// A feed and what was read from it.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) feed: Feed,
    pub(crate) as_of: Day,
    pub(crate) parsed: Parsed,
}

/// Feeds and when they are compiled.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) epoch: BuildEpoch,
    /// By feed id, as callers of `compile` pass them.
    pub(crate) reads: Vec<Read>,
}

impl World {
    /// The sample that travels inside the binary.
    pub(crate) fn sample() -> &'static Self {
        static SAMPLE: LazyLock<World> =
            LazyLock::new(|| World::of_sample(&embedded::sample_definitions()));
        &SAMPLE
    }

    /// The sample, its definitions found in the order given.
    pub(crate) fn of_sample(definitions: &[(String, String)]) -> Self {
        let bytes = |path: &str| {
            let bytes = embedded::sample_file(path);
            Content::built_in(bytes.unwrap_or_else(|| panic!("no {path} in the sample")))
        };
        Self::read(definitions, bytes, SAMPLE_EPOCH)
    }

    /// The corpus; where there is none the sample, and standard error says so.
    pub(crate) fn corpus() -> &'static Self {
        static CORPUS: LazyLock<Option<World>> = LazyLock::new(|| {
            corpus_folder().map(|folder| World::of_corpus(&folder, &corpus_definitions()))
        });
        CORPUS.as_ref().unwrap_or_else(|| {
            eprintln!("no corpus; this test looks at the sample instead (set IPMINT_CORPUS)");
            Self::sample()
        })
    }

    /// The corpus, its definitions found in the order given.
    pub(crate) fn of_corpus(folder: &Path, definitions: &[(String, String)]) -> Self {
        Self::read(
            definitions,
            |path| fetch::read(folder, path, 1 << 30).unwrap_or_else(|error| panic!("{error}")),
            CORPUS_EPOCH,
        )
    }

    fn read(
        definitions: &[(String, String)],
        bytes: impl Fn(&str) -> Content + Sync,
        epoch: BuildEpoch,
    ) -> Self {
        let policy = Policy::from_toml("policy.toml", embedded::policy()).expect("it is checked");
        let catalogue =
            Catalogue::from_files(definitions).unwrap_or_else(|error| panic!("{error}"));
        let feeds: Vec<&Feed> = catalogue.iter().filter(|feed| feed.enabled).collect();
        let reads = feeds
            .into_par_iter()
            .map(|feed| Read {
                feed: feed.clone(),
                as_of: feed.as_of.unwrap_or(epoch.day()),
                parsed: read_feed(feed, &bytes),
            })
            .collect();
        Self { policy, epoch, reads }
    }

    /// What `compile` takes.
    pub(crate) fn inputs(&self) -> Vec<Input<'_>> {
        let reads = self.reads.iter();
        reads
            .map(|Read { feed, as_of, parsed }| Input {
                feed,
                as_of: *as_of,
                parsed: parsed.clone(),
            })
            .collect()
    }

    /// Compiles all of it.
    pub(crate) fn compile(&self, editions: &[Edition]) -> Built {
        self.compile_in(editions, &Memory::unbounded())
    }

    /// The same within so much memory.
    pub(crate) fn compile_in(&self, editions: &[Edition], memory: &Memory) -> Built {
        let settings = Settings { policy: &self.policy, editions, epoch: self.epoch, memory };
        compile(&settings, self.inputs(), &Silent).expect("nothing here passes the format")
    }
}

/// Unpacks and parses every location of a feed.
fn read_feed(feed: &Feed, bytes: impl Fn(&str) -> Content) -> Parsed {
    let paths: Vec<&str> = feed
        .locations
        .iter()
        .map(|location| match location {
            Location::Path(path) => path.as_str(),
            Location::Url(url) => panic!("{}: {url} would be fetched", feed.id.as_str()),
        })
        .collect();
    let packed: Vec<Content> = paths.iter().map(|path| bytes(path)).collect();
    let members: Vec<_> = paths
        .iter()
        .zip(&packed)
        .flat_map(|(path, bytes)| {
            fetch::unpack(feed, path, bytes).unwrap_or_else(|error| panic!("{error}"))
        })
        .collect();
    let sources: Vec<Source<'_>> = members
        .iter()
        .map(|member| Source {
            name: &member.name,
            captures: &member.captures,
            bytes: &member.bytes,
        })
        .collect();
    parse(feed, &sources)
}

/// Where the corpus is, if it is there.
pub(crate) fn corpus_folder() -> Option<PathBuf> {
    let folder = env::var_os("IPMINT_CORPUS")
        .map_or_else(|| root().join("../shared/corpus"), |folder| root().join(folder));
    folder.is_dir().then_some(folder)
}

/// The definitions of tests/corpus as (file name, text).
pub(crate) fn corpus_definitions() -> Vec<(String, String)> {
    let definitions = root().join("tests/corpus");
    let is_toml = |path: &&String| {
        Path::new(path).extension() == Some(OsStr::new("toml")) && *path != "policy.toml"
    };
    let text = |path: &String| fs::read_to_string(definitions.join(path)).expect("it was listed");
    let paths = files_below(&definitions);
    paths.iter().filter(is_toml).map(|path| (path.clone(), text(path))).collect()
}

/// Paths of the files below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder can be listed") {
            let path = entry.expect("a folder can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(folder).expect("it was found there");
                paths.push(below.to_str().expect("our names are text").to_owned());
            }
        }
    }
    paths.sort();
    paths
}

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The nine editions as shipped, with lines of their schemas replaced.
///
/// `change` takes an edition's name and its schema's text.
pub(crate) fn editions(change: impl Fn(&str, &str) -> String) -> Vec<Edition> {
    let schemas = embedded::schemas();
    let editions: Vec<Edition> = schemas
        .iter()
        .filter_map(|file| {
            let text = str::from_utf8(file.bytes).expect("schemas are UTF-8");
            let name = file.path.strip_suffix(".toml")?;
            let edition = Edition::from_toml(&file.path, &change(name, text));
            Some(edition.unwrap_or_else(|error| panic!("{error}")))
        })
        .collect();
    assert_eq!(editions.len(), 9, "SCHEMAS names nine editions");
    editions
}

/// The nine editions as shipped.
pub(crate) fn shipped() -> Vec<Edition> {
    editions(|_, text| text.to_owned())
}

/// Says something else of a key outside the fields.
pub(crate) fn with_key(text: &str, key: &str, value: &str) -> String {
    let is_other = |line: &&str| line.split('=').next().is_none_or(|name| name.trim() != key);
    let rest: Vec<&str> = text.lines().filter(is_other).collect();
    format!("{key} = \"{value}\"\n{}\n", rest.join("\n"))
}
