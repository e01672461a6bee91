//! An AS: how much of what it announces is listed.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{Asn, Coverage};
use crate::mmdb::{FormatError, Reader};
use crate::query::Known;
use crate::query::scan::Index;
use crate::query::scan::answer::Share;
use crate::query::scan::exact::ratio;
use crate::query::scan::scan::coverage;
use crate::query::scan::subnet::{MAX_BADGES, rounded};

/// What a database has of an AS.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct AsnSummary {
    /// Its number.
    #[schema(examples("AS64496"))]
    pub asn: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_name: Option<String>,
    /// Its domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_domain: Option<String>,
    /// The holder of one of its networks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// ISO 3166-1 alpha-2 of the country with the most of its addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
    /// Name of that country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Ranges of addresses whose origin it is, of both families.
    pub ip_ranges_count: u64,
    /// IPv4 addresses whose origin it is.
    pub total_ips: Coverage,
    /// IPv6 addresses whose origin it is.
    pub total_ips_v6: Coverage,
    /// Listed IPv4 addresses: those with a signal of an anonymizer or of abuse.
    pub ips_seen: Coverage,
    /// Listed IPv6 addresses.
    pub ips_seen_v6: Coverage,
    /// Which family score, density, badges and signals are of: IPv4, or IPv6 of an AS that has no IPv4.
    pub family: &'static str,
    /// Mean score of the listed addresses, rounded; 0 where none is listed.
    #[schema(minimum = 0, maximum = 100)]
    pub asn_score: u8,
    /// Part of its addresses that is listed.
    #[schema(minimum = 0, maximum = 1)]
    pub density: f64,
    /// The signals with the most addresses, the most first; at most 8.
    #[schema(examples(json!(["vpn", "spam"])))]
    pub top_badges: Vec<&'static str>,
    /// Some listed addresses, at most 10: where its first listed networks begin, IPv4 before IPv6.
    #[schema(value_type = Vec<String>)]
    pub ips: Vec<IpAddr>,
    /// The signals that any of its addresses has, by name.
    pub signals: BTreeMap<&'static str, Share>,
}

/// Tells what a database has of an AS; `None` where it is the origin of no address.
///
/// # Errors
/// If the database is damaged where it was read.
pub fn asn(
    reader: &Reader<'_>,
    index: &Index,
    asn: Asn,
) -> Result<Option<AsnSummary>, FormatError> {
    let Some(entry) = index.asn(asn.0) else { return Ok(None) };
    let known = Known::read(reader, entry.record as usize)?;
    let text = |text: Option<&str>| text.map(str::to_owned);
    let (family, name) = if entry.v4.total > 0 { (&entry.v4, "IPv4") } else { (&entry.v6, "IPv6") };
    let mut by_count: Vec<_> = family.signals.iter().collect();
    by_count.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let badges = by_count.iter().take(MAX_BADGES).map(|(category, _)| category.word());
    let share = |count| Share::of(count, family.total);
    let signals = family.signals.iter().map(|&(c, count)| (c.signal(), share(count)));
    Ok(Some(AsnSummary {
        asn: asn.to_string(),
        as_name: text(known.network.as_name),
        as_domain: text(known.network.as_domain),
        organization: text(known.network.organization),
        country_code: entry.country.map(|code| code.map(char::from).iter().collect()),
        country: text(entry.country.and_then(|code| index.table().country(code))),
        ip_ranges_count: entry.n_ranges,
        total_ips: coverage(entry.v4.total),
        total_ips_v6: coverage(entry.v6.total),
        ips_seen: coverage(entry.v4.listed),
        ips_seen_v6: coverage(entry.v6.listed),
        family: name,
        asn_score: rounded(family.mean_millionths),
        density: ratio(family.listed, family.total),
        top_badges: badges.collect(),
        ips: entry.samples.clone(),
        signals: signals.collect(),
    }))
}
