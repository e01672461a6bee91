//! Answers of readers held against the oracle.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use serde_json::Value;

use crate::draw::Dice;
use crate::oracle::Oracle;
use crate::readers::{Answer, Reader};

/// What a reader said of an edition.
pub(crate) struct Asked {
    pub(crate) edition: String,
    pub(crate) reader: Reader,
    pub(crate) answers: Vec<Answer>,
}

/// Asks the `maxminddb` crate, which is as exact as Python's C extension.
pub(crate) fn ask_crate(edition: &str, file: &[u8], addresses: &[IpAddr]) -> Asked {
    let reader = maxminddb::Reader::from_source(file).expect("a database");
    reader.verify().unwrap_or_else(|error| panic!("{edition}: {error}"));
    let answers = addresses.iter().map(|address| {
        let found = reader.lookup(*address).expect("a sound database");
        let network = found.network().expect("a network");
        let network = network.to_string().parse().expect("a network is CIDR");
        let record = found.decode().expect("a sound record").unwrap_or(Value::Null);
        Answer { address: *address, network, record, model: Value::Null }
    });
    Asked { edition: edition.to_owned(), reader: Reader::PythonC, answers: answers.collect() }
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
pub(crate) fn compare(oracle: &mut Oracle<'_>, asked: &[Asked], unlisted: &Value) {
    let mut dice = Dice::new(7);
    let networks: BTreeSet<IpNet> =
        asked.iter().flat_map(|asked| asked.answers.iter().map(|one| one.network)).collect();
    let inside: Vec<(IpNet, [IpAddr; 3])> =
        networks.into_iter().map(|network| (network, within(&mut dice, network))).collect();
    oracle.learn(inside.iter().flat_map(|(_, addresses)| *addresses));
    oracle.learn(asked.iter().flat_map(|asked| asked.answers.iter().map(|one| one.address)));
    for Asked { edition, reader, answers } in asked {
        for Answer { address, network, record, .. } in answers {
            assert!(holds(*network, *address), "{edition}, {reader:?}: {network} of {address}");
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
}
