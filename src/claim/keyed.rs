//! What is said of AS numbers and countries: tables, joined to a segment while scoring.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::algebra::MAX_LABELS;
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
    /// Who is told of abuse from it: a mailbox.
    pub abuse_contact: Option<Box<str>>,
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
    let mut profiles: BTreeMap<Asn, [Best; 4]> = BTreeMap::new();
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
                    label
                        .abuse_contact
                        .as_deref()
                        .filter(|_| assigns(Column::AbuseContact) && of_as),
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
        let (mut of_asns, mut of_countries) = (Vec::new(), Vec::new());
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
            // The operator of an AS is told by its own name, not by each list's spelling.
            let claim = Claim { operator: None, ..claim };
            match (definition.kind, label.asn, label.country) {
                (Kind::Asn, Some(asn), _) => of_asns.push((asn, claim)),
                (_, _, Some(country)) => of_countries.push((country, claim)),
                // Parsers let no row through that lacks its key.
                _ => {}
            }
        }
        let add = |asn, id| keyed.asns.entry(asn).or_default().claims.push(id);
        list(of_asns, add, claims, counts);
        let add = |country, id| keyed.countries.entry(country).or_default().push(id);
        list(of_countries, add, claims, counts);
    }
    for (asn, [name, domain, network_type, abuse_contact]) in profiles {
        let profile = keyed.asns.entry(asn).or_default();
        profile.name = name.text;
        profile.domain = domain.text;
        profile.network_type = network_type.text;
        profile.abuse_contact = abuse_contact.text;
    }
    keyed
}

/// Adds the claims of a feed to the lists of their keys, of each key the smallest
/// [`MAX_LABELS`], whatever the order of its rows.
fn list<K: Copy + Ord>(
    mut said: Vec<(K, Claim)>,
    mut add: impl FnMut(K, u32),
    claims: &mut Vec<Claim>,
    counts: &mut Counts,
) {
    said.sort_unstable();
    said.dedup();
    let mut known: HashMap<&Claim, u32> = HashMap::new();
    for of_key in said.chunk_by(|a, b| a.0 == b.0) {
        let (kept, crowded) = of_key.split_at(of_key.len().min(MAX_LABELS));
        counts.claims += kept.len() as u64;
        counts.crowded += crowded.len() as u64;
        for (key, claim) in kept {
            let id = *known.entry(claim).or_insert_with(|| {
                claims.push(claim.clone());
                claims.len() as u32 - 1
            });
            add(*key, id);
        }
    }
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
