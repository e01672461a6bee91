//! Who runs an address, as `check` tells it: AS, holder, data centre, registry.

use serde::Serialize;
use utoipa::ToSchema;

use crate::feed::Category;
use crate::query::{Attribution, Explained, Known};
use crate::score::Via;

/// The AS of a VPN or proxy provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AnonymousAs<'a> {
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asn: Option<u32>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// What it is listed as: `vpn`, `proxy`, `tor` …
    #[schema(example = "vpn")]
    pub r#type: &'static str,
}

/// Who runs an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Intel<'a> {
    /// Its AS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asn: Option<IntelAs<'a>>,
    /// The holder of the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<IntelCompany<'a>>,
    /// The data centre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datacenter: Option<IntelDatacenter<'a>>,
    /// Whom to tell of abuse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abuse: Option<IntelAbuse<'a>>,
}

/// The AS of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IntelAs<'a> {
    /// Its number.
    #[schema(example = 13_335)]
    pub asn: u32,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// Its domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<&'a str>,
}

/// The holder of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IntelCompany<'a> {
    /// Its name.
    pub name: &'a str,
}

/// A data centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IntelDatacenter<'a> {
    /// Whose it is, where the feed says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// The network that is listed; absent where the AS is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<&'a str>,
}

/// Whom to tell of abuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IntelAbuse<'a> {
    /// A mailbox, from the regional registries.
    pub email: &'a str,
}

/// What the regional registry says of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rdap<'a> {
    /// The registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ripencc")]
    pub registry: Option<&'a str>,
    /// The country it was delegated to, ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<&'a str>,
    /// The day it was, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered: Option<&'a str>,
    /// The holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<&'a str>,
}

impl<'a> AnonymousAs<'a> {
    /// By the first claim through the AS that nothing replaced, in category order.
    pub(super) fn of(explained: &Explained, known: &Known<'a>) -> Option<Self> {
        let of_as = |claim: &&Attribution| claim.via == Via::Asn && claim.suppressed_by.is_none();
        let claims = explained.claims.iter().filter(of_as);
        let categories = claims.filter_map(Attribution::known_category);
        let category = categories.filter(|category| category.is_anonymizer()).min()?;
        let (asn, name) = (known.network.asn, known.network.as_name);
        Some(Self { asn, name, r#type: category.word() })
    }
}

impl<'a> Intel<'a> {
    /// `None` where nothing of it is known.
    pub(super) fn of(explained: &'a Explained, known: &Known<'a>) -> Option<Self> {
        let network = &known.network;
        let intel = Self {
            asn: network.asn.map(|asn| IntelAs {
                asn,
                name: network.as_name,
                domain: network.as_domain,
            }),
            company: network.organization.map(|name| IntelCompany { name }),
            datacenter: IntelDatacenter::of(&explained.claims),
            abuse: network.abuse_contact.map(|email| IntelAbuse { email }),
        };
        let Self { asn, company, datacenter, abuse } = &intel;
        let is_known =
            asn.is_some() || company.is_some() || datacenter.is_some() || abuse.is_some();
        is_known.then_some(intel)
    }
}

impl<'a> IntelDatacenter<'a> {
    /// By the first claim of hosting that says whose, or else where, or else any.
    fn of(claims: &'a [Attribution]) -> Option<Self> {
        let hosting = claims.iter().filter(|c| c.known_category() == Some(Category::Hosting));
        let best = hosting.min_by_key(|claim| (claim.provider.is_none(), claim.network.is_none()));
        best.map(|claim| Self {
            name: claim.provider.as_deref(),
            network: claim.network.as_deref(),
        })
    }
}

impl<'a> Rdap<'a> {
    /// `None` where no delegation is known.
    pub(super) fn of(known: &Known<'a>) -> Option<Self> {
        let network = &known.network;
        let is_known = network.registry.is_some()
            || network.registered_country.is_some()
            || network.registered.is_some();
        is_known.then_some(Self {
            registry: network.registry,
            country: network.registered_country,
            registered: network.registered,
            org: network.organization,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::feed::Category::{Hosting, Vpn};
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
    fn an_as_on_a_list_is_named() {
        let network = json!({ "asn": 64496, "as_name": "Example" });
        let case = Case::default().with("network", network).claim(Vpn, 800, 0);
        check(&case, "/anonAsn", None);
        let expected = json!({ "asn": 64496, "name": "Example", "type": "vpn" });
        check(&case.by_asn(), "/anonAsn", Some(&expected));
    }

    #[test]
    fn a_data_centre_is_named_by_who_names_it() {
        let case = Case::default()
            .claim(Hosting, 700, 0)
            .by_asn()
            .claim(Hosting, 700, 0)
            .claim(Hosting, 700, 0)
            .of("Example Cloud", 20);
        let expected = json!({ "name": "Example Cloud", "network": "192.0.0.0/20" });
        check(&case, "/intel/datacenter", Some(&expected));
    }
}
