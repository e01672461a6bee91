//! What every edition has to say of an address, the slow way: every row of every
//! feed is asked in turn.
//!
//! ```text
//! address ─ spot ─ rows that hold it ─┬─ claims ──┐
//!                                     └─ attributes ─ join ─ verdict ─ nine records
//! ```
//! Follows DESIGN, SCORING and SCHEMAS, and shares nothing with the compiler but
//! the parsed rows and `Assessor::assess`, which have tests of their own.

mod reserved;

mod knowledge;

mod editions;

use std::collections::HashMap;
use std::net::IpAddr;

use ipmint::base::{Asn, Day};
use ipmint::feed::{Column, Feed, Kind, Reserved};
use ipmint::parse::{Label, Parsed};
use ipmint::score::{Assessor, Evidence, Via, Witness};
use rayon::prelude::*;
use serde_json::Value;

use crate::oracle::knowledge::{Claim, Knowledge, Registration, narrowest};
use crate::oracle::reserved::{is_reserved_v4, is_reserved_v6};
use crate::world::{Read, World};

/// An address as databases keep it: IPv6 that only clothes IPv4 is IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Spot {
    V4(u32),
    V6(u128),
}

impl Spot {
    pub(crate) fn of(address: IpAddr) -> Self {
        let bits = match address {
            IpAddr::V4(ip) => return Self::V4(ip.to_bits()),
            IpAddr::V6(ip) => ip.to_bits(),
        };
        // `::/96`, where IPv4 lives, and ::ffff:0:0/96.
        if matches!(bits >> 32, 0 | 0xffff) {
            return Self::V4(bits as u32);
        }
        // 2002::/16: the IPv4 address follows.
        if bits >> 112 == 0x2002 {
            return Self::V4((bits >> 80) as u32);
        }
        // 2001::/32: the server's IPv4 address follows.
        if bits >> 96 == 0x2001_0000 {
            return Self::V4((bits >> 64) as u32);
        }
        Self::V6(bits)
    }

    fn is_reserved(self) -> bool {
        match self {
            Self::V4(addr) => is_reserved_v4(addr),
            Self::V6(addr) => is_reserved_v6(addr),
        }
    }
}

/// A row that holds an address.
struct Row<'a> {
    first: u128,
    last: u128,
    /// 32 or 128.
    width: u8,
    label: &'a Label,
}

impl Row<'_> {
    /// How many addresses beside the first.
    fn span(&self) -> u128 {
        self.last - self.first
    }

    /// The length of the prefix that the range is, if it is one.
    fn prefix_length(&self) -> Option<u8> {
        (0..=self.width).find(|length| {
            let host_bits = u32::from(self.width - length);
            let hosts = 1_u128.checked_shl(host_bits).map_or(u128::MAX, |size| size - 1);
            self.span() == hosts && self.first & hosts == 0
        })
    }
}

/// Answers by asking every row.
pub(crate) struct Oracle<'a> {
    world: &'a World,
    assessor: Assessor<'a>,
    records: HashMap<Spot, Records>,
}

/// By name of the edition; null where it has nothing to say.
type Records = HashMap<&'static str, Value>;

/// Feeds as `Assessor` wants them; feeds of one group are one witness.
pub(crate) fn witnesses(world: &World) -> Vec<Witness> {
    let mut groups: Vec<&str> = Vec::new();
    let mut witnesses = Vec::new();
    for read in &world.reads {
        if !groups.contains(&read.feed.group.as_str()) {
            groups.push(&read.feed.group);
        }
        let group = groups.iter().position(|group| *group == read.feed.group);
        let group = group.expect("pushed above") as u32;
        witnesses.push(Witness { reliability: read.feed.reliability, group });
    }
    witnesses
}

impl<'a> Oracle<'a> {
    pub(crate) fn new(world: &'a World, witnesses: &'a [Witness]) -> Self {
        let assessor = Assessor::new(&world.policy, witnesses);
        Self { world, assessor, records: HashMap::new() }
    }

    /// Looks at addresses, so that [`Oracle::record`] can be asked about them.
    pub(crate) fn learn(&mut self, addresses: impl IntoIterator<Item = IpAddr>) {
        let mut spots: Vec<Spot> = addresses.into_iter().map(Spot::of).collect();
        spots.sort_unstable();
        spots.dedup();
        spots.retain(|spot| !self.records.contains_key(spot));
        let learnt: Vec<(Spot, Records)> = spots
            .into_par_iter()
            .map(|spot| (spot, editions::records(&self.knowledge(spot))))
            .collect();
        self.records.extend(learnt);
    }

    /// The record of an address that was learnt; null where there is none.
    #[track_caller]
    pub(crate) fn record(&self, edition: &str, address: IpAddr) -> &Value {
        let records = self.records.get(&Spot::of(address));
        &records.expect("learn it first")[edition]
    }

    fn knowledge(&self, spot: Spot) -> Knowledge<'a> {
        let held: Vec<Vec<Row<'_>>> =
            self.world.reads.iter().map(|read| rows_that_hold(read, spot)).collect();
        let mut listed = Vec::new();
        for ((feed, read), rows) in (0..).zip(&self.world.reads).zip(&held) {
            if read.feed.kind == Kind::Membership {
                let claims = rows.iter().filter_map(|row| {
                    let claim = self.claim(feed, read, row.label, Via::Prefix)?;
                    Some(Claim { prefix_length: row.prefix_length(), ..claim })
                });
                listed.extend(narrowest(&claims.collect::<Vec<_>>()));
            }
        }
        let asn = self.assigned(&held, |feed, label| {
            label.asn.filter(|_| feed.attributes.contains(&Column::Asn))
        });
        let country = self.assigned(&held, |feed, label| {
            label.country.filter(|_| feed.attributes.contains(&Column::Country))
        });
        listed.extend(
            asn.into_iter()
                .flat_map(|asn| self.of_key(Kind::Asn, Via::Asn, |label| label.asn == Some(asn))),
        );
        listed.extend(country.into_iter().flat_map(|country| {
            self.of_key(Kind::Country, Via::Country, |label| label.country == Some(country))
        }));
        listed.sort();
        listed.dedup();
        let mut evidence: Vec<Evidence> = listed.iter().map(Claim::evidence).collect();
        evidence.sort();
        evidence.dedup();
        Knowledge {
            asn,
            as_name: asn
                .and_then(|asn| self.of_as(asn, Column::Name, |label| label.name.as_deref())),
            as_domain: asn
                .and_then(|asn| self.of_as(asn, Column::Domain, |label| label.domain.as_deref())),
            as_type: asn.and_then(|asn| {
                self.of_as(asn, Column::Type, |label| label.network_type.as_deref())
            }),
            as_abuse_contact: asn.and_then(|asn| {
                self.of_as(asn, Column::AbuseContact, |label| label.abuse_contact.as_deref())
            }),
            country,
            place: self.assigned(&held, |_, label| {
                let place = label.place.as_deref()?;
                let named = place.region.is_some() || place.city.is_some();
                (named || place.postal_code.is_some()).then(|| place.clone())
            }),
            point: self.assigned(&held, |_, label| {
                let place = label.place.as_deref()?;
                let placed = place.latitude.is_some() || place.longitude.is_some();
                (placed || place.timezone.is_some()).then(|| place.clone())
            }),
            registration: self.assigned(&held, |_, label| {
                let registry = label.registry.clone()?.into();
                Some(Registration { registry, country: label.country, day: label.registered })
            }),
            // Beside an AS number a name is the AS's.
            organization: self.assigned(&held, |feed, label| {
                let assigns = |column| feed.attributes.contains(&column);
                let of_holder = assigns(Column::Name) && !assigns(Column::Asn);
                label.name.as_deref().filter(|_| of_holder).map(str::to_owned)
            }),
            network_type: self.assigned(&held, |feed, label| {
                let of_type = feed.attributes.contains(&Column::Type);
                label.network_type.as_deref().filter(|_| of_type).map(str::to_owned)
            }),
            abuse_contact: self.assigned(&held, |feed, label| {
                let of_contact = feed.attributes.contains(&Column::AbuseContact);
                label.abuse_contact.as_deref().filter(|_| of_contact).map(str::to_owned)
            }),
            verdict: self.assessor.assess(&evidence),
            feeds: &self.world.reads,
            claims: listed,
        }
    }

    /// What a label of a feed claims, unless it has expired.
    fn claim(&self, feed: u32, read: &Read, label: &Label, via: Via) -> Option<Claim> {
        let category = label.category.or(read.feed.category)?;
        let seen = label.last_seen.unwrap_or(read.as_of);
        let days = i64::from(self.world.epoch.day().0) - i64::from(seen.0);
        let steps = self.world.policy.age_steps_days.iter().copied();
        // Floored to a step; what was seen tomorrow is fresh.
        let age_days = steps.filter(|step| i64::from(*step) <= days).max().unwrap_or(0);
        let policy = self.world.policy.categories.get(category as usize);
        if let Some(half_life) = policy.and_then(|policy| policy.half_life_days) {
            let decay = (-f64::from(age_days) / f64::from(half_life)).exp2();
            if decay < 0.05 {
                return None;
            }
        }
        let owned = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        Some(Claim {
            category,
            feed,
            via,
            provider: owned(&label.provider).or_else(|| read.feed.provider.clone()),
            service: owned(&label.service),
            // An AS tells its operator by its own name.
            operator: owned(&label.name).filter(|_| via == Via::Prefix),
            age_days,
            seen: label
                .last_seen
                .filter(|_| category.is_anonymizer())
                .map(|day| monday(day.min(self.world.epoch.day()))),
            prefix_length: None,
        })
    }

    /// What is claimed about an AS or a country.
    fn of_key(&self, kind: Kind, via: Via, is_meant: impl Fn(&Label) -> bool) -> Vec<Claim> {
        let mut claims = Vec::new();
        for (feed, read) in (0..).zip(&self.world.reads) {
            if read.feed.kind == kind {
                let labels =
                    read.parsed.keyed.iter().map(|label| &read.parsed.labels[*label as usize]);
                let meant = labels.filter(|label| is_meant(label));
                claims.extend(meant.filter_map(|label| self.claim(feed, read, label, via)));
            }
        }
        claims
    }

    /// The value of an attribute: of the highest priority that has one, then of the
    /// shortest range, then of the smallest first address, then the smallest value.
    fn assigned<T: Ord>(
        &self,
        held: &[Vec<Row<'_>>],
        value: impl Fn(&Feed, &Label) -> Option<T>,
    ) -> Option<T> {
        let mut best: Option<((i64, u128, u128), T)> = None;
        for (read, rows) in self.world.reads.iter().zip(held) {
            if read.feed.kind != Kind::Assignment {
                continue;
            }
            for row in rows {
                let Some(value) = value(&read.feed, row.label) else { continue };
                let rank = (-i64::from(read.feed.priority), row.span(), row.first);
                let offer = (rank, value);
                if best.as_ref().is_none_or(|best| offer < *best) {
                    best = Some(offer);
                }
            }
        }
        best.map(|(_, value)| value)
    }

    /// What is known of an AS: of the highest priority that has it, then the smallest.
    fn of_as(
        &self,
        asn: Asn,
        column: Column,
        text: impl Fn(&Label) -> Option<&str>,
    ) -> Option<String> {
        let mut best: Option<(i64, &str)> = None;
        for Read { feed, parsed, .. } in &self.world.reads {
            let assigns = |column| feed.attributes.contains(&column);
            let of_as = match feed.kind {
                Kind::Asn => assigns(column),
                // A type or a contact beside a range is the range's.
                Kind::Assignment => {
                    let of_range = matches!(column, Column::Type | Column::AbuseContact);
                    assigns(column) && assigns(Column::Asn) && !of_range
                }
                _ => false,
            };
            if !of_as {
                continue;
            }
            for label in parsed.labels.iter().filter(|label| label.asn == Some(asn)) {
                let Some(text) = text(label) else { continue };
                let offer = (-i64::from(feed.priority), text);
                best = Some(best.map_or(offer, |best| best.min(offer)));
            }
        }
        best.map(|(_, text)| text.to_owned())
    }
}

/// The Monday on or before a day; 1970-01-05 was one.
fn monday(day: Day) -> Day {
    Day(day.0 - (day.0 - 4).rem_euclid(7))
}

/// Every row of a feed that holds the address. Reserved space does not count,
/// unless the feed keeps it.
fn rows_that_hold(read: &Read, spot: Spot) -> Vec<Row<'_>> {
    if read.feed.reserved == Reserved::Clip && spot.is_reserved() {
        return Vec::new();
    }
    let Parsed { v4, v6, labels, .. } = &read.parsed;
    let label = |number: u32| &labels[number as usize];
    match spot {
        Spot::V4(addr) => v4
            .iter()
            .filter(|run| run.first <= addr && addr <= run.last)
            .map(|run| {
                let (first, last) = (u128::from(run.first), u128::from(run.last));
                Row { first, last, width: 32, label: label(run.value) }
            })
            .collect(),
        Spot::V6(addr) => v6
            .iter()
            .filter(|run| run.first <= addr && addr <= run.last)
            .map(|run| Row {
                first: run.first,
                last: run.last,
                width: 128,
                label: label(run.value),
            })
            .collect(),
    }
}
