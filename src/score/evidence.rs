//! What scoring is asked: the claims on a segment, stripped to what counts.

use serde::Serialize;

use crate::feed::Category;

/// The way a claim came to a segment; a broader way counts less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// The address itself is listed.
    Prefix,
    /// Its origin AS is.
    Asn,
    /// Its country is.
    Country,
}

impl Via {
    /// The word in records.
    pub fn name(self) -> &'static str {
        match self {
            Via::Prefix => "prefix",
            Via::Asn => "asn",
            Via::Country => "country",
        }
    }

    /// The way of a word.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Prefix, Self::Asn, Self::Country].into_iter().find(|via| via.name() == name)
    }
}

/// A feed as scoring sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Per mille.
    pub reliability: u16,
    /// Feeds of one group are one witness; any numbering.
    pub group: u32,
}

/// One claim on a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// What is claimed.
    pub category: Category,
    /// Index into the witnesses.
    pub feed: u32,
    /// The way it came.
    pub via: Via,
    /// Days since the row was last seen, already floored to a step of the policy.
    pub age_days: u16,
}
