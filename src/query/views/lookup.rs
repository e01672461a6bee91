//! `lookup`: where an address is, whose it is, what stands behind it.

use std::net::IpAddr;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::feed::Category;
use crate::query::Known;
use crate::query::views::Rules;
use crate::score::Signals;

/// What is known of an address, by subject.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Lookup<'a> {
    /// The address.
    #[schema(value_type = String, example = "185.220.101.45")]
    pub ip: IpAddr,
    /// Its family.
    pub r#type: AddressFamily,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub geo: Option<LookupGeo<'a>>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<LookupNetwork<'a>>,
    /// What stands behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threat: Option<LookupThreat<'a>>,
    /// Whom to tell of abuse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abuse: Option<LookupAbuse<'a>>,
}

/// The family of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub enum AddressFamily {
    /// 32 bits.
    IPv4,
    /// 128 bits.
    IPv6,
}

/// Where an address is.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LookupGeo<'a> {
    /// ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "DE")]
    pub country_code: Option<&'a str>,
    /// Short name in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Germany")]
    pub country: Option<&'a str>,
    /// Name of the first-level subdivision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Hessen")]
    pub region: Option<&'a str>,
    /// ISO 3166-2, without the country.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "HE")]
    pub region_code: Option<&'a str>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Frankfurt am Main")]
    pub city: Option<&'a str>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "60313")]
    pub postal_code: Option<&'a str>,
    /// Degrees, -90 to 90.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 50.1109)]
    pub latitude: Option<f64>,
    /// Degrees, -180 to 180.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 8.6821)]
    pub longitude: Option<f64>,
    /// IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<&'a str>,
    /// Whether the country is under a sanction programme.
    pub is_sanctioned: bool,
    /// Which: OFAC, EU, UN, UK.
    #[schema(value_type = Vec<String>, example = json!(["OFAC", "EU"]))]
    pub sanction_lists: &'a [&'a str],
}

/// Whose an address is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LookupNetwork<'a> {
    /// Origin AS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 205_100)]
    pub asn: Option<u32>,
    /// Name of the AS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "F3 Netze e.V.")]
    pub as_name: Option<&'a str>,
    /// Domain of the AS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "f3netze.de")]
    pub as_domain: Option<&'a str>,
    /// The AS's name where that is an access provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isp: Option<&'a str>,
    /// The holder of the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<&'a str>,
    /// `datacenter`, `mobile`, `education`, `government` or `business`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "datacenter")]
    pub connection_type: Option<&'a str>,
}

/// What stands behind an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "the service's names")]
pub struct LookupThreat<'a> {
    /// A VPN's endpoint.
    pub is_vpn: bool,
    /// A proxy: public, residential or mobile.
    pub is_proxy: bool,
    /// A Tor exit.
    pub is_tor: bool,
    /// A private relay, such as iCloud's.
    pub is_relay: bool,
    /// In a data centre or with a hosting provider.
    pub is_hosting: bool,
    /// The score over Tor, VPNs, proxies, relays and hosting alone, 0 to 100: no abuse, no floors.
    #[schema(maximum = 100, example = 75)]
    pub threat_score: u8,
    /// What it is listed for.
    #[serde(serialize_with = "threat_categories")]
    #[schema(value_type = Vec<String>, example = json!(["tor_exit_node", "known_abuser"]))]
    pub threat_categories: Signals,
    /// The crawler it is, by ranges that its operator publishes; `null` where it is none.
    #[schema(example = "googlebot")]
    pub bot_type: Option<&'a str>,
    /// The formula of the score.
    #[schema(example = "ipmint-lookup-1")]
    pub model: &'static str,
}

/// Whom to tell of abuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LookupAbuse<'a> {
    /// A mailbox, from the regional registries.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "abuse@f3netze.de")]
    pub contact_email: Option<&'a str>,
}

/// The subjects that are asked for: any of `geo,network,threat,abuse`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for or not")]
pub struct Fields {
    geo: bool,
    network: bool,
    threat: bool,
    abuse: bool,
}

/// A subject that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no field `{}`; expected any of geo,network,threat,abuse", found.escape_debug())]
pub struct UnknownField {
    /// What was asked for.
    pub found: String,
}

impl Fields {
    /// Every subject.
    pub const ALL: Self = Self { geo: true, network: true, threat: true, abuse: true };

    /// Whether a threat score is needed.
    pub fn has_threat(self) -> bool {
        self.threat
    }
}

impl FromStr for Fields {
    type Err = UnknownField;

    /// Reads names, apart by commas, in any order.
    fn from_str(text: &str) -> Result<Self, UnknownField> {
        let mut fields = Self { geo: false, network: false, threat: false, abuse: false };
        for name in text.split(',') {
            let field = match name {
                "geo" => &mut fields.geo,
                "network" => &mut fields.network,
                "threat" => &mut fields.threat,
                "abuse" => &mut fields.abuse,
                _ => return Err(UnknownField { found: name.to_owned() }),
            };
            *field = true;
        }
        Ok(fields)
    }
}

impl AddressFamily {
    /// The family of an address.
    pub fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(_) => Self::IPv4,
            IpAddr::V6(_) => Self::IPv6,
        }
    }
}

impl<'a> Lookup<'a> {
    /// The name of the formula of the threat score.
    pub const MODEL: &'static str = "ipmint-lookup-1";

    /// Views what is known of an address; allocates nothing. `threat_score` is
    /// [`ThreatScorer`](super::ThreatScorer)'s.
    pub fn of(ip: IpAddr, known: &'a Known<'a>, threat_score: u8, fields: Fields) -> Self {
        Self {
            ip,
            r#type: AddressFamily::of(ip),
            geo: fields.geo.then(|| LookupGeo::of(known)),
            network: fields.network.then(|| LookupNetwork::of(known)),
            threat: fields.threat.then(|| LookupThreat::of(known, threat_score)),
            abuse: fields
                .abuse
                .then_some(LookupAbuse { contact_email: known.network.abuse_contact }),
        }
    }
}

impl<'a> LookupGeo<'a> {
    fn of(known: &'a Known<'a>) -> Self {
        let geo = &known.geo;
        Self {
            country_code: geo.country_code,
            country: geo.country,
            region: geo.region,
            region_code: geo.region_code,
            city: geo.city,
            postal_code: geo.postal_code,
            latitude: geo.latitude,
            longitude: geo.longitude,
            timezone: geo.timezone,
            is_sanctioned: geo.is_sanctioned,
            sanction_lists: &geo.sanction_lists,
        }
    }
}

impl<'a> LookupNetwork<'a> {
    fn of(known: &Known<'a>) -> Self {
        let network = known.network;
        Self {
            asn: network.asn,
            as_name: network.as_name,
            as_domain: network.as_domain,
            isp: network.isp,
            organization: network.organization,
            connection_type: network.connection_type,
        }
    }
}

impl<'a> LookupThreat<'a> {
    fn of(known: &Known<'a>, threat_score: u8) -> Self {
        let signals = known.signals;
        Self {
            is_vpn: signals.contains(Category::Vpn),
            is_proxy: !signals.intersection(Signals::proxies()).is_empty(),
            is_tor: signals.contains(Category::TorExit),
            is_relay: signals.contains(Category::Relay),
            is_hosting: signals.contains(Category::Hosting),
            threat_score,
            threat_categories: signals,
            bot_type: known.bot.and_then(|bot| bot.id),
            model: Lookup::MODEL,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn threat_categories<S: Serializer>(signals: &Signals, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(Rules::shipped().threat_categories(*signals))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::query::Known;
    use crate::query::views::fixture::ip;
    use crate::query::views::{Fields, Lookup};

    /// The subjects of an answer.
    #[track_caller]
    fn check(fields: &str, expected: Result<&[&str], &str>) {
        let fields = fields.parse::<Fields>().map_err(|error| error.to_string());
        let subjects = fields.map(|fields| {
            let known = Known::default();
            let json = serde_json::to_value(Lookup::of(ip(), &known, 0, fields)).expect("JSON");
            let Value::Object(object) = json else { panic!("an object") };
            object.keys().skip(2).cloned().collect::<Vec<_>>()
        });
        let expected = expected.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(subjects, expected.map_err(str::to_owned));
    }

    #[test]
    fn only_what_was_asked_for_is_told() {
        check("geo,network,threat,abuse", Ok(&["geo", "network", "threat", "abuse"]));
        check("abuse,geo", Ok(&["geo", "abuse"]));
        check("threat,threat", Ok(&["threat"]));
        let expected = "expected any of geo,network,threat,abuse";
        check("geo,thread", Err(&format!("no field `thread`; {expected}")));
        check("", Err(&format!("no field ``; {expected}")));
        check("geo,\n", Err(&format!("no field `\\n`; {expected}")));
    }

    #[test]
    fn nothing_is_told_of_an_address_of_which_nothing_is_known() {
        let known = Known::default();
        let lookup = Lookup::of("2001:db8::1".parse().expect("an address"), &known, 0, Fields::ALL);
        let expected = json!({
            "ip": "2001:db8::1",
            "type": "IPv6",
            "geo": { "is_sanctioned": false, "sanction_lists": [] },
            "network": {},
            "threat": {
                "is_vpn": false, "is_proxy": false, "is_tor": false, "is_relay": false,
                "is_hosting": false, "threat_score": 0, "threat_categories": [], "bot_type": null,
                "model": "ipmint-lookup-1",
            },
            "abuse": {},
        });
        assert_eq!(serde_json::to_value(lookup).expect("JSON"), expected);
    }
}
