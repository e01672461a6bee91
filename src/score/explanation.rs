//! How a verdict came about: effects that add up to S, then what floors and rulings moved.
//!
//! ```text
//! effects        Σ effect_ppm                  = base_ppm, exactly
//! adjustments    base_ppm + Σ effect_ppm       = final_ppm; rounded, the score
//! ```
//! Every piece of evidence appears once: among the claims of its category, counted or
//! with what kept it from counting, or among the plain claims.

use serde::{Serialize, Serializer};

use crate::feed::Category;
use crate::score::{Override, Overrides, Recommendation, Replacement, RiskLevel, Signals, Via};

/// How a verdict came about. `F` names a feed: its index, or what
/// [`Explanation::with_feeds`] put in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation<F = u32> {
    /// The score, 0 to 100.
    pub score: u8,
    /// How risky it is.
    pub risk_level: RiskLevel,
    /// What to do about it.
    pub recommendation: Recommendation,
    /// How sure it is, 0 to 100.
    pub confidence: u8,
    /// How many independent groups stand behind it.
    pub sources: u16,
    /// S, in parts per million.
    pub base_ppm: u32,
    /// The score before rounding, in parts per million.
    pub final_ppm: u32,
    /// What each scored category adds to S, in category order.
    pub effects: Vec<Effect<F>>,
    /// The floors that were considered, in category order.
    pub floors: Vec<ConsideredFloor>,
    /// The overrides that applied.
    pub overrides: Overrides,
    /// What floors and rulings add or take, in the order they are applied.
    pub adjustments: Vec<Adjustment>,
    /// The signals that are true.
    pub signals: Signals,
    /// The signals a rule keeps from being true.
    pub withheld_signals: Vec<WithheldSignal>,
    /// Claims that are not scored, in category order.
    pub plain: Vec<PlainClaim<F>>,
}

/// What one category adds to S.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect<F = u32> {
    /// The category.
    #[serde(serialize_with = "name")]
    pub category: Category,
    /// Its weight after factors, in parts per million.
    pub weight_ppm: u32,
    /// C, in parts per million.
    pub confidence_ppm: u32,
    /// `p = w · C`, in parts per million.
    pub probability_ppm: u32,
    /// What it adds, in parts per million: the sum over its claims.
    pub effect_ppm: u32,
    /// Its claims, the strongest first; those that have expired last.
    pub claims: Vec<Claim<F>>,
}

/// A claim, and what it counted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claim<F = u32> {
    /// Whose it is.
    pub feed: F,
    /// The way it came.
    pub via: Via,
    /// Its age, floored to a step.
    pub age_days: u16,
    /// `r`, per mille.
    pub reliability: u16,
    /// `d`, in parts per million; 0 once it has expired.
    pub decay_ppm: u32,
    /// `r · d · s`, in parts per million.
    pub strength_ppm: u32,
    /// Its share of the category's effect, in parts per million.
    pub effect_ppm: u32,
    /// Whether it counted.
    pub standing: Standing<F>,
}

/// Whether a claim counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing<F = u32> {
    /// It is the strongest of its group.
    Counted,
    /// That feed, of the same group, says it at least as strongly.
    Repeats(F),
    /// Something took its place.
    SuppressedBy(Replacement),
    /// It is too old.
    Expired,
    /// Its feed or its way counts for nothing.
    Weightless,
}

/// A floor that was considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ConsideredFloor {
    /// The category it belongs to.
    #[serde(serialize_with = "name")]
    pub category: Category,
    /// The score it asks for.
    pub floor: u16,
    /// C of the claims that count for a floor, in parts per million.
    pub confidence_ppm: u32,
    /// What became of it.
    pub outcome: FloorOutcome,
}

/// What became of a floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FloorOutcome {
    /// The score was raised to it.
    Applied,
    /// It holds, but S or another floor is no lower.
    Exceeded,
    /// Its category is not held with enough confidence.
    Unsure,
    /// It would be held, did claims through the ASN or the country count.
    NotByPrefix,
    /// A rule turned it off.
    WithheldBy(Override),
}

/// What a floor or a ruling moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Adjustment {
    /// What moved it.
    #[serde(flatten)]
    pub by: Mover,
    /// By how much, in parts per million.
    pub effect_ppm: i32,
}

/// What moves a score beyond S.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mover {
    /// The floor of a category.
    #[serde(serialize_with = "name")]
    Floor(Category),
    /// A ruling.
    Override(Override),
}

/// A signal that evidence alone would make true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WithheldSignal {
    /// Its category.
    #[serde(serialize_with = "name")]
    pub category: Category,
    /// The rule.
    pub by: Override,
}

/// A claim that is not scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlainClaim<F = u32> {
    /// What it says.
    #[serde(serialize_with = "name")]
    pub category: Category,
    /// Whose it is.
    pub feed: F,
    /// The way it came.
    pub via: Via,
    /// Its age, floored to a step.
    pub age_days: u16,
}

impl<F> Explanation<F> {
    /// Names feeds otherwise, such as by what they are called.
    pub fn with_feeds<G>(self, name_of: impl Fn(F) -> G) -> Explanation<G> {
        let claim = |claim: Claim<F>| Claim {
            feed: name_of(claim.feed),
            via: claim.via,
            age_days: claim.age_days,
            reliability: claim.reliability,
            decay_ppm: claim.decay_ppm,
            strength_ppm: claim.strength_ppm,
            effect_ppm: claim.effect_ppm,
            standing: match claim.standing {
                Standing::Counted => Standing::Counted,
                Standing::Repeats(feed) => Standing::Repeats(name_of(feed)),
                Standing::SuppressedBy(replacement) => Standing::SuppressedBy(replacement),
                Standing::Expired => Standing::Expired,
                Standing::Weightless => Standing::Weightless,
            },
        };
        let effect = |effect: Effect<F>| Effect {
            category: effect.category,
            weight_ppm: effect.weight_ppm,
            confidence_ppm: effect.confidence_ppm,
            probability_ppm: effect.probability_ppm,
            effect_ppm: effect.effect_ppm,
            claims: effect.claims.into_iter().map(claim).collect(),
        };
        let plain = |claim: PlainClaim<F>| PlainClaim {
            category: claim.category,
            feed: name_of(claim.feed),
            via: claim.via,
            age_days: claim.age_days,
        };
        Explanation {
            score: self.score,
            risk_level: self.risk_level,
            recommendation: self.recommendation,
            confidence: self.confidence,
            sources: self.sources,
            base_ppm: self.base_ppm,
            final_ppm: self.final_ppm,
            effects: self.effects.into_iter().map(effect).collect(),
            floors: self.floors,
            overrides: self.overrides,
            adjustments: self.adjustments,
            signals: self.signals,
            withheld_signals: self.withheld_signals,
            plain: self.plain.into_iter().map(plain).collect(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn name<S: Serializer>(category: &Category, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(category.name())
}
