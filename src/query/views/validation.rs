//! `validate`: whether a text is an address, and whether it is one of the public internet.

use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{V4, V6};
use crate::claim::Special;
use crate::query::views::AddressFamily;

/// What is to be said of a text as an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Validation<'a> {
    /// The text as it was given.
    #[schema(example = "185.220.101.45")]
    pub ip: &'a str,
    /// Whether it is an address, as RFC 5952 and everybody's libraries write one.
    pub valid: bool,
    /// Its family; absent where it is no address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<AddressFamily>,
    /// Whether it is for private use: RFC 1918 and RFC 4193.
    pub private: bool,
    /// Whether it is one that must not be seen on the internet: private, reserved, or not in use.
    pub bogon: bool,
    /// Why it is a bogon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covered_by: Option<Covering>,
}

/// An entry of the special-purpose registries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Covering {
    /// The network.
    #[schema(example = "10.0.0.0/8")]
    pub network: String,
    /// What it is for.
    #[schema(example = "private use")]
    pub name: &'static str,
    /// The document that says so.
    #[schema(example = "RFC 1918")]
    pub rfc: &'static str,
}

/// The narrowest entry of the special-purpose registries that covers an address of which no feed can speak; `None`
/// for one of the public internet. An IPv4-mapped address is asked about as the IPv4 address it holds.
pub fn special(ip: IpAddr) -> Option<Covering> {
    match ip.to_canonical() {
        IpAddr::V4(ip) => V4::special(ip.to_bits()).map(|entry| Covering {
            network: entry.prefix().to_string(),
            name: entry.name,
            rfc: entry.rfc,
        }),
        IpAddr::V6(ip) => V6::special(ip.to_bits()).map(|entry| Covering {
            network: entry.prefix().to_string(),
            name: entry.name,
            rfc: entry.rfc,
        }),
    }
}

impl<'a> Validation<'a> {
    /// Asks about any text.
    pub fn of(text: &'a str) -> Self {
        let ip: Option<IpAddr> = text.parse().ok();
        let covered_by = ip.and_then(special);
        Self {
            ip: text,
            valid: ip.is_some(),
            r#type: ip.map(AddressFamily::of),
            private: ip.is_some_and(is_private),
            bogon: covered_by.is_some(),
            covered_by,
        }
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_private(),
        IpAddr::V6(ip) => ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::query::views::Validation;

    /// Type, private, bogon, and the entry.
    #[track_caller]
    fn check(text: &str, expected: Option<(&str, bool, bool, Option<&str>)>) {
        let found = Validation::of(text);
        let json = json!(found);
        assert_eq!(json["ip"], json!(text));
        let covered_by = found.covered_by.as_ref();
        let entry = covered_by.map(|by| format!("{} {}, {}", by.network, by.name, by.rfc));
        let found = found.valid.then(|| {
            let family = json["type"].as_str().expect("a valid address has a family");
            (family, found.private, found.bogon, entry.as_deref())
        });
        assert_eq!(found, expected, "{text}");
        assert_eq!(json.get("type").is_some(), expected.is_some());
    }

    #[test]
    fn any_text_has_an_answer() {
        check("185.220.101.45", Some(("IPv4", false, false, None)));
        let private = "192.168.0.0/16 private use, RFC 1918";
        check("192.168.1.1", Some(("IPv4", true, true, Some(private))));
        check("::ffff:192.168.1.1", Some(("IPv6", true, true, Some(private))));
        check("::ffff:8.8.8.8", Some(("IPv6", false, false, None)));
        let loopback = "127.0.0.0/8 loopback, RFC 1122";
        check("127.0.0.1", Some(("IPv4", false, true, Some(loopback))));
        let shared = "100.64.0.0/10 shared address space, RFC 6598";
        check("100.64.0.1", Some(("IPv4", false, true, Some(shared))));
        check("2606:4700:4700::1111", Some(("IPv6", false, false, None)));
        check("fd00::1", Some(("IPv6", true, true, Some("fc00::/7 unique local, RFC 4193"))));
        let link_local = "fe80::/10 link local, RFC 4291";
        check("fe80::1", Some(("IPv6", false, true, Some(link_local))));
        for text in
            ["", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "fe80::1%eth0", "1.1.1.1/32", "ip"]
        {
            check(text, None);
        }
    }
}
