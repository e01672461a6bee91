//! What stands for a signal where people look: a flag, a label, a picture.

use serde::Serialize;
use utoipa::ToSchema;

use crate::feed::Category;

/// What stands for a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Tag {
    /// A word for programs.
    #[schema(example = "spider")]
    pub flag: &'static str,
    /// A word for people.
    #[schema(example = "Spider")]
    pub label: &'static str,
    /// A picture.
    #[schema(example = "🕷️")]
    pub emoji: &'static str,
}

impl Tag {
    /// The tag of a category; `None` for what is nobody's badge.
    pub fn of(category: Category) -> Option<Self> {
        use Category as C;
        let (flag, label, emoji) = match category {
            C::TorExit => ("tor_exit", "Tor exit", "🧅"),
            C::TorRelay => ("tor_relay", "Tor relay", "🧄"),
            C::Proxy => ("proxy", "Public proxy", "🔀"),
            C::ResidentialProxy => ("residential_proxy", "Residential proxy", "🏠"),
            C::MobileProxy => ("mobile_proxy", "Mobile proxy", "📱"),
            C::Vpn => ("vpn", "VPN", "🔒"),
            C::Relay => ("relay", "Private relay", "🪁"),
            C::Hosting => ("hosting", "Hosting", "🖥️"),
            C::Spam => ("spam", "Spam", "✉️"),
            C::Attacker => ("attacker", "Attacker", "⚔️"),
            C::Drop => ("drop", "Hijacked network", "🏴"),
            C::C2 => ("c2", "Command and control", "🛰️"),
            C::Botnet => ("botnet", "Botnet", "🧟"),
            C::Malware => ("malware", "Malware", "☣️"),
            C::Bot => ("spider", "Spider", "🕷️"),
            C::Cgnat => ("cgnat", "Carrier-grade NAT", "👥"),
            C::Mobile => ("mobile", "Mobile network", "📶"),
            C::Trusted => ("trusted", "Trusted infrastructure", "✅"),
            C::Deny => ("denied", "Denied by the operator", "⛔"),
            C::Allow => ("allowed", "Allowed by the operator", "🆗"),
            C::Anycast | C::Education | C::Government | C::Business | C::Bogon | C::Sanctioned => {
                return None;
            }
        };
        Some(Self { flag, label, emoji })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::feed::Category;
    use crate::query::views::Tag;

    #[test]
    fn what_is_scored_has_a_tag_of_its_own() {
        let scored = &Category::ALL[..Category::N_SCORED];
        assert!(scored.iter().all(|&category| Tag::of(category).is_some()));
        let tags: Vec<Tag> = Category::ALL.iter().copied().filter_map(Tag::of).collect();
        let distinct = |text: fn(&Tag) -> &str| tags.iter().map(text).collect::<BTreeSet<_>>();
        for texts in
            [distinct(|tag| tag.flag), distinct(|tag| tag.label), distinct(|tag| tag.emoji)]
        {
            assert_eq!(texts.len(), tags.len());
        }
    }
}
