//! Assignment feeds: every address has at most one value of each attribute.

use crate::algebra::{Assigned, WHOLE, resolve};
use crate::base::{Asn, CountryCode, Day, Run};
use crate::claim::clip::Piece;
use crate::claim::{Input, Special};
use crate::feed::{Column, Feed, Kind};
use crate::parse::{Label, Place};

/// What assignment feeds assign; each is a layer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Attribute {
    /// Origin AS.
    Asn,
    /// Where the address is used.
    Country,
    /// Where in the country, by name.
    Place,
    /// Where on the globe, and in which time zone.
    Point,
    /// Who delegated it, when, and to which country.
    Registration,
    /// Who holds it.
    Organization,
    /// What kind of network it is.
    NetworkType,
    /// Who is told of abuse from it.
    AbuseContact,
}

impl Attribute {
    /// Every attribute, in order.
    pub const ALL: [Self; 8] = [
        Self::Asn,
        Self::Country,
        Self::Place,
        Self::Point,
        Self::Registration,
        Self::Organization,
        Self::NetworkType,
        Self::AbuseContact,
    ];
}

/// A delegation of a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Registration {
    /// `ripencc`, `arin` …
    pub registry: Box<str>,
    /// The country it was made to.
    pub country: Option<CountryCode>,
    /// The day it was made.
    pub day: Option<Day>,
}

/// A holder of address space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Organization {
    /// Its name.
    pub name: Box<str>,
    /// Its domain.
    pub domain: Option<Box<str>>,
}

/// One value of an attribute. Ordered, because the smallest wins a tie.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeValue {
    /// Of [`Attribute::Asn`].
    Asn(Asn),
    /// Of [`Attribute::Country`].
    Country(CountryCode),
    /// Of [`Attribute::Place`].
    Place(Box<Place>),
    /// Of [`Attribute::Point`].
    Point(Box<Place>),
    /// Of [`Attribute::Registration`].
    Registration(Box<Registration>),
    /// Of [`Attribute::Organization`].
    Organization(Box<Organization>),
    /// Of [`Attribute::NetworkType`].
    NetworkType(Box<str>),
    /// Of [`Attribute::AbuseContact`].
    AbuseContact(Box<str>),
}

impl Attribute {
    /// What a label of the feed says of the attribute, if the feed assigns it.
    fn value(self, feed: &Feed, label: &Label) -> Option<AttributeValue> {
        let assigns = |column| feed.attributes.contains(&column);
        match self {
            Self::Asn => label.asn.filter(|_| assigns(Column::Asn)).map(AttributeValue::Asn),
            Self::Country => {
                label.country.filter(|_| assigns(Column::Country)).map(AttributeValue::Country)
            }
            // Lists of coordinates name no city, and lists of cities have no coordinates.
            Self::Place => {
                let Place { region, city, postal_code, .. } = *label.place.clone()?;
                said(Place { region, city, postal_code, ..Place::default() })
                    .map(AttributeValue::Place)
            }
            Self::Point => {
                let Place { latitude, longitude, timezone, .. } = *label.place.clone()?;
                said(Place { latitude, longitude, timezone, ..Place::default() })
                    .map(AttributeValue::Point)
            }
            Self::Registration => {
                let registry = label.registry.clone()?;
                let registration =
                    Registration { registry, country: label.country, day: label.registered };
                Some(AttributeValue::Registration(Box::new(registration)))
            }
            // Beside an AS number a name is the AS's: see `keyed`.
            Self::Organization => {
                let name = label
                    .name
                    .clone()
                    .filter(|_| assigns(Column::Name) && !assigns(Column::Asn))?;
                let domain = label.domain.clone();
                Some(AttributeValue::Organization(Box::new(Organization { name, domain })))
            }
            Self::NetworkType => label
                .network_type
                .clone()
                .filter(|_| assigns(Column::Type))
                .map(AttributeValue::NetworkType),
            // Beside an AS number too it is the network's, which may well have one of its own.
            Self::AbuseContact => label
                .abuse_contact
                .clone()
                .filter(|_| assigns(Column::AbuseContact))
                .map(AttributeValue::AbuseContact),
        }
    }
}

/// A place of which something is said.
fn said(place: Place) -> Option<Box<Place>> {
    (place != Place::default()).then(|| Box::new(place))
}

/// One attribute's layer in one family, with its values ascending.
#[derive(Debug)]
pub(super) struct AttributeLayer<F: Special> {
    pub(super) runs: Vec<Run<F>>,
    pub(super) values: Vec<AttributeValue>,
    /// By input: entries of which no address went to them.
    pub(super) outvoted: Vec<u64>,
}

/// The entries of a feed in one family, clipped.
#[derive(Clone, Copy)]
pub(super) struct Entries<'a, F: Special> {
    pub(super) runs: &'a [Run<F>],
    /// Those that are what was left of a longer one.
    pub(super) pieces: &'a [Piece<F>],
}

/// Resolves one attribute over all assignment feeds; `entries` gives those of an input.
pub(super) fn assignment<'e, F: Special>(
    attribute: Attribute,
    inputs: &[Input<'_>],
    entries: impl Fn(usize) -> Entries<'e, F>,
) -> AttributeLayer<F> {
    // By feed and label: what it says. Labels are few, entries many.
    let said: Vec<Vec<Option<AttributeValue>>> = inputs
        .iter()
        .map(|input| match input.feed.kind {
            Kind::Assignment => {
                input.parsed.labels.iter().map(|label| attribute.value(input.feed, label)).collect()
            }
            _ => Vec::new(),
        })
        .collect();
    let mut values: Vec<AttributeValue> = said.iter().flatten().flatten().cloned().collect();
    values.sort_unstable();
    values.dedup();
    if values.is_empty() {
        return AttributeLayer { runs: Vec::new(), values, outvoted: vec![0; inputs.len()] };
    }
    let mut assigned = Vec::new();
    let mut listed = Vec::new();
    for (feed, said) in (0..).zip(&said) {
        let numbers: Vec<Option<u32>> = said
            .iter()
            .map(|value| {
                value
                    .as_ref()
                    .map(|value| values.binary_search(value).expect("collected above") as u32)
            })
            .collect();
        if numbers.is_empty() {
            continue;
        }
        let Entries { runs, pieces } = entries(feed as usize);
        let mut pieces = pieces.iter().peekable();
        assigned.extend(runs.iter().enumerate().filter_map(|(run_idx, run)| {
            let piece = pieces.next_if(|piece| piece.run_idx == run_idx);
            let value = numbers[run.value as usize]?;
            let listed = piece.map_or(WHOLE, |piece| {
                listed.push(piece.listed);
                listed.len() as u32 - 1
            });
            Some(Assigned { first: run.first, last: run.last, value, feed, listed })
        }));
    }
    let priorities: Vec<i32> = inputs.iter().map(|input| input.feed.priority).collect();
    let resolved = resolve(assigned, &priorities, &listed);
    AttributeLayer { runs: resolved.runs, values, outvoted: resolved.outvoted }
}
