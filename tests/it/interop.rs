//! Everybody's readers give the answers of the naive oracle, for every edition.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use ipmint::edition::Edition;
use ipnet::{IpNet, Ipv6Net};
use rayon::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::draw::{self, Dice};
use crate::oracle::{Oracle, witnesses};
use crate::readers::{Answer, Reader};
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
            fs::write(file, built.database.bytes).expect("a file");
        }
        Self { folder, editions }
    }

    fn path(&self, edition: &str) -> PathBuf {
        self.folder.path().join(format!("{edition}.mmdb"))
    }
}

/// Asks readers about every edition; `mmdblookup`, a process for each address,
/// about fewer.
fn ask(
    files: &Files,
    readers: &[Reader],
    addresses: &[IpAddr],
) -> Vec<(String, Reader, Vec<Answer>)> {
    let few: Vec<IpAddr> =
        addresses.iter().step_by(addresses.len().div_ceil(150).max(1)).copied().collect();
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
            (edition.name.clone(), reader, answers)
        })
        .collect()
}

/// First, last and, by the dice, some address of a network.
fn within(dice: &mut Dice, network: IpNet) -> [IpAddr; 3] {
    let middle = match network {
        IpNet::V4(net) => {
            let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
            Ipv4Addr::from_bits(first + (dice.roll() as u32 & (last - first))).into()
        }
        IpNet::V6(net) => {
            let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
            let some = u128::from(dice.roll()) << 64 | u128::from(dice.roll());
            Ipv6Addr::from_bits(first + (some & (last - first))).into()
        }
    };
    [network.network(), network.broadcast(), middle]
}

/// Whether the network a reader tells holds the address it was asked about.
fn holds(network: IpNet, address: IpAddr) -> bool {
    match (network, address) {
        // A gap wider than IPv4.
        (IpNet::V6(network), IpAddr::V4(ip)) => {
            network.contains(&Ipv6Addr::from_bits(u128::from(ip.to_bits())))
        }
        _ => network.contains(&address),
    }
}

/// A record with its attributions in one order: which one is nobody's promise.
fn normal(record: &Value) -> Value {
    let mut record = record.clone();
    if let Some(attributions) = record.get_mut("attributions").and_then(Value::as_array_mut) {
        attributions.sort_by_cached_key(|attribution| {
            let keys = ["feed", "category", "provider", "service", "via", "prefix_length"];
            let rest = ["age_days", "suppressed_by"];
            keys.iter().chain(&rest).map(|key| attribution[key].to_string()).collect::<Vec<_>>()
        });
    }
    record
}

/// Compares what readers told with the oracle. `unlisted` is what an address of
/// which nothing is known answers.
fn compare(oracle: &mut Oracle<'_>, asked: &[(String, Reader, Vec<Answer>)], unlisted: &Value) {
    let mut dice = Dice::new(7);
    let networks: BTreeSet<IpNet> =
        asked.iter().flat_map(|(.., answers)| answers.iter().map(|one| one.network)).collect();
    let inside: Vec<(IpNet, [IpAddr; 3])> =
        networks.into_iter().map(|network| (network, within(&mut dice, network))).collect();
    oracle.learn(inside.iter().flat_map(|(_, addresses)| *addresses));
    oracle.learn(asked.iter().flat_map(|(.., answers)| answers.iter().map(|one| one.address)));
    let mut n_listed = 0;
    for (edition, reader, answers) in asked {
        for Answer { address, network, record, .. } in answers {
            assert!(holds(*network, *address), "{edition}, {reader:?}: {network} of {address}");
            n_listed += usize::from(!record.is_null());
            let at = inside.binary_search_by_key(network, |(network, _)| *network);
            let (_, inside) = inside[at.expect("every network is there")];
            for neighbour in [*address].into_iter().chain(inside) {
                let expected = match oracle.record(edition, neighbour) {
                    Value::Null => unlisted,
                    record => record,
                };
                let (expected, seen) = (normal(expected), normal(record));
                assert!(
                    reader.agrees(&expected, &seen),
                    "{edition}, {reader:?}, {neighbour} in {network} of {address}\n\
                     expected {expected:#}\nseen {seen:#}"
                );
            }
        }
    }
    assert!(n_listed > 0, "nothing at all was found");
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
    let editions = world::editions(|_, text| world::with_key(&text, "unlisted", "empty_map"));
    let files = Files::write(world, editions);
    compare(&mut oracle, &ask(&files, &Reader::ALL, &sample_addresses()), &json!({}));
}

#[test]
fn names_of_others_change_the_type_and_nothing_else() {
    let world = World::sample();
    let witnesses = witnesses(world);
    let mut oracle = Oracle::new(world, &witnesses);
    for naming in ["own", "tagged", "exact"] {
        let editions = world::editions(|name, text| match COMPATIBLE.contains(&name) {
            true => world::with_key(&text, "naming", naming),
            false => text,
        });
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
    let editions = world::editions(|name, text| match COMPATIBLE.contains(&name) {
        true => world::with_key(&text, "naming", "tagged"),
        false => text,
    });
    let files = Files::write(world, editions);
    let addresses = sample_addresses();
    for (edition, method) in GEOIP2 {
        let reader = Reader::GeoIp2(method);
        let answers = reader
            .ask(&files.path(edition), &addresses)
            .unwrap_or_else(|error| panic!("{edition}: {error}"));
        let models: Vec<(IpAddr, Value)> =
            answers.iter().map(|answer| (answer.address, answer.model.clone())).collect();
        compare(&mut oracle, &[(edition.to_owned(), reader, answers)], &Value::Null);
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
    let asked = ask_crate(&files, &sample_addresses());
    compare(&mut oracle, &asked, &Value::Null);
}

/// Asks the Rust crate; it is as exact as Python's C extension.
fn ask_crate(files: &Files, addresses: &[IpAddr]) -> Vec<(String, Reader, Vec<Answer>)> {
    let ask = |edition: &Edition| {
        let file = fs::read(files.path(&edition.name)).expect("it was written");
        let reader = maxminddb::Reader::from_source(file).expect("a database");
        reader.verify().unwrap_or_else(|error| panic!("{}: {error}", edition.name));
        let answers = addresses.iter().map(|address| {
            let found = reader.lookup(*address).expect("a sound database");
            let network = found.network().expect("a network");
            let network = network.to_string().parse().expect("a network is CIDR");
            let record = found.decode().expect("a sound record").unwrap_or(Value::Null);
            Answer { address: *address, network, record, model: Value::Null }
        });
        (edition.name.clone(), Reader::PythonC, answers.collect())
    };
    files.editions.iter().map(ask).collect()
}

#[test]
fn every_reader_gives_the_oracles_records_of_the_corpus() {
    let world = World::corpus();
    let witnesses = witnesses(world);
    let mut oracle = Oracle::new(world, &witnesses);
    let mut dice = Dice::new(3);
    let mut addresses = draw::around_some_rows(&mut dice, world, 1);
    addresses.extend((0..100).map(|_| dice.address()));
    let files = Files::write(world, world::shipped());
    let mut asked = ask(&files, &Reader::ALL, &addresses);
    asked.extend(ask_crate(&files, &addresses));
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
