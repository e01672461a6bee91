//! `threat`: how grave, how sure, and in words.

use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::feed::Category;
use crate::query::views::{Tag, sentences};
use crate::query::{Explained, Known};
use crate::score::{PPM, to_percent};

/// How much of a threat an address is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Threat<'a> {
    /// The address.
    #[schema(value_type = String, example = "20.204.24.249")]
    pub ip: IpAddr,
    /// Short name of the country in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "India")]
    pub country: Option<&'a str>,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "IN")]
    pub country_code: Option<&'a str>,
    /// Name of the first-level subdivision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<&'a str>,
    /// ISO 3166-2, without the country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region_code: Option<&'a str>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<&'a str>,
    /// The AS's name where that is an access provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isp: Option<&'a str>,
    /// The holder of the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<&'a str>,
    /// Origin AS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "AS8075")]
    pub asn: Option<String>,
    /// Name of the AS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_name: Option<&'a str>,
    /// Degrees, -90 to 90.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees, -180 to 180.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<&'a str>,
    /// Its name in the DNS, from an imported export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reverse_dns: Option<&'a str>,
    /// Whether it is a Tor exit.
    pub is_tor_exit: bool,
    /// Threat and confidence together, 0 to 100; a quarter less for a verified crawler.
    #[schema(maximum = 100, example = 16)]
    pub risk_score: u8,
    /// How grave what is claimed would be, 0 to 100: the score before floors and overrides.
    #[schema(maximum = 100, example = 17)]
    pub threat_score: u8,
    /// How sure the surest of it is, 0 to 100.
    #[schema(maximum = 100, example = 95)]
    pub confidence_level: u8,
    /// What the three figures mean.
    pub risk_summary: String,
    /// Who says what.
    pub summary: String,
    /// By threat score: `safe` below 25, `malicious` from 60, `suspicious` between.
    pub status: ThreatStatus,
    /// What it is, for people.
    pub badges: Vec<Tag>,
    /// Whether it is a crawler, by ranges that its operator publishes.
    pub verified_bot: bool,
    /// Which.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ChatGPT-User")]
    pub verified_bot_name: Option<&'a str>,
    /// What for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "AI bot")]
    pub verified_bot_type: Option<&'a str>,
    /// The formula.
    #[schema(example = "ipmint-threat-1")]
    pub model: &'static str,
}

/// A threat in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThreatStatus {
    /// Below 25.
    Safe,
    /// From 25.
    Suspicious,
    /// From 60.
    Malicious,
}

impl<'a> Threat<'a> {
    /// The formula's name.
    pub const MODEL: &'static str = "ipmint-threat-1";

    /// Views claims and verdict; `None` if explained without a manifest. `reverse_dns` is for the caller to fill.
    pub fn of(explained: &'a Explained, known: &Known<'a>) -> Option<Self> {
        let explanation = &explained.release.as_ref()?.explanation;
        // Parts per million of at most one.
        let threat_score = to_percent(explanation.base_ppm.min(PPM));
        let confidence_level = explanation.confidence;
        let is_bot = known.bot.is_some();
        let risk_score = risk_score(threat_score, confidence_level, is_bot);
        let (geo, network) = (&known.geo, &known.network);
        // A crawler is told last.
        let (bot, aside) = (is_bot.then_some(Category::Bot), [Category::Bot].into_iter().collect());
        Some(Self {
            ip: explained.answer.ip,
            country: geo.country,
            country_code: geo.country_code,
            region: geo.region,
            region_code: geo.region_code,
            city: geo.city,
            isp: network.isp,
            org: network.organization,
            asn: network.asn.map(|asn| format!("AS{asn}")),
            as_name: network.as_name,
            latitude: geo.latitude,
            longitude: geo.longitude,
            timezone: geo.timezone,
            reverse_dns: None,
            is_tor_exit: known.signals.contains(Category::TorExit),
            risk_score,
            threat_score,
            confidence_level,
            risk_summary: sentences::risk(threat_score, confidence_level, risk_score),
            summary: sentences::claims(explanation, known),
            status: ThreatStatus::of(threat_score),
            badges: known.signals.difference(aside).iter().chain(bot).filter_map(Tag::of).collect(),
            verified_bot: is_bot,
            verified_bot_name: known.bot.and_then(|bot| bot.name),
            verified_bot_type: known.bot.and_then(|bot| bot.class),
            model: Self::MODEL,
        })
    }
}

impl ThreatStatus {
    /// The status of a threat score.
    pub fn of(threat_score: u8) -> Self {
        match threat_score {
            0..25 => Self::Safe,
            25..60 => Self::Suspicious,
            _ => Self::Malicious,
        }
    }
}

/// `floor(threat · confidence / 100 · (.75 if it is a verified bot))`.
fn risk_score(threat: u8, confidence: u8, is_bot: bool) -> u8 {
    let quarters = if is_bot { 3 } else { 4 };
    // 100 · 100 · 4 / 400 at most.
    (u32::from(threat) * u32::from(confidence) * quarters / 400) as u8
}

#[cfg(test)]
mod tests {
    use crate::query::views::ThreatStatus;
    use crate::query::views::threat::risk_score;

    #[track_caller]
    fn check(threat: u8, confidence: u8, is_bot: bool, expected: (u8, ThreatStatus)) {
        assert_eq!((risk_score(threat, confidence, is_bot), ThreatStatus::of(threat)), expected);
    }

    #[test]
    fn risk_is_threat_by_confidence() {
        check(0, 0, false, (0, ThreatStatus::Safe));
        // The service's own example.
        check(22, 100, true, (16, ThreatStatus::Safe));
        check(24, 99, false, (23, ThreatStatus::Safe));
        check(25, 99, false, (24, ThreatStatus::Suspicious));
        check(59, 50, false, (29, ThreatStatus::Suspicious));
        check(60, 98, false, (58, ThreatStatus::Malicious));
        check(100, 100, false, (100, ThreatStatus::Malicious));
    }
}
