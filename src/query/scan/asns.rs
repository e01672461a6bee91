//! What a database has of every AS, a few bytes each.

use std::net::IpAddr;

use hashbrown::HashMap;

use crate::base::{Address as _, Family, Range, V6};
use crate::feed::Category;
use crate::query::scan::exact::ScoreSum;
use crate::query::scan::table::Table;
use crate::query::scan::varint;

/// How many listed addresses of an AS are kept.
pub(super) const N_SAMPLES: usize = 10;

/// AS in a group whose place is kept.
const GROUP: usize = 16;

/// What there is of an AS in one family.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AsnFamily {
    /// Addresses.
    pub(crate) total: u128,
    /// Those with a signal of an anonymizer or of abuse.
    pub(crate) listed: u128,
    /// Their mean score, in millionths.
    pub(crate) mean_millionths: u32,
    /// Addresses by signal, in category order, where there are any.
    pub(crate) signals: Vec<(Category, u128)>,
}

/// What there is of an AS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AsnEntry {
    /// Runs of addresses of this origin, of both families.
    pub(crate) n_ranges: u64,
    /// IPv4.
    pub(crate) v4: AsnFamily,
    /// IPv6.
    pub(crate) v6: AsnFamily,
    /// Letters of the country with the most addresses: of IPv4, where there are any.
    pub(crate) country: Option<[u8; 2]>,
    /// The first addresses of the first listed networks, IPv4 before IPv6.
    pub(crate) samples: Vec<IpAddr>,
    /// Offset of a record that names it.
    pub(crate) record: u32,
}

/// Entries by number of the AS.
#[derive(Debug, Default)]
pub(super) struct Asns {
    /// The first number of each group, and where the group begins.
    groups: Vec<(u32, u32)>,
    bytes: Vec<u8>,
    len: usize,
}

/// What a walk over a family finds of each AS, by its place among the numbers.
#[derive(Clone, Debug)]
pub(super) struct AsnWalk<F: Family> {
    /// Runs of addresses of one origin.
    pub(super) n_ranges: Vec<u32>,
    /// Where the first listed networks begin.
    pub(super) samples: Vec<Vec<F::Addr>>,
    before: Option<(F::Addr, u32)>,
}

/// The AS of a table, ascending.
pub(super) fn numbers(table: &Table) -> Vec<u32> {
    let mut asns: Vec<u32> = table.all().iter().map(|facts| facts.asn).collect();
    asns.sort_unstable();
    asns.dedup();
    asns.retain(|&asn| asn != 0);
    asns
}

impl<F: Family> AsnWalk<F> {
    /// Nothing yet, of that many AS.
    pub(super) fn new(n_asns: usize) -> Self {
        Self { n_ranges: vec![0; n_asns], samples: vec![Vec::new(); n_asns], before: None }
    }

    /// Takes a leaf after all before; `place` is that of its AS, if it has one.
    pub(super) fn push(&mut self, range: Range<F>, place: Option<u32>, is_listed: bool) {
        let before = std::mem::take(&mut self.before);
        let Some(place) = place else { return };
        self.before = Some((range.last(), place));
        if !before.is_some_and(|(last, at)| at == place && last.next() == Some(range.first())) {
            self.n_ranges[place as usize] += 1;
        }
        let samples = &mut self.samples[place as usize];
        if is_listed && samples.len() < N_SAMPLES {
            samples.push(range.first());
        }
    }
}

/// What the two families count of each AS.
#[derive(Debug)]
pub(super) struct Gathered<'t> {
    pub(super) table: &'t Table,
    /// Addresses by number of facts, of both families.
    pub(super) counts: [Vec<u128>; 2],
}

impl Asns {
    /// Packs what was found of the AS with these numbers.
    pub(super) fn pack<A: Family, B: Family>(
        asns: &[u32],
        gathered: &Gathered<'_>,
        v4: &AsnWalk<A>,
        v6: &AsnWalk<B>,
        records: &HashMap<u32, u32>,
    ) -> Self {
        let mut by_asn: Vec<u32> = (0..gathered.table.len() as u32).collect();
        by_asn.sort_unstable_by_key(|&number| (gathered.table.facts(number).asn, number));
        let mut rest = &by_asn[..];
        let mut packed = Self { len: asns.len(), ..Self::default() };
        for (place, &asn) in asns.iter().enumerate() {
            let asn_of = |number: u32| gathered.table.facts(number).asn;
            let from = rest.partition_point(|&number| asn_of(number) < asn);
            let upto = rest.partition_point(|&number| asn_of(number) <= asn);
            let facts = &rest[from..upto];
            rest = &rest[upto..];
            let mut entry = gathered.entry(facts);
            entry.n_ranges = u64::from(v4.n_ranges[place]) + u64::from(v6.n_ranges[place]);
            entry.samples.extend(v4.samples[place].iter().map(|&addr| A::to_ip(addr)));
            entry.samples.extend(v6.samples[place].iter().map(|&addr| B::to_ip(addr)));
            entry.samples.truncate(N_SAMPLES);
            entry.record = records.get(&asn).copied().unwrap_or(0);
            if place % GROUP == 0 {
                // Some tens of bytes each, of at most 2^32 AS.
                packed.groups.push((asn, packed.bytes.len() as u32));
            }
            varint::put(&mut packed.bytes, u128::from(asn));
            entry.put(&mut packed.bytes);
        }
        packed.groups.shrink_to_fit();
        packed.bytes.shrink_to_fit();
        packed
    }

    /// What there is of an AS.
    pub(super) fn get(&self, asn: u32) -> Option<AsnEntry> {
        let group = self.groups.partition_point(|&(first, _)| first <= asn).checked_sub(1)?;
        let mut bytes = &self.bytes[self.groups[group].1 as usize..];
        for _ in 0..GROUP {
            if bytes.is_empty() {
                return None;
            }
            let at = varint::take(&mut bytes) as u32;
            let entry = AsnEntry::take(&mut bytes);
            if at >= asn {
                return (at == asn).then_some(entry);
            }
        }
        None
    }

    /// A record that names an AS.
    pub(super) fn record(&self, asn: u32) -> Option<u32> {
        self.get(asn).map(|entry| entry.record)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// How much memory they take.
    pub(super) fn memory_bytes(&self) -> usize {
        8 * self.groups.capacity() + self.bytes.capacity()
    }
}

impl Gathered<'_> {
    /// What facts of one AS come to.
    fn entry(&self, numbers: &[u32]) -> AsnEntry {
        let [v4, v6] = [0, 1].map(|family| self.family(&self.counts[family], numbers));
        let counts = &self.counts[usize::from(v4.total == 0)];
        let mut countries: HashMap<[u8; 2], u128> = HashMap::new();
        for &number in numbers {
            let country = self.table.facts(number).country;
            if country != [0; 2] && counts[number as usize] > 0 {
                *countries.entry(country).or_default() += counts[number as usize];
            }
        }
        let most =
            countries.into_iter().max_by_key(|&(code, count)| (count, std::cmp::Reverse(code)));
        AsnEntry { v4, v6, country: most.map(|(code, _)| code), ..AsnEntry::default() }
    }

    fn family(&self, counts: &[u128], numbers: &[u32]) -> AsnFamily {
        let mut family = AsnFamily::default();
        let mut signals = vec![0_u128; Category::ALL.len()];
        let mut scores = ScoreSum::default();
        for &number in numbers {
            let (facts, count) = (self.table.facts(number), counts[number as usize]);
            family.total += count;
            for category in facts.signals.iter() {
                signals[category as usize] += count;
            }
            if facts.is_listed() {
                family.listed += count;
                scores = scores.plus(ScoreSum::of(facts.score, count));
            }
        }
        family.mean_millionths = scores.mean_millionths(family.listed);
        let all = Category::ALL.iter().copied().zip(signals);
        family.signals = all.filter(|&(_, count)| count > 0).collect();
        family
    }
}

impl AsnFamily {
    fn put(&self, bytes: &mut Vec<u8>) {
        varint::put_count(bytes, self.total);
        if self.total == 0 {
            return;
        }
        varint::put(bytes, self.signals.len() as u128);
        for &(category, count) in &self.signals {
            // Mostly all of it or as many as are listed.
            bytes.push(category as u8);
            varint::put_count(bytes, count);
        }
        varint::put_count(bytes, self.listed);
        if self.listed > 0 {
            varint::put(bytes, u128::from(self.mean_millionths));
        }
    }

    fn take(bytes: &mut &[u8]) -> Self {
        let mut family = Self { total: varint::take_count(bytes), ..Self::default() };
        if family.total == 0 {
            return family;
        }
        for _ in 0..varint::take(bytes) {
            let category = Category::ALL[varint::take(bytes) as usize];
            family.signals.push((category, varint::take_count(bytes)));
        }
        family.listed = varint::take_count(bytes);
        if family.listed > 0 {
            family.mean_millionths = varint::take(bytes) as u32;
        }
        family
    }
}

impl AsnEntry {
    fn put(&self, bytes: &mut Vec<u8>) {
        varint::put(bytes, u128::from(self.n_ranges));
        self.v4.put(bytes);
        self.v6.put(bytes);
        bytes.extend(self.country.unwrap_or([0; 2]));
        varint::put(bytes, u128::from(self.record));
        if self.v4.listed > 0 || self.v6.listed > 0 {
            bytes.push(self.samples.len() as u8);
            for ip in &self.samples {
                match ip {
                    IpAddr::V4(ip) => {
                        bytes.push(4);
                        bytes.extend(ip.octets());
                    }
                    IpAddr::V6(ip) => {
                        bytes.push(6);
                        varint::put_count(bytes, ip.to_bits());
                    }
                }
            }
        }
    }

    fn take(bytes: &mut &[u8]) -> Self {
        let mut entry = Self {
            n_ranges: varint::take(bytes) as u64,
            v4: AsnFamily::take(bytes),
            v6: AsnFamily::take(bytes),
            ..Self::default()
        };
        let country = [byte(bytes), byte(bytes)];
        entry.country = (country != [0; 2]).then_some(country);
        entry.record = varint::take(bytes) as u32;
        if entry.v4.listed > 0 || entry.v6.listed > 0 {
            for _ in 0..byte(bytes) {
                let ip = match byte(bytes) {
                    4 => IpAddr::from([byte(bytes), byte(bytes), byte(bytes), byte(bytes)]),
                    _ => V6::to_ip(varint::take_count(bytes)),
                };
                entry.samples.push(ip);
            }
        }
        entry
    }
}

fn byte(bytes: &mut &[u8]) -> u8 {
    let (&byte, rest) = bytes.split_first().expect("as many as were put");
    *bytes = rest;
    byte
}
