//! What is known of one address, before any edition tells it.

use ipmint::base::{Asn, CountryCode, Day};
use ipmint::feed::Category;
use ipmint::parse::Place;
use ipmint::score::{Evidence, Verdict, Via};

use crate::world::Read;

/// What a feed asserts. In the order in which what is said first decides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    pub(super) category: Category,
    pub(super) feed: u32,
    pub(super) via: Via,
    pub(super) provider: Option<String>,
    pub(super) service: Option<String>,
    pub(super) age_days: u16,
    pub(super) prefix_length: Option<u8>,
    pub(super) operator: Option<String>,
    /// The Monday on or before an anonymizer's row was last seen.
    pub(super) seen: Option<Day>,
}

impl Claim {
    pub(super) fn evidence(&self) -> Evidence {
        let Self { category, feed, via, age_days, .. } = *self;
        Evidence { category, feed, via, age_days }
    }
}

/// Of claims that differ in prefix length alone, the one of the longest.
pub(super) fn narrowest(claims: &[Claim]) -> Vec<Claim> {
    let same = |a: &Claim, b: &Claim| {
        Claim { prefix_length: None, ..a.clone() } == Claim { prefix_length: None, ..b.clone() }
    };
    let is_narrowest = |claim: &&Claim| {
        let mut alike = claims.iter().filter(|other| same(other, claim));
        alike.all(|other| other.prefix_length <= claim.prefix_length)
    };
    claims.iter().filter(is_narrowest).cloned().collect()
}

/// A delegation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Registration {
    pub(super) registry: String,
    pub(super) country: Option<CountryCode>,
    pub(super) day: Option<Day>,
}

/// Attributes, claims and the verdict on them.
pub(super) struct Knowledge<'a> {
    pub(super) asn: Option<Asn>,
    pub(super) as_name: Option<String>,
    pub(super) as_domain: Option<String>,
    pub(super) as_type: Option<String>,
    pub(super) as_abuse_contact: Option<String>,
    pub(super) country: Option<CountryCode>,
    /// The value of names.
    pub(super) place: Option<Place>,
    /// The value of coordinates.
    pub(super) point: Option<Place>,
    pub(super) registration: Option<Registration>,
    pub(super) organization: Option<String>,
    pub(super) network_type: Option<String>,
    pub(super) abuse_contact: Option<String>,
    /// Sorted, each once.
    pub(super) claims: Vec<Claim>,
    pub(super) verdict: Verdict,
    /// By index of [`Claim::feed`].
    pub(super) feeds: &'a [Read],
}
