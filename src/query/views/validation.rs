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
