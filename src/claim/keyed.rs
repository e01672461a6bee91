//! What is said of AS numbers and countries: tables, joined to a segment while scoring.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::base::{Asn, CountryCode};
use crate::claim::{Claim, Context, Counts, Input};
use crate::feed::{Column, Kind};

/// What feeds know of an AS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AsProfile {
    /// Its name.
    pub name: Option<Box<str>>,
    /// Its domain.
    pub domain: Option<Box<str>>,
    /// Its type: isp, hosting, business, education, government, mobile.
    pub network_type: Option<Box<str>>,
    /// Claims about it; indices into the claims the tables were made with.
    pub claims: Vec<u32>,
}

/// Tables by AS and by country.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyed {
    /// By AS number.
    pub asns: BTreeMap<Asn, AsProfile>,
    /// By country: claims about it.
    pub countries: BTreeMap<CountryCode, Vec<u32>>,
}

/// Makes the tables; appends the claims they point to.
///
/// A name counts from the feed of the highest priority that has one; among equals
/// the smallest name, so that the order of feeds does not matter.
pub(super) fn keyed(
    context: Context<'_>,
    inputs: &[Input<'_>],
    claims: &mut Vec<Claim>,
    counts: &mut [Counts],
) -> Keyed {
    let mut keyed = Keyed::default();
    let mut profiles: BTreeMap<Asn, [Best; 3]> = BTreeMap::new();
    for ((feed, input), counts) in (0..).zip(inputs).zip(counts) {
        let definition = input.feed;
        if matches!(definition.kind, Kind::Asn | Kind::Assignment) {
            let assigns = |column| definition.attributes.contains(&column);
            for label in &input.parsed.labels {
                let Some(asn) = label.asn else { continue };
                let of_as = definition.kind == Kind::Asn;
                let offers = [
                    label
                        .name
                        .as_deref()
                        .filter(|_| assigns(Column::Name) && (of_as || assigns(Column::Asn))),
                    label
                        .domain
                        .as_deref()
                        .filter(|_| assigns(Column::Domain) && (of_as || assigns(Column::Asn))),
                    label.network_type.as_deref().filter(|_| assigns(Column::Type) && of_as),
                ];
                if offers.iter().any(Option::is_some) {
                    let best = profiles.entry(asn).or_default();
                    for (best, offer) in best.iter_mut().zip(offers) {
                        best.offer(definition.priority, offer);
                    }
                }
            }
        }
        if !matches!(definition.kind, Kind::Asn | Kind::Country) {
            continue;
        }
        let mut known: HashMap<Claim, u32> = HashMap::new();
        for &label in &input.parsed.keyed {
            let label = &input.parsed.labels[label as usize];
            if label.category.or(definition.category).is_none() {
                counts.claims += 1;
                continue;
            }
            let Some(claim) =
                super::membership::claim(context, definition, feed, input.as_of, label)
            else {
                counts.expired += 1;
                continue;
            };
            let listed = match definition.kind {
                Kind::Asn => label.asn.map(|asn| &mut keyed.asns.entry(asn).or_default().claims),
                _ => label.country.map(|country| keyed.countries.entry(country).or_default()),
            };
            if let Some(listed) = listed {
                // The operator of an AS is told by its own name, not by each list's spelling.
                let claim = Claim { operator: None, ..claim };
                listed.push(*known.entry(claim).or_insert_with_key(|claim| {
                    claims.push(claim.clone());
                    claims.len() as u32 - 1
                }));
                counts.claims += 1;
            }
        }
    }
    for (asn, [name, domain, network_type]) in profiles {
        let profile = keyed.asns.entry(asn).or_default();
        profile.name = name.text;
        profile.domain = domain.text;
        profile.network_type = network_type.text;
    }
    for listed in
        keyed.countries.values_mut().chain(keyed.asns.values_mut().map(|one| &mut one.claims))
    {
        listed.sort_unstable();
        listed.dedup();
    }
    keyed
}

/// The best offer so far.
#[derive(Debug, Default)]
struct Best {
    priority: i32,
    text: Option<Box<str>>,
}

impl Best {
    fn offer(&mut self, priority: i32, offer: Option<&str>) {
        let Some(offer) = offer else { return };
        let better = self.text.as_deref().is_none_or(|text| {
            priority > self.priority || priority == self.priority && offer < text
        });
        if better {
            *self = Self { priority, text: Some(offer.into()) };
        }
    }
}
