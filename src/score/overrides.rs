//! The overrides of SCORING, by name: replacements, weight factors, rulings.

use std::fmt;

use serde::{Serialize, Serializer};

/// What takes the place of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Replacement {
    /// A private relay: its exits are not a VPN's.
    PrivateRelay,
    /// A Tor exit: not a VPN because its AS hosts some.
    Tor,
}

impl Replacement {
    /// The word in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::PrivateRelay => "private_relay",
            Self::Tor => "tor",
        }
    }
}

/// A rule that goes beyond the sum of the evidence, in the order they are asked.
///
/// Replacements and weight factors are named where they had a claim to act on; of the
/// rulings (from operator deny on) the first whose condition holds is named, whether or
/// not it moved the score, because it keeps the later ones from applying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Override {
    /// (a) A private relay replaces every vpn claim.
    RelayReplacesVpn,
    /// (a) A Tor exit replaces a vpn claim that came through the ASN.
    TorReplacesVpn,
    /// (b) Trusted infrastructure: a tenth on abuse and hosting.
    TrustedInfrastructure,
    /// (b) CGNAT or mobile: half on abuse.
    SharedAddress,
    /// (c) The operator denies it: 100.
    OperatorDeny,
    /// (c) The operator allows it: 0.
    OperatorAllow,
    /// (c) Listed as drop or c2: the caps below do not hold.
    DropOrC2,
    /// (c) A verified bot: no hosting floor, at most 10.
    VerifiedBot,
    /// (c) A private relay: at most 20.
    PrivateRelay,
}

impl Override {
    /// Every override, in order.
    pub const ALL: [Self; 9] = [
        Self::RelayReplacesVpn,
        Self::TorReplacesVpn,
        Self::TrustedInfrastructure,
        Self::SharedAddress,
        Self::OperatorDeny,
        Self::OperatorAllow,
        Self::DropOrC2,
        Self::VerifiedBot,
        Self::PrivateRelay,
    ];

    /// The word in explanations.
    pub fn name(self) -> &'static str {
        match self {
            Self::RelayReplacesVpn => "relay_replaces_vpn",
            Self::TorReplacesVpn => "tor_replaces_vpn",
            Self::TrustedInfrastructure => "trusted_infrastructure",
            Self::SharedAddress => "shared_address",
            Self::OperatorDeny => "operator_deny",
            Self::OperatorAllow => "operator_allow",
            Self::DropOrC2 => "drop_or_c2",
            Self::VerifiedBot => "verified_bot",
            Self::PrivateRelay => "private_relay",
        }
    }
}

/// A set of overrides, one bit each in order.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Overrides(u16);

impl Overrides {
    /// No override.
    pub const NONE: Self = Self(0);

    /// Whether the override applied.
    #[inline]
    pub fn contains(self, rule: Override) -> bool {
        self.0 >> rule as u16 & 1 == 1
    }

    /// Adds an override.
    #[inline]
    pub fn insert(&mut self, rule: Override) {
        self.0 |= 1 << rule as u16;
    }

    /// Whether none applied.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that applied, in order.
    pub fn iter(self) -> impl Iterator<Item = Override> {
        Override::ALL.into_iter().filter(move |&rule| self.contains(rule))
    }
}

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Overrides {
    /// As names, in order.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use crate::score::{Override, Overrides};

    #[test]
    fn names_are_those_of_the_json() {
        for rule in Override::ALL {
            let mut overrides = Overrides::NONE;
            overrides.insert(rule);
            assert_eq!(overrides.iter().collect::<Vec<_>>(), [rule]);
            let json = serde_json::to_string(&overrides).expect("serializable");
            assert_eq!(json, format!("[\"{}\"]", rule.name()));
        }
    }
}
