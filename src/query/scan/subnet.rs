//! A subnet: a /24 of IPv4 or a /48 of IPv6, as far as it is listed.

use std::net::IpAddr;
use std::ops::ControlFlow;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{Address, Coverage, Family, Range};
use crate::mmdb::{FormatError, Reader};
use crate::query::AnyRange;
use crate::query::scan::exact::ratio;
use crate::query::scan::index::Indexed;
use crate::query::scan::leaves::own_addresses;
use crate::query::scan::scan::coverage;
use crate::query::scan::totals::Totals;
use crate::query::scan::{Cidr, Index};

/// How many listed addresses are told.
const MAX_IPS: usize = 256;

/// How many signals are told.
pub(super) const MAX_BADGES: usize = 8;

/// A /24 or a /48: how much of it is listed, and which addresses.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Subnet {
    /// The prefix.
    #[schema(examples("140.235.170.0/24"))]
    pub subnet: String,
    /// Mean score of the listed addresses, rounded; 0 where none is listed.
    #[schema(minimum = 0, maximum = 100)]
    pub subnet_score: u8,
    /// Part of its addresses that is listed.
    #[schema(minimum = 0, maximum = 1)]
    pub density: f64,
    /// Listed addresses: those with a signal of an anonymizer or of abuse.
    pub ips_seen: Coverage,
    /// The first of them, at most 256.
    #[schema(value_type = Vec<String>)]
    pub ips: Vec<IpAddr>,
    /// Its origin AS, that with the most addresses first; at most 32.
    #[schema(examples(json!(["AS64496"])))]
    pub asns: Vec<String>,
    /// The signals with the most addresses, the most first; at most 8.
    #[schema(examples(json!(["vpn", "spam"])))]
    pub top_badges: Vec<&'static str>,
}

/// Why a network has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A prefix of another length.
    #[error("`{cidr}` is no {what}; expected an IPv4 prefix /{v4} or an IPv6 prefix /{v6}")]
    Length {
        /// What was asked.
        cidr: String,
        /// `subnet` or `supernet`.
        what: &'static str,
        /// Bits of IPv4.
        v4: u8,
        /// Bits of IPv6.
        v6: u8,
    },
    /// The database is damaged where it was read, or the index is another's.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// Tells how much of a /24 or a /48 is listed.
///
/// # Errors
/// If it is a prefix of another length, or the database is damaged.
pub fn subnet(reader: &Reader<'_>, index: &Index, cidr: &Cidr) -> Result<Subnet, NetworkError> {
    let length = NetworkError::Length { cidr: cidr.to_string(), what: "subnet", v4: 24, v6: 48 };
    match cidr.range() {
        AnyRange::V4(range) if has_len(range, 24) => Ok(of_range(reader, index, range)?),
        AnyRange::V6(range) if has_len(range, 48) => Ok(of_range(reader, index, range)?),
        _ => Err(length),
    }
}

/// Whether a range is a prefix of that length.
pub(super) fn has_len<F: Family>(range: Range<F>, len: u8) -> bool {
    range.to_prefix().is_some_and(|prefix| prefix.len() == len)
}

fn of_range<F: Indexed>(
    reader: &Reader<'_>,
    index: &Index,
    range: Range<F>,
) -> Result<Subnet, FormatError> {
    let (numbers, most) = index.numbers_and_most(reader, range)?;
    let totals = &numbers.totals;
    let mut ips = Vec::new();
    index.listed(reader, range, |leaf, _| {
        let mut next = Some(leaf.range.first());
        while let Some(addr) = next.filter(|&addr| addr <= leaf.range.last()) {
            if ips.len() == MAX_IPS {
                return ControlFlow::Break(());
            }
            ips.push(F::to_ip(addr));
            next = addr.next();
        }
        ControlFlow::Continue(())
    })?;
    Ok(Subnet {
        subnet: range.to_string(),
        subnet_score: listed_score(totals),
        density: ratio(totals.listed(), own_addresses(range)),
        ips_seen: coverage(totals.listed()),
        ips,
        asns: most.asns.most.iter().map(|(asn, _)| format!("AS{asn}")).collect(),
        top_badges: badges(totals),
    })
}

/// The mean score of the listed addresses, rounded half up.
fn listed_score(totals: &Totals) -> u8 {
    rounded(totals.listed_score().mean_millionths(totals.listed()))
}

/// Millionths of a score to a whole one, rounded half up.
pub(super) fn rounded(millionths: u32) -> u8 {
    ((millionths + 500_000) / 1_000_000) as u8
}

/// The signals with the most addresses.
pub(super) fn badges(totals: &Totals) -> Vec<&'static str> {
    let mut badges = totals.badges();
    badges.truncate(MAX_BADGES);
    badges
}
