//! `proxy-attribution`: whose network it is that hides who is behind an address.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::feed::Category;
use crate::query::views::breakdown::{hundredths_of_one, scored, stands};
use crate::query::{Attribution, Explained, Known};
use crate::score::Explanation;

/// The networks of anonymizers and data centres that an address belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProxyAttribution<'a> {
    /// The address.
    #[schema(value_type = String, example = "2.56.16.42")]
    pub ip: IpAddr,
    /// Whether there are any.
    pub detected: bool,
    /// Whose the first of them is; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_provider: Option<PrimaryProvider<'a>>,
    /// All, by type (tor, residential, mobile, proxy, vpn, datacenter), then confidence, then the longest prefix.
    pub networks: Vec<AttributedNetwork<'a>>,
    /// What to do about the first of them.
    pub recommendation: Advice,
    /// The formula.
    #[schema(example = "ipmint-attribution-1")]
    pub model: &'static str,
}

/// Whose network an address belongs to first of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PrimaryProvider<'a> {
    /// Its id; `unknown_vpn` and the like where feeds do not say.
    #[schema(value_type = String, example = "unknown_vpn")]
    pub provider: Cow<'a, str>,
    /// Its name.
    #[schema(value_type = String, example = "Unknown VPN")]
    pub display_name: Cow<'a, str>,
    /// What it runs.
    pub network_type: NetworkType,
    /// How sure that is, 0 to 1: the feed's reliability, less for age and for listing the AS alone.
    #[serde(serialize_with = "hundredths_of_one")]
    #[schema(value_type = f64, example = 0.75)]
    pub confidence: u32,
}

/// One claim about an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AttributedNetwork<'a> {
    /// Id of the provider; `unknown_vpn` and the like where the feed does not say.
    #[schema(value_type = String, example = "unknown_vpn")]
    pub provider: Cow<'a, str>,
    /// Its name.
    #[schema(value_type = String, example = "Unknown VPN")]
    pub display_name: Cow<'a, str>,
    /// What it runs.
    pub network_type: NetworkType,
    /// How sure that is, 0 to 1.
    #[serde(serialize_with = "hundredths_of_one")]
    #[schema(value_type = f64, example = 0.75)]
    pub confidence: u32,
    /// The feed.
    #[schema(example = "vpn-networks")]
    pub source: &'a str,
    /// The network that is listed; absent where the AS is, or a range that is no prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2.56.16.0/22")]
    pub cidr: Option<&'a str>,
}

/// What a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NetworkType {
    /// Tor exits and relays.
    Tor,
    /// A pool of proxies in homes.
    Residential,
    /// A pool of proxies on phones.
    Mobile,
    /// A public proxy.
    Proxy,
    /// A VPN service.
    Vpn,
    /// A data centre or hosting provider.
    Datacenter,
}

/// What to do about an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// It is in no such network: ordinary traffic.
    NoProxyDetected,
    /// A proxy: residential, mobile or public.
    TreatAsCommercialProxy,
    /// A VPN service.
    TreatAsVpn,
    /// A data centre: no person at home.
    TreatAsDatacenter,
    /// Tor.
    BlockOrChallenge,
}

impl<'a> ProxyAttribution<'a> {
    /// The formula's name.
    pub const MODEL: &'static str = "ipmint-attribution-1";

    /// Views the claims whose signals are true and that nothing replaced; `None` if explained without a
    /// manifest, for then it is not known how sure they are.
    pub fn of(explained: &'a Explained, known: &Known<'_>) -> Option<Self> {
        let explanation = &explained.release.as_ref()?.explanation;
        let claims = explained.claims.iter();
        let mut networks: Vec<AttributedNetwork<'a>> =
            claims.filter_map(|claim| AttributedNetwork::of(claim, explanation, known)).collect();
        networks.sort_by_key(|network| {
            let AttributedNetwork { network_type, confidence, source, .. } = *network;
            (network_type, Reverse(confidence), Reverse(network.prefix_len()), source)
        });
        let first = networks.first();
        Some(Self {
            ip: explained.answer.ip,
            detected: first.is_some(),
            primary_provider: first.map(PrimaryProvider::of),
            recommendation: first.map_or(Advice::NoProxyDetected, |first| Advice::of(first)),
            networks,
            model: Self::MODEL,
        })
    }
}

impl<'a> PrimaryProvider<'a> {
    fn of(network: &AttributedNetwork<'a>) -> Self {
        Self {
            provider: network.provider.clone(),
            display_name: network.display_name.clone(),
            network_type: network.network_type,
            confidence: network.confidence,
        }
    }
}

impl<'a> AttributedNetwork<'a> {
    fn of(
        claim: &'a Attribution,
        explanation: &Explanation<String>,
        known: &Known<'_>,
    ) -> Option<Self> {
        let category = claim.known_category().filter(|&c| known.signals.contains(c))?;
        let network_type = NetworkType::of(category)?;
        // A claim is told from others by what it is weighed by, so equals are equally sure.
        let (_, weighed) = scored(explanation).find(|(effect, weighed)| {
            effect.category == category
                && weighed.feed == claim.feed
                && (weighed.via, weighed.age_days) == (claim.via, claim.age_days)
                && stands(weighed)
        })?;
        let (provider, display_name) = match claim.provider.as_deref() {
            Some(name) => (slug(name), Cow::Borrowed(name)),
            None => network_type.nobody(),
        };
        Some(Self {
            provider,
            display_name,
            network_type,
            confidence: weighed.strength_ppm,
            source: &claim.feed,
            cidr: claim.network.as_deref(),
        })
    }

    fn prefix_len(&self) -> Option<u8> {
        self.cidr?.rsplit_once('/')?.1.parse().ok()
    }
}

impl NetworkType {
    fn of(category: Category) -> Option<Self> {
        Some(match category {
            Category::TorExit | Category::TorRelay => Self::Tor,
            Category::ResidentialProxy => Self::Residential,
            Category::MobileProxy => Self::Mobile,
            Category::Proxy => Self::Proxy,
            Category::Vpn => Self::Vpn,
            Category::Hosting => Self::Datacenter,
            _ => return None,
        })
    }

    /// Id and name where a feed names no provider. Tor has but one.
    fn nobody(self) -> (Cow<'static, str>, Cow<'static, str>) {
        let (id, name) = match self {
            Self::Tor => ("tor", "Tor"),
            Self::Residential => ("unknown_residential", "Unknown residential proxy"),
            Self::Mobile => ("unknown_mobile", "Unknown mobile proxy"),
            Self::Proxy => ("unknown_proxy", "Unknown proxy"),
            Self::Vpn => ("unknown_vpn", "Unknown VPN"),
            Self::Datacenter => ("unknown_datacenter", "Unknown data centre"),
        };
        (id.into(), name.into())
    }
}

impl Advice {
    fn of(network: &AttributedNetwork<'_>) -> Self {
        match network.network_type {
            NetworkType::Tor => Self::BlockOrChallenge,
            NetworkType::Residential | NetworkType::Mobile | NetworkType::Proxy => {
                Self::TreatAsCommercialProxy
            }
            NetworkType::Vpn => Self::TreatAsVpn,
            NetworkType::Datacenter => Self::TreatAsDatacenter,
        }
    }
}

/// `Bright Data` as `bright_data`.
fn slug(name: &str) -> Cow<'_, str> {
    let is_slug = |c: char| c.is_lowercase() || c.is_numeric() || c == '_';
    if name.chars().all(is_slug) {
        return Cow::Borrowed(name);
    }
    let letter = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    Cow::Owned(name.chars().map(letter).collect())
}

#[cfg(test)]
mod tests {
    use crate::feed::Category::{
        self, Hosting, MobileProxy, Proxy, Relay, ResidentialProxy, TorRelay, Vpn,
    };
    use crate::query::views::fixture::Case;
    use crate::query::views::proxy_attribution::slug;
    use crate::query::views::{Advice, ProxyAttribution};

    /// Providers, the first first, and what to do.
    #[track_caller]
    fn check(case: &Case, providers: &[&str], advice: Advice) {
        case.ask(|explained, known| {
            let found = ProxyAttribution::of(explained, known).expect("there is a manifest");
            let names = found.networks.iter().map(|network| &*network.provider);
            assert_eq!(names.collect::<Vec<_>>(), providers);
            assert_eq!(found.recommendation, advice);
            let primary = found.primary_provider.as_ref().map(|primary| &*primary.provider);
            assert_eq!(primary, providers.first().copied());
            assert_eq!(found.detected, !providers.is_empty());
        });
    }

    #[test]
    fn networks_are_told_by_type_then_confidence_then_length() {
        let case = Case::default()
            .claim(Hosting, 900, 0)
            .of("Example Cloud", 24)
            .claim(Vpn, 700, 0)
            .of("Example VPN", 20)
            .claim(Vpn, 800, 0)
            .of("Other VPN", 16)
            .claim(Vpn, 700, 0)
            .of("Third VPN", 24)
            .claim(Proxy, 600, 0)
            .claim(MobileProxy, 600, 0)
            .claim(ResidentialProxy, 600, 0)
            .of("Bright Data", 32);
        let providers = [
            "bright_data",
            "unknown_mobile",
            "unknown_proxy",
            "other_vpn",
            "third_vpn",
            "example_vpn",
            "example_cloud",
        ];
        check(&case, &providers, Advice::TreatAsCommercialProxy);
    }

    #[test]
    fn the_first_network_says_what_to_do() {
        let of = |category: Category| Case::default().claim(category, 900, 0);
        check(&of(TorRelay), &["tor"], Advice::BlockOrChallenge);
        check(&of(Vpn), &["unknown_vpn"], Advice::TreatAsVpn);
        check(&of(Vpn).by_asn(), &["unknown_vpn"], Advice::TreatAsVpn);
        check(&of(Hosting), &["unknown_datacenter"], Advice::TreatAsDatacenter);
        check(&of(Relay), &[], Advice::NoProxyDetected);
        check(&of(Relay).claim(Vpn, 900, 0), &[], Advice::NoProxyDetected);
    }

    #[test]
    fn a_network_tells_what_the_feed_does() {
        let case = Case::default().claim(Vpn, 750, 0).of("Example VPN", 22).claim(Hosting, 500, 0);
        let json = case.by_asn().ask(|explained, known| {
            let found = ProxyAttribution::of(explained, known).expect("there is a manifest");
            serde_json::to_value(found).expect("JSON")
        });
        let expected = serde_json::json!([
            {
                "provider": "example_vpn", "display_name": "Example VPN", "network_type": "vpn",
                "confidence": 0.75, "source": "vpn-0", "cidr": "192.0.0.0/22",
            },
            {
                "provider": "unknown_datacenter", "display_name": "Unknown data centre",
                "network_type": "datacenter", "confidence": 0.3, "source": "hosting-1",
            },
        ]);
        assert_eq!(json["networks"], expected);
    }

    #[test]
    fn ids_are_slugs() {
        let found = ["nordvpn", "Bright Data", "M247 Ltd."].map(slug);
        assert_eq!(found, ["nordvpn", "bright_data", "m247_ltd_"]);
    }
}
