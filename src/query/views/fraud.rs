//! `fraud`: one score, and what to do about it.

use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::feed::Category;
use crate::query::Known;
use crate::query::views::Rules;
use crate::score::{Recommendation, RiskLevel, Signals};

/// How likely an address is up to fraud, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fraud {
    /// The address.
    #[schema(value_type = String, example = "185.220.101.45")]
    pub ip: IpAddr,
    /// The score of the verdict, 0 to 100: floors and overrides included.
    #[schema(maximum = 100, example = 90)]
    pub fraud_score: u8,
    /// `low` to 30, `medium` to 60, `high` to 85, `critical` beyond.
    pub risk_level: RiskLevel,
    /// The score over Tor, VPNs, proxies, relays and hosting alone, 0 to 100: no abuse, no floors.
    #[schema(maximum = 100, example = 75)]
    pub threat_score: u8,
    /// What the address is.
    pub signals: FraudSignals,
    /// What goes with the risk level.
    pub recommendation: Recommendation,
    /// The formula.
    #[schema(example = "ipmint-fraud-1")]
    pub model: &'static str,
}

/// What an address is, as fraud teams ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "the service's names")]
pub struct FraudSignals {
    /// A VPN's endpoint.
    pub is_vpn: bool,
    /// A proxy: public, residential or mobile.
    pub is_proxy: bool,
    /// A Tor exit.
    pub is_tor: bool,
    /// In a data centre or with a hosting provider.
    pub is_datacenter: bool,
    /// Listed for abuse other than spam.
    pub is_known_attacker: bool,
    /// In a country that is on a list of high risk of money laundering.
    pub high_risk_country: bool,
}

impl Fraud {
    /// The formula's name.
    pub const MODEL: &'static str = "ipmint-fraud-1";

    /// Views what is known of an address. `threat_score` is [`ThreatScorer`](super::ThreatScorer)'s.
    pub fn of(ip: IpAddr, known: &Known<'_>, threat_score: u8) -> Self {
        let risk_level = RiskLevel::of(known.score);
        Self {
            ip,
            fraud_score: known.score,
            risk_level,
            threat_score,
            signals: FraudSignals::of(known),
            recommendation: risk_level.recommendation(),
            model: Self::MODEL,
        }
    }
}

impl FraudSignals {
    fn of(known: &Known<'_>) -> Self {
        let is = |category| known.signals.contains(category);
        let any = |signals| !known.signals.intersection(signals).is_empty();
        let spam = [Category::Spam].into_iter().collect();
        let country = known.geo.country_code;
        Self {
            is_vpn: is(Category::Vpn),
            is_proxy: any(Signals::proxies()),
            is_tor: is(Category::TorExit),
            is_datacenter: is(Category::Hosting),
            is_known_attacker: any(Signals::abuse().difference(spam)),
            high_risk_country: country.is_some_and(|code| Rules::shipped().is_high_risk(code)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::feed::Category;
    use crate::query::views::Fraud;
    use crate::query::views::fixture::ip;
    use crate::query::{Known, KnownGeo};

    #[track_caller]
    fn check(country: &'static str, category: Category, expected: &str) {
        let geo = KnownGeo { country_code: Some(country), ..KnownGeo::default() };
        let signals = [category].into_iter().collect();
        let known = Known { geo, signals, score: 61, ..Known::default() };
        let fraud = serde_json::to_value(Fraud::of(ip(), &known, 7)).expect("JSON");
        let names = ["is_vpn", "is_proxy", "is_tor", "is_datacenter", "is_known_attacker"];
        let all = names.into_iter().chain(["high_risk_country"]);
        let found: Vec<&str> = all.filter(|name| fraud["signals"][name] == json!(true)).collect();
        assert_eq!(found.join(" "), expected);
        let head = json!([fraud["fraud_score"], fraud["risk_level"], fraud["recommendation"]]);
        assert_eq!(head, json!([61, "high", "challenge"]));
    }

    #[test]
    fn signals_are_those_of_fraud_teams() {
        check("DE", Category::Vpn, "is_vpn");
        check("DE", Category::MobileProxy, "is_proxy");
        check("DE", Category::TorExit, "is_tor");
        check("DE", Category::TorRelay, "");
        check("DE", Category::Hosting, "is_datacenter");
        check("DE", Category::Botnet, "is_known_attacker");
        check("DE", Category::Spam, "");
        check("KP", Category::Mobile, "high_risk_country");
    }
}
