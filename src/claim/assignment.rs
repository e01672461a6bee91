//! Assignment feeds: every address has at most one value of each attribute.

use std::io;

use rayon::prelude::*;

use crate::algebra::{Assignments, Piece, resolve};
use crate::base::{Asn, CountryCode, Day, Memory, Runs, V4, V6};
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

/// One attribute's layers, with its values ascending.
#[derive(Debug, Default)]
pub(super) struct AttributeLayers {
    pub(super) values: Vec<AttributeValue>,
    pub(super) v4: Runs<V4>,
    pub(super) v6: Runs<V6>,
    /// By input: entries of which no address went to them.
    pub(super) outvoted: Vec<u64>,
}

/// What was left of entries that reach into reserved space, by family.
pub(super) type Pieces = (Vec<Piece<V4>>, Vec<Piece<V6>>);

/// Resolves one attribute over all assignment feeds, whose entries are in order.
pub(super) fn assignment(
    attribute: Attribute,
    inputs: &[Input<'_>],
    pieces: &[Pieces],
    memory: &Memory,
) -> io::Result<AttributeLayers> {
    // By feed and label: what it says. Labels are few, entries many.
    let said: Vec<Vec<Option<AttributeValue>>> = inputs
        .par_iter()
        .map(|input| match input.feed.kind {
            Kind::Assignment => {
                input.parsed.labels.iter().map(|label| attribute.value(input.feed, label)).collect()
            }
            _ => Vec::new(),
        })
        .collect();
    let mut values: Vec<&AttributeValue> = said.iter().flatten().flatten().collect();
    values.par_sort_unstable();
    values.dedup();
    if values.is_empty() {
        let outvoted = vec![0; inputs.len()];
        return Ok(AttributeLayers { outvoted, ..AttributeLayers::default() });
    }
    let number = |value: &AttributeValue| {
        values.binary_search(&value).expect("collected from the same") as u32
    };
    let numbers: Vec<Vec<Option<u32>>> = said
        .par_iter()
        .map(|said| said.iter().map(|value| value.as_ref().map(number)).collect())
        .collect();
    let v4 = |feed: usize| (&inputs[feed].parsed.v4, &pieces[feed].0);
    let v6 = |feed: usize| (&inputs[feed].parsed.v6, &pieces[feed].1);
    let (v4, v6) = rayon::join(
        || resolve(&assignments(inputs, &numbers, v4), memory),
        || resolve(&assignments(inputs, &numbers, v6), memory),
    );
    let (v4, v6) = (v4?, v6?);
    Ok(AttributeLayers {
        values: values.into_iter().cloned().collect(),
        v4: v4.runs,
        v6: v6.runs,
        outvoted: v4.outvoted.iter().zip(&v6.outvoted).map(|(v4, v6)| v4 + v6).collect(),
    })
}

/// What each feed assigns in one family; nothing, if no label of it says anything.
fn assignments<'a, F: Special>(
    inputs: &[Input<'_>],
    numbers: &'a [Vec<Option<u32>>],
    entries: impl Fn(usize) -> (&'a Runs<F>, &'a Vec<Piece<F>>),
) -> Vec<Assignments<'a, F>> {
    let of_feed = |(feed, values): (usize, &'a Vec<Option<u32>>)| {
        let priority = inputs[feed].feed.priority;
        if values.iter().all(Option::is_none) {
            return Assignments { whole: &[], pieces: &[], values: &[], priority };
        }
        let (whole, pieces) = entries(feed);
        Assignments { whole, pieces, values, priority }
    };
    numbers.iter().enumerate().map(of_feed).collect()
}
