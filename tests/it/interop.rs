//! Everybody's readers give the answers of the naive oracle, for every edition.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use ipmint::edition::Edition;
use ipnet::{IpNet, Ipv6Net};
use rayon::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::agreement::{self, Asked, compare};
use crate::draw::{self, Dice};
use crate::oracle::{Oracle, witnesses};
use crate::readers::Reader;
use crate::world::{self, World};

/// Schemas whose edition says a type of somebody else's.
const COMPATIBLE: [&str; 7] =
    ["anonymous", "anonymous-plus", "asn", "city", "country", "privacy", "risk"];

/// Editions and the method of `geoip2` that reads each.
const GEOIP2: [(&str, &str); 5] = [
    ("anonymous", "anonymous_ip"),
    ("anonymous-plus", "anonymous_plus"),
    ("asn", "asn"),
    ("city", "city"),
    ("country", "country"),
];

/// Editions on disk.
struct Files {
    folder: TempDir,
    editions: Vec<Edition>,
}

impl Files {
    fn write(world: &World, editions: Vec<Edition>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for built in world.compile(&editions).editions {
            let problems = ipmint::mmdb::check(&built.database.bytes);
            assert_eq!(problems, [""; 0], "{}", built.name);
            let file = folder.path().join(format!("{}.mmdb", built.name));
            fs::write(file, &built.database.bytes[..]).expect("a file");
        }
        Self { folder, editions }
    }

    fn ask_crate(&self, addresses: &[IpAddr]) -> Vec<Asked> {
        let ask = |edition: &Edition| {
            let file = fs::read(self.path(&edition.name)).expect("it was written");
            agreement::ask_crate(&edition.name, &file, addresses)
        };
        self.editions.iter().map(ask).collect()
    }

    fn path(&self, edition: &str) -> PathBuf {
        self.folder.path().join(format!("{edition}.mmdb"))
    }
}

/// About so many addresses of an edition `mmdblookup` is asked, a process for each.
const MOST_PROCESSES: usize = 250;

/// Asks readers about every edition; `mmdblookup`, a process for each address,
/// about fewer.
fn ask(files: &Files, readers: &[Reader], addresses: &[IpAddr]) -> Vec<Asked> {
    let few: Vec<IpAddr> = addresses
        .iter()
        .step_by(addresses.len().div_ceil(MOST_PROCESSES).max(1))
        .copied()
        .collect();
    let asked: Vec<(&Edition, Reader)> = files
        .editions
        .iter()
        .flat_map(|edition| readers.iter().map(move |reader| (edition, *reader)))
        .collect();
    asked
        .into_par_iter()
        .map(|(edition, reader)| {
            let addresses = if reader == Reader::Mmdblookup { few.as_slice() } else { addresses };
            let answers = reader
                .ask(&files.path(&edition.name), addresses)
                .unwrap_or_else(|error| panic!("{reader:?}, {}: {error}", edition.name));
            Asked { edition: edition.name.clone(), reader, answers }
        })
        .collect()
}

/// Every address around every row of the sample, some in IPv6's clothes, and random ones.
fn sample_addresses() -> Vec<IpAddr> {
    let mut dice = Dice::new(1);
    let mut addresses = draw::around_every_row(World::sample());
    let v4: Vec<Ipv4Addr> = addresses
        .iter()
        .filter_map(|address| match address {
            IpAddr::V4(ip) => Some(*ip),
            IpAddr::V6(_) => None,
        })
        .collect();
    addresses.extend((0..50).flat_map(|_| draw::clothed(v4[dice.below(v4.len())])));
    addresses.extend((0..300).map(|_| dice.address()));
    dice.shuffle(&mut addresses);
    addresses
}

#[test]
fn every_reader_gives_the_oracles_records_of_the_sample() {
    let world = World::sample();
    let witnesses = witnesses(world);
    let mut oracle = Oracle::new(world, &witnesses);
    let files = Files::write(world, world::shipped());
    compare(&mut oracle, &ask(&files, &Reader::ALL, &sample_addresses()), &Value::Null);
}

#[test]
fn an_unlisted_address_answers_an_empty_map_where_the_schema_says_so() {
    let world = World::sample();
    let witnesses = witnesses(world);
    let mut oracle = Oracle::new(world, &witnesses);
    let editions = world::editions(|_, text| world::with_key(text, "unlisted", "empty_map"));
    let files = Files::write(world, editions);
    compare(&mut oracle, &ask(&files, &Reader::ALL, &sample_addresses()), &json!({}));
}

#[test]
fn names_of_others_change_the_type_and_nothing_else() {
    let world = World::sample();
    let witnesses = witnesses(world);
    let mut oracle = Oracle::new(world, &witnesses);
    for naming in ["own", "tagged", "exact"] {
        let editions = named(naming);
        let files = Files::write(world, editions);
        for edition in files.editions.iter().filter(|one| COMPATIBLE.contains(&&*one.name)) {
            let (own, compat) = types(&edition.name);
            let expected = match naming {
                "own" => own.to_owned(),
                "tagged" => format!("{own} (compat={compat})"),
                _ => compat.to_owned(),
            };
            let file = fs::read(files.path(&edition.name)).expect("it was written");
            let reader = maxminddb::Reader::from_source(file).expect("a database");
            assert_eq!(reader.metadata().database_type, expected);
        }
        let readers = [Reader::PythonC, Reader::NodeMaxmind];
        let addresses = sample_addresses();
        compare(&mut oracle, &ask(&files, &readers, &addresses[..300]), &Value::Null);
    }
}

/// The nine editions, those that can under a name of somebody else's.
fn named(naming: &str) -> Vec<Edition> {
    world::editions(|name, text| {
        if COMPATIBLE.contains(&name) {
            world::with_key(text, "naming", naming)
        } else {
            text.to_owned()
        }
    })
}

/// SCHEMAS, "Editions": the default type and the one it can carry.
fn types(edition: &str) -> (&'static str, &'static str) {
    match edition {
        "anonymous" => ("ipmint-Anonymous-IP", "GeoIP2-Anonymous-IP"),
        "anonymous-plus" => ("ipmint-Anonymous-Plus", "GeoIP-Anonymous-Plus"),
        "risk" => ("ipmint-IP-Risk", "GeoIP2-IP-Risk"),
        "asn" => ("ipmint-ASN", "GeoLite2-ASN"),
        "country" => ("ipmint-Country", "GeoLite2-Country"),
        "city" => ("ipmint-City", "GeoLite2-City"),
        "privacy" => ("ipmint-Privacy", "ipinfo standard_privacy_new"),
        other => panic!("{other} has no other type"),
    }
}

#[test]
fn geoip2_makes_its_models_of_tagged_editions() {
    let world = World::sample();
    let witnesses = witnesses(world);
    let mut oracle = Oracle::new(world, &witnesses);
    let editions = named("tagged");
    let files = Files::write(world, editions);
    let addresses = sample_addresses();
    for (edition, method) in GEOIP2 {
        let reader = Reader::GeoIp2(method);
        let answers = reader
            .ask(&files.path(edition), &addresses)
            .unwrap_or_else(|error| panic!("{edition}: {error}"));
        let models: Vec<(IpAddr, Value)> =
            answers.iter().map(|answer| (answer.address, answer.model.clone())).collect();
        compare(
            &mut oracle,
            &[Asked { edition: edition.to_owned(), reader, answers }],
            &Value::Null,
        );
        for (address, model) in models {
            assert_eq!(told(&model), told(oracle.record(edition, address)), "{edition}: {address}");
        }
    }
}

/// What a record and a model both tell: a model leaves out what it does not know,
/// and adds the address and its network.
fn told(value: &Value) -> Value {
    let Value::Object(map) = value else { return value.clone() };
    let mut map = map.clone();
    map.retain(|key, _| {
        let ours = ["is_sanctioned", "sanction_lists"];
        let theirs = ["ip_address", "network", "traits"];
        !ours.contains(&key.as_str()) && !theirs.contains(&key.as_str())
    });
    Value::Object(map)
}

#[test]
fn the_maxminddb_crate_gives_the_oracles_records_of_the_sample() {
    let world = World::sample();
    let witnesses = witnesses(world);
    let mut oracle = Oracle::new(world, &witnesses);
    let files = Files::write(world, world::shipped());
    let asked = files.ask_crate(&sample_addresses());
    compare(&mut oracle, &asked, &Value::Null);
}

#[test]
fn every_reader_gives_the_oracles_records_of_the_corpus() {
    let world = World::corpus();
    let witnesses = witnesses(world);
    let mut oracle = Oracle::new(world, &witnesses);
    let mut dice = Dice::new(3);
    let mut addresses = draw::around_some_rows(&mut dice, world, 2);
    addresses.extend((0..100).map(|_| dice.address()));
    let files = Files::write(world, world::shipped());
    let mut asked = ask(&files, &Reader::ALL, &addresses);
    asked.extend(files.ask_crate(&addresses));
    compare(&mut oracle, &asked, &Value::Null);
}

#[test]
fn the_oracle_knows_the_clothes_of_ipv4() {
    for address in draw::clothed(Ipv4Addr::new(192, 0, 2, 33)) {
        let places = ["::/96", "::ffff:0:0/96", "2002::/16", "2001::/32"];
        let nets = places.map(|place| place.parse::<Ipv6Net>().expect("a prefix"));
        assert!(nets.iter().any(|net| IpNet::V6(*net).contains(&address)), "{address}");
        let spot = crate::oracle::Spot::of(address);
        assert_eq!(spot, crate::oracle::Spot::V4(0xc000_0221), "{address}");
    }
}
