//! The rules of SCORING that go beyond adding up: replacements, factors, floors, rulings.
//!
//! Where SCORING leaves room:
//!
//! - "Listed" means by any evidence that has not expired, however weak.
//! - The operator's deny and allow, and the factors (trusted, CGNAT, mobile), count
//!   however they came: they are neither floors, nor caps, nor replacements.
//! - Deny is a score of 100 and allow a score of 0, with the confidence of the
//!   operator's own claim.
//! - Of trusted infrastructure and a shared address the smaller factor applies alone, and
//!   so do its floor rule and its signal rule.
//! - "No floor from a single group" is about the categories the factor is on: abuse.
//! - Groups "agree" when both claim the same category.

use crate::feed::Category;
use crate::score::combine::ByCategory;
use crate::score::tally::{Held, Weighed};
use crate::score::{Evidence, Override, Overrides, PPM, Replacement, Signals, Via};

/// The confidence from which a floor holds.
const FLOOR_CONFIDENCE: u32 = 500_000;

/// One point of a score, in parts per million.
pub(super) const POINT: u32 = PPM / 100;

/// A verified bot scores no more.
const BOT_CAP: u32 = 10 * POINT;

/// A private relay scores no more.
const RELAY_CAP: u32 = 20 * POINT;

/// What is listed, by way.
#[derive(Clone, Copy, Default)]
pub(super) struct Listed {
    by_prefix: Signals,
    by_asn: Signals,
    any: Signals,
}

impl Listed {
    pub(super) fn of(items: &[Weighed]) -> Self {
        let mut listed = Self::default();
        for Weighed { evidence, .. } in items {
            listed.any.insert(evidence.category);
            match evidence.via {
                Via::Prefix => listed.by_prefix.insert(evidence.category),
                Via::Asn => listed.by_asn.insert(evidence.category),
                Via::Country => {}
            }
        }
        listed
    }

    /// The replacements that have a vpn claim to act on.
    pub(super) fn replacements(&self) -> Overrides {
        let mut overrides = Overrides::NONE;
        if self.by_prefix.contains(Category::Relay) && self.any.contains(Category::Vpn) {
            overrides.insert(Override::RelayReplacesVpn);
        }
        if self.by_prefix.contains(Category::TorExit) && self.by_asn.contains(Category::Vpn) {
            overrides.insert(Override::TorReplacesVpn);
        }
        overrides
    }

    /// The factor that applies, if it has a claim to act on.
    pub(super) fn factor(&self) -> Option<Override> {
        let shared = self.any.contains(Category::Cgnat) || self.any.contains(Category::Mobile);
        let rule = if self.any.contains(Category::Trusted) {
            Override::TrustedInfrastructure
        } else if shared {
            Override::SharedAddress
        } else {
            return None;
        };
        self.any.iter().any(|category| is_damped(rule, category)).then_some(rule)
    }

    /// The first ruling whose condition holds.
    pub(super) fn ruling(&self) -> Option<Override> {
        let drop = self.by_prefix.union(self.by_asn).contains(Category::Drop);
        let rulings = [
            (Override::OperatorDeny, self.any.contains(Category::Deny)),
            (Override::OperatorAllow, self.any.contains(Category::Allow)),
            (Override::DropOrC2, drop || self.by_prefix.contains(Category::C2)),
            (Override::VerifiedBot, self.by_prefix.contains(Category::Bot)),
            (Override::PrivateRelay, self.by_prefix.contains(Category::Relay)),
        ];
        rulings.into_iter().find(|&(_, holds)| holds).map(|(rule, _)| rule)
    }
}

/// What became of a category's floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Floor {
    /// The category has none, or nothing claims it.
    #[default]
    None,
    /// Not held with enough confidence.
    Unsure,
    /// Not held with enough confidence by the claims that count for floors.
    NotByPrefix,
    /// A rule turned it off.
    Withheld(Override),
    /// It holds; the score is at least this.
    Holds,
}

/// Whether a factor acts on a category.
fn is_damped(factor: Override, category: Category) -> bool {
    category.is_abuse()
        || (factor == Override::TrustedInfrastructure && category == Category::Hosting)
}

/// Returns the weights after a factor: per mille times 1000 leaves every factor exact.
pub(super) fn damp(weights: &ByCategory, factor: Option<Override>) -> ByCategory {
    let mut damped = *weights;
    let Some(factor) = factor else { return damped };
    let divisor = if factor == Override::TrustedInfrastructure { 10 } else { 2 };
    for (&category, weight) in Category::ALL.iter().zip(&mut damped) {
        if is_damped(factor, category) {
            *weight /= divisor;
        }
    }
    damped
}

/// Returns what takes the place of a piece of evidence; a relay before Tor, for it takes
/// every vpn claim.
pub(super) fn replacement(overrides: Overrides, evidence: Evidence) -> Option<Replacement> {
    if evidence.category != Category::Vpn {
        return None;
    }
    if overrides.contains(Override::RelayReplacesVpn) {
        return Some(Replacement::PrivateRelay);
    }
    let by_tor = evidence.via == Via::Asn && overrides.contains(Override::TorReplacesVpn);
    by_tor.then_some(Replacement::Tor)
}

/// One ASN list must not raise a floor over a whole access network; a list of hijacked
/// ASes says just that of the network.
pub(super) fn counts_for_floor(evidence: Evidence) -> bool {
    match evidence.via {
        Via::Prefix => true,
        Via::Asn => evidence.category == Category::Drop,
        Via::Country => false,
    }
}

/// Whether the ruling is the operator's, made by claims of this category.
pub(super) fn is_operator_word(ruling: Option<Override>, category: Category) -> bool {
    match ruling {
        Some(Override::OperatorDeny) => category == Category::Deny,
        Some(Override::OperatorAllow) => category == Category::Allow,
        _ => false,
    }
}

/// Decides what becomes of a floor; `counting` is held by the claims that count for it.
pub(super) fn floor(
    category: Category,
    resolved: Held,
    counting: Held,
    factor: Option<Override>,
    ruling: Option<Override>,
) -> Floor {
    if resolved.confidence < FLOOR_CONFIDENCE && counting.confidence < FLOOR_CONFIDENCE {
        return Floor::Unsure;
    }
    if counting.confidence < FLOOR_CONFIDENCE {
        return Floor::NotByPrefix;
    }
    match (factor, ruling) {
        (Some(rule @ Override::TrustedInfrastructure), _) if is_damped(rule, category) => {
            Floor::Withheld(rule)
        }
        (Some(rule @ Override::SharedAddress), _)
            if is_damped(rule, category) && counting.n_groups < 2 =>
        {
            Floor::Withheld(rule)
        }
        (_, Some(rule @ Override::VerifiedBot)) if category == Category::Hosting => {
            Floor::Withheld(rule)
        }
        _ => Floor::Holds,
    }
}

/// Applies the ruling to the score after floors.
pub(super) fn rule(ruling: Option<Override>, floored: u32) -> u32 {
    match ruling {
        Some(Override::OperatorDeny) => PPM,
        Some(Override::OperatorAllow) => 0,
        Some(Override::VerifiedBot) => floored.min(BOT_CAP),
        Some(Override::PrivateRelay) => floored.min(RELAY_CAP),
        _ => floored,
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;
    use crate::score::rule::Listed;
    use crate::score::tally::Weighed;
    use crate::score::{Evidence, Override, Via};

    #[track_caller]
    fn check(claims: &[(Category, Via)], ruling: Option<Override>, factor: Option<Override>) {
        let items: Vec<Weighed> = claims
            .iter()
            .map(|&(category, via)| {
                let evidence = Evidence { category, feed: 0, via, age_days: 0 };
                Weighed { evidence, ..Weighed::BLANK }
            })
            .collect();
        let listed = Listed::of(&items);
        assert_eq!(listed.ruling(), ruling);
        assert_eq!(listed.factor(), factor);
    }

    #[test]
    fn the_first_ruling_wins() {
        let mut claims = vec![
            (Category::Deny, Via::Asn),
            (Category::Allow, Via::Country),
            (Category::C2, Via::Prefix),
            (Category::Bot, Via::Prefix),
            (Category::Relay, Via::Prefix),
        ];
        for ruling in [
            Override::OperatorDeny,
            Override::OperatorAllow,
            Override::DropOrC2,
            Override::VerifiedBot,
            Override::PrivateRelay,
        ] {
            check(&claims, Some(ruling), None);
            claims.remove(0);
        }
        check(&claims, None, None);
    }

    #[test]
    fn caps_count_what_is_listed_itself() {
        check(&[(Category::Bot, Via::Asn)], None, None);
        check(&[(Category::Relay, Via::Asn)], None, None);
        check(&[(Category::C2, Via::Asn)], None, None);
        check(&[(Category::Drop, Via::Asn)], Some(Override::DropOrC2), None);
        check(&[(Category::Drop, Via::Country)], None, None);
    }

    #[test]
    fn a_factor_needs_something_to_act_on() {
        let trusted = (Category::Trusted, Via::Asn);
        let mobile = (Category::Mobile, Via::Asn);
        let hosting = (Category::Hosting, Via::Prefix);
        let spam = (Category::Spam, Via::Prefix);
        check(&[trusted, mobile], None, None);
        check(&[trusted, hosting], None, Some(Override::TrustedInfrastructure));
        check(&[mobile, hosting], None, None);
        check(&[mobile, spam], None, Some(Override::SharedAddress));
        check(&[mobile, trusted, spam], None, Some(Override::TrustedInfrastructure));
    }
}
