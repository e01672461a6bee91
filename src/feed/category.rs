//! Categories of claims: those that are scored, in their fixed order, and plain signals.

use std::fmt;
use std::str::FromStr;

macro_rules! categories {
    ($($(#[$doc:meta])* $variant:ident = $name:literal => $signal:literal,)*) => {
        /// What a feed says about the addresses it lists.
        ///
        /// The order is the order of SCORING: probabilities are multiplied in it,
        /// so that no thread or hash can change a byte. Scored categories come first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Category {
            $($(#[$doc])* $variant,)*
        }

        impl Category {
            /// Every category, in order.
            pub const ALL: &'static [Category] = &[$(Category::$variant,)*];

            /// The word in feed definitions, policy and records.
            pub fn name(self) -> &'static str {
                match self { $(Category::$variant => $name,)* }
            }

            /// The name of the signal it sets: `is_vpn`, `is_tor` for `tor_exit`.
            pub fn signal(self) -> &'static str {
                match self { $(Category::$variant => $signal,)* }
            }

            /// The category that sets a signal: `tor_exit` for `is_tor`.
            pub fn from_signal(signal: &str) -> Option<Self> {
                match signal {
                    $($signal => Some(Category::$variant),)*
                    _ => None,
                }
            }
        }

        impl FromStr for Category {
            type Err = CategoryError;

            fn from_str(text: &str) -> Result<Self, CategoryError> {
                match text {
                    $($name => Ok(Category::$variant),)*
                    _ => Err(CategoryError),
                }
            }
        }
    };
}

categories! {
    /// A Tor exit.
    TorExit = "tor_exit" => "is_tor",
    /// A Tor relay that is no exit.
    TorRelay = "tor_relay" => "is_tor_relay",
    /// A public proxy.
    Proxy = "proxy" => "is_proxy",
    /// An exit of a residential proxy pool.
    ResidentialProxy = "residential_proxy" => "is_residential_proxy",
    /// An exit of a mobile proxy pool.
    MobileProxy = "mobile_proxy" => "is_mobile_proxy",
    /// A VPN endpoint.
    Vpn = "vpn" => "is_vpn",
    /// A private relay, such as iCloud's.
    Relay = "relay" => "is_relay",
    /// A data centre or hosting provider.
    Hosting = "hosting" => "is_hosting",
    /// A source of spam.
    Spam = "spam" => "is_spam",
    /// A source of attacks.
    Attacker = "attacker" => "is_attacker",
    /// A hijacked or criminal network.
    Drop = "drop" => "is_drop",
    /// A command-and-control server.
    C2 = "c2" => "is_c2",
    /// A bot of a botnet.
    Botnet = "botnet" => "is_botnet",
    /// A host that serves malware.
    Malware = "malware" => "is_malware",
    /// Plain: a verified crawler.
    Bot = "bot" => "is_bot",
    /// Plain: carrier-grade NAT.
    Cgnat = "cgnat" => "is_cgnat",
    /// Plain: an anycast address.
    Anycast = "anycast" => "is_anycast",
    /// Plain: a mobile network.
    Mobile = "mobile" => "is_mobile",
    /// Plain: trusted infrastructure (public resolvers, CDNs, root servers).
    Trusted = "trusted" => "is_trusted",
    /// Plain: an education network.
    Education = "education" => "is_education",
    /// Plain: a government network.
    Government = "government" => "is_government",
    /// Plain: a business network.
    Business = "business" => "is_business",
    /// Plain: reserved space that a bogon list names.
    Bogon = "bogon" => "is_bogon",
    /// Plain: under a sanction programme, by country; the provider names the list.
    Sanctioned = "sanctioned" => "is_sanctioned",
    /// Plain: the operator denies it, whatever feeds say.
    Deny = "deny" => "is_denied",
    /// Plain: the operator allows it, whatever feeds say.
    Allow = "allow" => "is_allowed",
}

/// The text names no category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such category")]
pub struct CategoryError;

impl Category {
    /// The word of its signal: the name without `is_`.
    pub fn word(self) -> &'static str {
        let signal = self.signal();
        signal.strip_prefix("is_").unwrap_or(signal)
    }

    /// How many categories are scored: the first ones of [`Category::ALL`].
    pub const N_SCORED: usize = Category::Malware as usize + 1;

    /// Whether it has a weight and decays; a plain signal is true when listed.
    pub fn is_scored(self) -> bool {
        (self as usize) < Self::N_SCORED
    }

    /// Whether it hides who is behind an address.
    pub fn is_anonymizer(self) -> bool {
        use Category::{MobileProxy, Proxy, ResidentialProxy, TorExit, Vpn};
        matches!(self, TorExit | Vpn | Proxy | ResidentialProxy | MobileProxy)
    }

    /// Whether it tells of abuse.
    pub fn is_abuse(self) -> bool {
        use Category::{Attacker, Botnet, C2, Drop, Malware, Spam};
        matches!(self, Spam | Attacker | Drop | C2 | Botnet | Malware)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;

    #[test]
    fn names_are_read_back() {
        for &category in Category::ALL {
            assert_eq!(category.name().parse(), Ok(category));
            assert_eq!(Category::from_signal(category.signal()), Some(category));
        }
        assert_eq!(Category::ALL.iter().filter(|category| category.is_scored()).count(), 14);
        assert!("VPN".parse::<Category>().is_err());
    }
}
