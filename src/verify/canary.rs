//! Canaries: networks about which a release must, or must not, say something.

use std::collections::HashMap;

use crate::base::{Address as _, Family, Prefix, Range};
use crate::feed::Category;
use crate::mmdb::{FormatError, Reader, Value};
use crate::score::{Addresses, Canary};

/// Lists what canaries sing: one finding a canary and signal, with the first network at fault.
///
/// Every address of a canary's network is asked, network by network.
pub fn check_canaries(bytes: &[u8], canaries: &[Canary]) -> Vec<String> {
    let reader = match Reader::open(bytes) {
        Ok(reader) => reader,
        Err(error) => return vec![error.to_string()],
    };
    let mut findings = Vec::new();
    let mut signals = Signals { reader: &reader, by_offset: HashMap::new() };
    for canary in canaries {
        let asked = match canary.network.addresses() {
            Addresses::V4(range) => ask(&mut signals, canary, range, &mut findings),
            Addresses::V6(range) => ask(&mut signals, canary, range, &mut findings),
        };
        if let Err(error) = asked {
            findings.push(format!("canary {}: {error}", canary.network));
        }
    }
    findings
}

/// The signals of records, each decoded once.
struct Signals<'r, 'a> {
    reader: &'r Reader<'a>,
    by_offset: HashMap<usize, Vec<Category>>,
}

impl Signals<'_, '_> {
    fn at(&mut self, offset: usize) -> Result<&[Category], FormatError> {
        let decoded = match self.by_offset.get(&offset) {
            Some(_) => None,
            None => Some(true_signals(&self.reader.decode(offset)?)),
        };
        let entry = self.by_offset.entry(offset);
        Ok(entry.or_insert_with(|| decoded.unwrap_or_default()))
    }
}

fn true_signals(record: &Value) -> Vec<Category> {
    let Some(signals) = record.get("signals") else { return Vec::new() };
    let is_true = |category: &Category| signals.get(category.signal()) == Some(&Value::Bool(true));
    Category::ALL.iter().copied().filter(is_true).collect()
}

/// Asks every network that the range touches.
fn ask<F: Family>(
    signals: &mut Signals<'_, '_>,
    canary: &Canary,
    range: Range<F>,
    findings: &mut Vec<String>,
) -> Result<(), FormatError> {
    let mut must = canary.must.clone();
    let mut must_not = canary.must_not.clone();
    let mut next = Some(range.first());
    while let Some(addr) = next.filter(|&addr| addr <= range.last()) {
        let found = signals.reader.lookup(F::to_ip(addr))?;
        let network = Prefix::<F>::masked(addr, found.prefix_len).map(Prefix::range);
        let network = network.unwrap_or(Range::single(addr));
        let held = match found.offset {
            Some(offset) => signals.at(offset)?,
            None => &[],
        };
        let mut sing = |category: Category, said: &str, rule: &str| {
            let canary = &canary.network;
            let signal = category.signal();
            findings.push(format!("canary {canary}: {signal} is {said} of {network}; it {rule}"));
        };
        must.retain(|&category| {
            let holds = held.contains(&category);
            if !holds {
                sing(category, "not true", "must be");
            }
            holds
        });
        must_not.retain(|&category| {
            let holds = !held.contains(&category);
            if !holds {
                sing(category, "true", "must not be");
            }
            holds
        });
        if must.is_empty() && must_not.is_empty() {
            break;
        }
        next = network.last().next();
    }
    Ok(())
}

/// Databases and canaries for the tests of this layer.
#[cfg(test)]
pub(super) mod fixture {
    use crate::base::{Run, V4};
    use crate::feed::Category;
    use crate::mmdb::{Contents, Metadata, Pool, write};
    use crate::score::{Addresses, Canary, CanaryNetwork};

    /// A database that says `signals.is_spam` of IPv4 prefixes, given in order.
    pub(in crate::verify) fn spam_in(networks: &[&str]) -> Vec<u8> {
        let mut pool = Pool::new();
        let entry = (pool.utf8("is_spam"), pool.bool(true));
        let signals = pool.map(&[entry]);
        let key = pool.utf8("signals");
        let record = pool.map(&[(key, signals)]);
        let addresses =
            |network: &str| network.parse().map(|network: CanaryNetwork| network.addresses());
        let run = |network: &&str| match addresses(network) {
            Ok(Addresses::V4(range)) => Run::<V4>::new(range, record.0),
            _ => panic!("{network} is no IPv4 prefix"),
        };
        let v4: Vec<_> = networks.iter().map(run).collect();
        let metadata = Metadata {
            database_type: "ipmint-full".to_owned(),
            description: "test".to_owned(),
            build_epoch: 1_787_400_000,
        };
        let contents = Contents { pool: &pool, v4: &v4, v6: &[] };
        write(contents, &metadata).expect("small").bytes
    }

    pub(in crate::verify) fn no_spam(network: &str) -> Canary {
        let network = network.parse().expect("an address or a prefix");
        Canary { network, must: Vec::new(), must_not: vec![Category::Spam] }
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;
    use crate::score::Canary;
    use crate::verify::canary::fixture;
    use crate::verify::check_canaries;

    #[track_caller]
    fn check(canary: &Canary, expected: &[&str]) {
        let database = fixture::spam_in(&["192.0.2.0/25", "192.0.2.192/26"]);
        assert_eq!(check_canaries(&database, std::slice::from_ref(canary)), expected);
    }

    fn must(network: &str) -> Canary {
        let must = vec![Category::Spam];
        let network = network.parse().expect("an address or a prefix");
        Canary { network, must, must_not: Vec::new() }
    }

    #[test]
    fn every_address_of_a_network_is_asked() {
        check(&must("192.0.2.0/25"), &[]);
        check(&must("192.0.2.1"), &[]);
        let hole = "canary 192.0.2.0/24: is_spam is not true of 192.0.2.128/26; it must be";
        check(&must("192.0.2.0/24"), &[hole]);
        let listed = "canary 192.0.2.128/25: is_spam is true of 192.0.2.192/26; it must not be";
        check(&fixture::no_spam("192.0.2.128/25"), &[listed]);
        check(&fixture::no_spam("192.0.2.128/26"), &[]);
        check(&fixture::no_spam("2001:db8::/32"), &[]);
    }
}
