//! `reputation`: six signals, weighed.

use std::net::IpAddr;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::feed::Category;
use crate::query::Known;
use crate::score::Signals;

/// How bad the reputation of an address is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reputation {
    /// What the contributions add up to, 0 to 1; more is worse.
    #[serde(serialize_with = "hundredths")]
    #[schema(value_type = f64, minimum = 0, maximum = 1, example = 0.75)]
    pub score: u8,
    /// VERY_HIGH from .80, HIGH above .60, MEDIUM from .40, LOW from .20.
    pub risk_level: ReputationLevel,
    /// The address.
    #[schema(value_type = String, example = "185.220.101.45")]
    pub ip: IpAddr,
    /// What the score is made of.
    pub factors: ReputationFactors,
    /// The formula.
    #[schema(example = "ipmint-reputation-1")]
    pub model: &'static str,
}

/// What a reputation is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReputationFactors {
    /// What the address is.
    pub ip_factors: IpFactors,
    /// What each of that adds to the score, 0 where it is false. They may add up to more than 1.
    pub risk_contribution: RiskContribution,
}

/// The six signals of a reputation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "the service's names")]
pub struct IpFactors {
    /// A proxy: public, residential or mobile.
    pub is_proxy: bool,
    /// A Tor exit.
    pub is_tor_node: bool,
    /// Listed for spam.
    pub is_spam: bool,
    /// A VPN's endpoint.
    pub is_vpn: bool,
    /// In a data centre or with a hosting provider.
    pub is_datacenter: bool,
    /// Listed for abuse other than spam.
    pub is_suspicious: bool,
}

/// What each signal adds to a reputation, as fractions of 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RiskContribution {
    /// .25.
    #[serde(serialize_with = "hundredths")]
    #[schema(value_type = f64, example = 0)]
    pub is_proxy: u8,
    /// .25.
    #[serde(serialize_with = "hundredths")]
    #[schema(value_type = f64, example = 0.25)]
    pub is_tor_node: u8,
    /// .05.
    #[serde(serialize_with = "hundredths")]
    #[schema(value_type = f64, example = 0.05)]
    pub is_spam: u8,
    /// .25.
    #[serde(serialize_with = "hundredths")]
    #[schema(value_type = f64, example = 0)]
    pub is_vpn: u8,
    /// .10.
    #[serde(serialize_with = "hundredths")]
    #[schema(value_type = f64, example = 0.1)]
    pub is_datacenter: u8,
    /// .25.
    #[serde(serialize_with = "hundredths")]
    #[schema(value_type = f64, example = 0.25)]
    pub is_suspicious: u8,
    /// How grave the abuse is: .25 for drop, c2, botnet or malware, .10 for an attacker alone.
    #[serde(serialize_with = "hundredths")]
    #[schema(value_type = f64, example = 0.1)]
    pub threat: u8,
}

/// How bad a reputation is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReputationLevel {
    /// Below .20.
    VeryLow,
    /// From .20.
    Low,
    /// From .40.
    Medium,
    /// Above .60.
    High,
    /// From .80.
    VeryHigh,
}

impl Reputation {
    /// The formula's name.
    pub const MODEL: &'static str = "ipmint-reputation-1";

    /// Views what is known of an address.
    pub fn of(ip: IpAddr, known: &Known<'_>) -> Self {
        let ip_factors = IpFactors::of(known.signals);
        let risk_contribution = RiskContribution::of(ip_factors, known.signals);
        let score = risk_contribution.total().min(100);
        Self {
            score,
            risk_level: ReputationLevel::of(score),
            ip,
            factors: ReputationFactors { ip_factors, risk_contribution },
            model: Self::MODEL,
        }
    }
}

impl IpFactors {
    fn of(signals: Signals) -> Self {
        let any = |wanted| !signals.intersection(wanted).is_empty();
        let spam = [Category::Spam].into_iter().collect();
        Self {
            is_proxy: any(Signals::proxies()),
            is_tor_node: signals.contains(Category::TorExit),
            is_spam: signals.contains(Category::Spam),
            is_vpn: signals.contains(Category::Vpn),
            is_datacenter: signals.contains(Category::Hosting),
            is_suspicious: any(Signals::abuse().difference(spam)),
        }
    }
}

impl RiskContribution {
    /// The weights of SCORING, "Views".
    fn of(factors: IpFactors, signals: Signals) -> Self {
        use Category::{Attacker, Botnet, C2, Drop, Malware};
        let weight = |holds: bool, weight| if holds { weight } else { 0 };
        let is_grave = [Drop, C2, Botnet, Malware].into_iter().any(|grave| signals.contains(grave));
        // An attacker alone is .4 of it.
        let threat = if is_grave { 25 } else { weight(signals.contains(Attacker), 10) };
        Self {
            is_proxy: weight(factors.is_proxy, 25),
            is_tor_node: weight(factors.is_tor_node, 25),
            is_spam: weight(factors.is_spam, 5),
            is_vpn: weight(factors.is_vpn, 25),
            is_datacenter: weight(factors.is_datacenter, 10),
            is_suspicious: weight(factors.is_suspicious, 25),
            threat,
        }
    }

    /// At most 140.
    fn total(self) -> u8 {
        let Self { is_proxy, is_tor_node, is_spam, is_vpn, is_datacenter, is_suspicious, threat } =
            self;
        is_proxy + is_tor_node + is_spam + is_vpn + is_datacenter + is_suspicious + threat
    }
}

impl ReputationLevel {
    fn of(hundredths: u8) -> Self {
        match hundredths {
            80.. => Self::VeryHigh,
            61.. => Self::High,
            40.. => Self::Medium,
            20.. => Self::Low,
            _ => Self::VeryLow,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn hundredths<S: Serializer>(value: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from(*value) / 100.0)
}

#[cfg(test)]
mod tests {
    use crate::feed::Category::{self, Attacker, C2, Hosting, Proxy, Relay, Spam, TorExit, Vpn};
    use crate::query::Known;
    use crate::query::views::fixture::ip;
    use crate::query::views::{Reputation, ReputationLevel};

    #[track_caller]
    fn check(signals: &[Category], hundredths: u8, level: ReputationLevel) {
        let known = Known { signals: signals.iter().copied().collect(), ..Known::default() };
        let reputation = Reputation::of(ip(), &known);
        assert_eq!((reputation.score, reputation.risk_level), (hundredths, level));
    }

    #[test]
    fn contributions_add_up_to_one_at_most() {
        check(&[], 0, ReputationLevel::VeryLow);
        check(&[Relay], 0, ReputationLevel::VeryLow);
        check(&[Spam, Hosting], 15, ReputationLevel::VeryLow);
        check(&[Vpn], 25, ReputationLevel::Low);
        check(&[Attacker, Spam], 40, ReputationLevel::Medium);
        check(&[C2, Hosting], 60, ReputationLevel::Medium);
        check(&[C2, Attacker, Hosting, Spam], 65, ReputationLevel::High);
        check(&[TorExit, Attacker, Hosting, Spam], 75, ReputationLevel::High);
        check(&[Proxy, Vpn, Attacker, Hosting, Spam, TorExit], 100, ReputationLevel::VeryHigh);
    }
}
