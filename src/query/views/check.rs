//! `check`: everything about an address on one page, fields by rule included.

use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::feed::Category;
use crate::query::history::AsnPeriod;
use crate::query::views::breakdown::{opinions, scored};
use crate::query::views::{
    AbuseFeeds, AddressFamily, AnonymousAs, Intel, Offer, Rdap, RiskBreakdown, Rules, Scenario,
    SharedUsers, SourceOpinion,
};
use crate::query::{Explained, InRelease, Known};
use crate::score::Standing;

/// Everything about an address.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Check<'a> {
    /// Where it is and whose.
    pub geo: CheckGeo<'a>,
    /// `residential`, `hosting`, `mobile`, `business` or `unknown`.
    #[schema(example = "hosting")]
    pub ip_type: &'static str,
    /// `isp`, `dual_isp`, `business`, `hosting`, `mobile`, `education`, `government` or `unknown`.
    #[schema(example = "hosting")]
    pub usage_type: &'static str,
    /// The score, 0 to 100.
    #[schema(maximum = 100, example = 90)]
    pub risk: u8,
    /// How it came about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_breakdown: Option<RiskBreakdown<'a>>,
    /// What the address is: `tor`, `vpn`, `proxy`, `hosting`, `spam` …
    #[schema(example = json!(["tor", "hosting"]))]
    pub signals: Vec<&'static str>,
    /// Who lists it for abuse.
    pub blocklist: Blocklist<'a>,
    /// Its AS, where that is on a list of those of VPNs or proxies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anon_asn: Option<AnonymousAs<'a>>,
    /// `native` where it is used in the country it is registered in, `broadcast` elsewhere, or `unknown`.
    #[schema(example = "native")]
    pub native_type: &'static str,
    /// How many people may share it.
    pub shared_users: SharedUsers,
    /// How well it suits what people do with one.
    pub scenarios: Vec<Scenario>,
    /// Whether services are to be had in its country.
    pub services: Vec<Offer>,
    /// Whether media are to be had in its country: a reference by region, no test of what plays.
    pub media: Vec<Offer>,
    /// What each feed says of it.
    pub sources: Vec<SourceOpinion<'a>>,
    /// Who runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intel: Option<Intel<'a>>,
    /// Which ASes announced it in the last year, the newest last; absent where no history is kept, and
    /// until all of it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asn_history: Option<&'a [AsnPeriod]>,
    /// What the regional registry says of its network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rdap: Option<Rdap<'a>>,
    /// The formula of risk and breakdown.
    #[schema(example = "ipmint-check-1")]
    pub model: &'static str,
}

/// Where an address is and whose.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckGeo<'a> {
    /// The address.
    #[schema(value_type = String, example = "1.1.1.1")]
    pub ip: IpAddr,
    /// Its family.
    pub version: AddressFamily,
    /// Short name of the country in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Germany")]
    pub country: Option<&'a str>,
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "DE")]
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
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<&'a str>,
    /// Origin AS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 13_335)]
    pub asn: Option<u32>,
    /// Name of the AS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_name: Option<&'a str>,
    /// The AS's name where that is an access provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isp: Option<&'a str>,
    /// Degrees, -90 to 90.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Degrees, -180 to 180.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<&'a str>,
}

/// Who lists an address for abuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Blocklist<'a> {
    /// Feeds that do, by id; what is too old is left out.
    #[schema(value_type = Vec<String>, example = json!(["spam"]))]
    pub listed: Vec<&'a str>,
    /// How many feeds of abuse the release was made from.
    #[schema(example = 5)]
    pub checked: usize,
}

impl<'a> Check<'a> {
    /// The formula's name.
    pub const MODEL: &'static str = "ipmint-check-1";

    /// Views everything. Explained without a manifest, breakdown and sources are not known.
    pub fn of(
        explained: &'a Explained,
        known: &Known<'a>,
        abuse_feeds: &AbuseFeeds,
        asn_history: Option<&'a [AsnPeriod]>,
    ) -> Self {
        let rules = Rules::shipped();
        let explanation = explained.release.as_ref().map(|release| &release.explanation);
        let country = known.geo.country_code;
        // A crawler is told last; a sanction is the country's, in `geo` of a lookup.
        let aside = [Category::Bot, Category::Sanctioned].into_iter().collect();
        let bot = known.bot.map(|_| Category::Bot.word());
        Self {
            geo: CheckGeo::of(explained.answer.ip, known),
            ip_type: rules.ip_type(known),
            usage_type: rules.usage_type(known),
            risk: known.score,
            risk_breakdown: explanation.map(RiskBreakdown::of),
            signals: known
                .signals
                .difference(aside)
                .iter()
                .map(Category::word)
                .chain(bot)
                .collect(),
            blocklist: Blocklist::of(explained.release.as_ref(), abuse_feeds),
            anon_asn: AnonymousAs::of(explained, known),
            native_type: rules.native_type(known),
            shared_users: rules.shared_users(known),
            scenarios: rules.scenarios(known),
            services: rules.services(country),
            media: rules.media(country),
            sources: explanation.map(opinions).unwrap_or_default(),
            intel: Intel::of(explained, known),
            asn_history,
            rdap: Rdap::of(known),
            model: Self::MODEL,
        }
    }
}

impl<'a> CheckGeo<'a> {
    fn of(ip: IpAddr, known: &Known<'a>) -> Self {
        let geo = &known.geo;
        Self {
            ip,
            version: AddressFamily::of(ip),
            country: geo.country,
            country_code: geo.country_code,
            region: geo.region,
            region_code: geo.region_code,
            city: geo.city,
            postal_code: geo.postal_code,
            asn: known.network.asn,
            as_name: known.network.as_name,
            isp: known.network.isp,
            lat: geo.latitude,
            lon: geo.longitude,
            timezone: geo.timezone,
        }
    }
}

impl<'a> Blocklist<'a> {
    fn of(release: Option<&'a InRelease>, abuse_feeds: &AbuseFeeds) -> Self {
        let claims = release.into_iter().flat_map(|release| scored(&release.explanation));
        let lists = claims.filter(|(effect, claim)| {
            effect.category.is_abuse() && claim.standing != Standing::Expired
        });
        let mut listed: Vec<&str> = lists.map(|(_, claim)| claim.feed.as_str()).collect();
        listed.sort_unstable();
        listed.dedup();
        Self { listed, checked: abuse_feeds.count() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::feed::Category::{Spam, Vpn};
    use crate::query::views::fixture::Case;
    use crate::query::views::{AbuseFeeds, Check};

    #[track_caller]
    fn check(case: &Case, pointer: &str, expected: Option<&Value>) {
        case.ask(|explained, known| {
            let view = Check::of(explained, known, &AbuseFeeds::default(), None);
            let view = serde_json::to_value(view).expect("JSON");
            assert_eq!(view.pointer(pointer), expected, "{pointer} of {view:#}");
        });
    }

    #[test]
    fn what_is_not_known_is_absent_or_unknown() {
        let nothing = Case::default();
        check(&nothing, "/geo", Some(&json!({ "ip": "192.0.2.0", "version": "IPv4" })));
        check(&nothing, "/sharedUsers", Some(&json!({ "quality": "unknown" })));
        for name in ["ipType", "usageType", "nativeType"] {
            check(&nothing, &format!("/{name}"), Some(&json!("unknown")));
        }
        for name in ["intel", "rdap", "asnHistory", "anonAsn"] {
            check(&nothing, &format!("/{name}"), None);
        }
        check(&nothing, "/services/0/status", Some(&json!("unknown")));
        check(&nothing, "/riskBreakdown/weightedAvg", Some(&json!(0.0)));
    }

    #[test]
    fn the_average_is_by_weight() {
        let case = Case::default().claim(Vpn, 800, 0).claim(Spam, 400, 0);
        // (.35 · 80 + .40 · 40) / .75
        check(&case, "/riskBreakdown/weightedAvg", Some(&json!(58.67)));
    }

    #[test]
    fn each_feed_is_told_with_what_it_says() {
        let case = Case::default().claim(Vpn, 800, 0).claim(Spam, 400, 90);
        let expected = json!([
            // Three months old: expired.
            { "source": "spam-1", "risk": 0.0, "flags": { "spam": false } },
            { "source": "vpn-0", "risk": 80.0, "flags": { "vpn": true } },
        ]);
        check(&case, "/sources", Some(&expected));
        check(&case, "/blocklist/listed", Some(&json!([])));
    }
}
