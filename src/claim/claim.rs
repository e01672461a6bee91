//! A claim: what one feed asserts, without the range it asserts it about.

use crate::base::Day;
use crate::feed::Category;

/// Index into [`crate::claim::Claims::claims`].
pub type ClaimId = u32;

/// What a feed asserts about every range of one of its labels.
///
/// Ordered by what it says, so that numbering claims in order numbers them the
/// same whatever the order of the rows; what attributions do not tell comes last, so
/// that claims of which they tell the same are neighbours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// What.
    pub category: Category,
    /// Who says so: index of the feed among the inputs.
    pub feed: u32,
    /// Provider of the service, name of the bot, or list of the sanction.
    pub provider: Option<Box<str>>,
    /// Service of the provider; class of the bot.
    pub service: Option<Box<str>>,
    /// Days since it was last seen, floored to a step of the policy.
    pub age_days: u16,
    /// Length of the prefix that was listed; absent for a range that is no prefix,
    /// and where no edition carries it.
    pub prefix_len: Option<u8>,
    /// Who operates it.
    pub operator: Option<Box<str>>,
    /// The Monday on or before the row's own last-seen day, where it has one and
    /// an edition can tell it.
    pub seen: Option<Day>,
}

impl Claim {
    /// Whether the two say the same, of prefixes of whatever length.
    pub fn is_same_but_length(&self, other: &Self) -> bool {
        let said = |claim: &Self| (claim.category, claim.feed, claim.age_days, claim.seen);
        said(self) == said(other)
            && self.provider == other.provider
            && self.service == other.service
            && self.operator == other.operator
    }
}
