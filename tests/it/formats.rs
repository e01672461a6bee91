//! Formats that nobody writes by hand, read from the real thing.

use std::fs;
use std::io::Read as _;

use ipmint::base::{Digest, Memory};
use ipmint::claim::Input;
use ipmint::compile::{Settings, Silent, compile};
use ipmint::feed::{Catalogue, Feed};
use ipmint::fetch;
use ipmint::parse::{Parsed, Source, parse};

use crate::world::{self, World, corpus_folder};

/// A feed of that definition, without its title, path and licence.
fn feed(text: &str) -> Feed {
    let text = format!("title = 't'\npath = 'x'\nlicence = {{ id = 'CC0-1.0' }}\n{text}");
    let catalogue = Catalogue::from_files(&[("x.toml".to_owned(), text)]);
    let catalogue = catalogue.unwrap_or_else(|error| panic!("{error}"));
    catalogue.get("x").expect("defined").clone()
}

fn read(feed: &Feed, bytes: &[u8]) -> Parsed {
    parse(feed, &[Source { name: "f", captures: &[], bytes }])
}

/// What an edition says is claimed by a feed of it, and comes out as the same bytes.
#[test]
fn our_own_edition_as_a_feed_gives_itself() {
    let world = World::sample();
    let editions: Vec<_> =
        world::shipped().into_iter().filter(|edition| edition.name == "asn").collect();
    let built = world.compile(&editions);
    let database = &built.editions[0].database.bytes;
    let feed = feed(
        "format = 'mmdb'\nkind = 'assignment'\nattributes = ['asn', 'name']\nreserved = 'keep'\n\
         columns = { asn = 'autonomous_system_number', name = 'autonomous_system_organization' }\n\
         guards = { min_prefix_v4 = 0, min_prefix_v6 = 0 }",
    );
    let parsed = read(&feed, database);
    assert_eq!(parsed.tally.faults + parsed.tally.valueless, 0, "{:?}", parsed.samples);
    let settings = Settings {
        policy: &world.policy,
        editions: &editions,
        epoch: world.epoch,
        memory: &Memory::unbounded(),
    };
    let inputs = vec![Input { feed: &feed, as_of: world.epoch.day(), parsed }];
    let again = compile(&settings, inputs, &Silent).expect("it is small");
    assert!(*again.editions[0].database.bytes == **database, "other bytes");
}

#[test]
fn a_table_that_is_cut_short_is_refused_and_what_there_is_can_be_read() {
    let Some(folder) = corpus_folder() else {
        eprintln!("no corpus; no routing table is read (set IPMINT_CORPUS)");
        return;
    };
    let name = "asn/routeviews__rib-20140523-first-mb.mrt.bz2";
    let packed = fs::read(folder.join(name)).expect("it is there");
    let feed = feed("format = 'mrt'\nkind = 'assignment'");
    let error = fetch::unpack(&feed, name, &packed).expect_err("it is cut");
    assert!(error.to_string().contains("bzip2"), "{error}");

    let mut bytes = Vec::new();
    let damage = bzip2::read::BzDecoder::new(packed.as_slice()).read_to_end(&mut bytes);
    assert!(damage.is_err(), "the stream ends well");
    let parsed = read(&feed, &bytes);
    // The default route is broader than any feed may list; the last record is cut.
    let reasons: Vec<&str> = parsed.samples.iter().map(|fault| fault.reason.as_ref()).collect();
    let cut = "the file ends within a record; was it cut short?";
    assert_eq!(reasons, ["broader than the feed's min_prefix_v4", cut]);
    assert_eq!(parsed.tally.rows, 9_073);
    // The same origins as `bgpkit-parser` 0.23 finds, which shares no code with ours: the AS that
    // most of a prefix's peers see, of several the smallest.
    let mut origins: Vec<String> = parsed
        .v4
        .iter()
        .map(|run| {
            let asn = parsed.labels[run.value as usize].asn.expect("assigned").0;
            format!("{} {asn}\n", run.range())
        })
        .collect();
    origins.sort_unstable();
    let digest = "9d0ff62ffbf5c1d7d22a06409f00b0e5e0bd16ad5a80eb5672f737b5db9b4bf6";
    assert_eq!(Digest::of(origins.concat().as_bytes()).to_string(), digest);
}
