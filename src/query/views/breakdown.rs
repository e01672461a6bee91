//! How a score came about, as `check` tells it: what each feed contributes, and the floors.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::feed::Category;
use crate::score::{Claim, Effect, Explanation, FloorOutcome, PPM, Standing};

/// How a score came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RiskBreakdown<'a> {
    /// One a feed that counts, the heaviest first.
    pub contributors: Vec<Contributor<'a>>,
    /// The contributors' risks, averaged by weight. A figure to compare with: the score is not made from it.
    #[serde(serialize_with = "hundredths")]
    #[schema(value_type = f64, example = 81.25)]
    pub weighted_avg: u32,
    /// Floors that hold: the score is at least the highest of them.
    pub floors: Vec<FloorHeld>,
    /// The score, 0 to 100.
    #[schema(maximum = 100, example = 90)]
    pub r#final: u8,
}

/// What one feed contributes. Where it says several things of an address, the one that weighs most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Contributor<'a> {
    /// The feed.
    #[schema(example = "tor-exit-addresses")]
    pub source: &'a str,
    /// How sure the feed makes it: reliability, age and way, 0 to 100.
    #[serde(serialize_with = "hundredths")]
    #[schema(value_type = f64, example = 98.0)]
    pub risk: u32,
    /// What that weighs in the score: the weight of its category, after damping, 0 to 1.
    #[serde(serialize_with = "millionths")]
    #[schema(value_type = f64, example = 0.72)]
    pub weight: u32,
}

/// A floor that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FloorHeld {
    /// The signal, as in `signals`.
    #[schema(example = "tor")]
    pub key: &'static str,
    /// The score it asks for, 0 to 100.
    #[schema(maximum = 100, example = 90)]
    pub floor: u16,
}

/// What one feed says of an address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceOpinion<'a> {
    /// The feed.
    #[schema(example = "tor-exit-addresses")]
    pub source: &'a str,
    /// As in the breakdown; 0 where what it says is not scored, too old, or replaced.
    #[serde(serialize_with = "hundredths")]
    #[schema(value_type = f64, example = 98.0)]
    pub risk: u32,
    /// What it says, by signal; `false` where that does not count: replaced or too old.
    #[schema(example = json!({"tor": true}))]
    pub flags: BTreeMap<&'static str, bool>,
}

impl<'a> RiskBreakdown<'a> {
    /// Views how a score came about.
    pub(super) fn of(explanation: &'a Explanation<String>) -> Self {
        let contributors = contributors(explanation);
        let holds = |outcome| matches!(outcome, FloorOutcome::Applied | FloorOutcome::Exceeded);
        let floors = explanation.floors.iter().filter(|floor| holds(floor.outcome));
        Self {
            weighted_avg: weighted_average(&contributors),
            contributors,
            floors: floors
                .map(|floor| FloorHeld { key: floor.category.word(), floor: floor.floor })
                .collect(),
            r#final: explanation.score,
        }
    }
}

/// Whether a claim of the address stands, be it the strongest of its group or not.
pub(super) fn stands(claim: &Claim<String>) -> bool {
    matches!(claim.standing, Standing::Counted | Standing::Repeats(_))
}

fn contributors(explanation: &Explanation<String>) -> Vec<Contributor<'_>> {
    let mut by_feed: BTreeMap<&str, Contributor<'_>> = BTreeMap::new();
    for (effect, claim) in scored(explanation).filter(|(_, claim)| stands(claim)) {
        let (source, risk, weight) = (claim.feed.as_str(), claim.strength_ppm, effect.weight_ppm);
        let found = Contributor { source, risk, weight };
        by_feed
            .entry(source)
            .and_modify(|best| {
                if found.product() > best.product() {
                    *best = found.clone();
                }
            })
            .or_insert(found);
    }
    let mut contributors: Vec<_> = by_feed.into_values().collect();
    // Stable: of equals the feed that comes first.
    contributors.sort_by_key(|contributor| std::cmp::Reverse(contributor.product()));
    contributors
}

impl Contributor<'_> {
    /// At most 10^12.
    fn product(&self) -> u64 {
        u64::from(self.risk) * u64::from(self.weight)
    }
}

/// `Σ w·risk / Σ w`, rounded half up; 0 of nothing.
fn weighted_average(contributors: &[Contributor<'_>]) -> u32 {
    // A feed adds at most 10^12, so millions of feeds fit.
    let dividend: u64 = contributors.iter().map(Contributor::product).sum();
    let divisor: u64 = contributors.iter().map(|contributor| u64::from(contributor.weight)).sum();
    (dividend + divisor / 2).checked_div(divisor).unwrap_or(0) as u32
}

/// What each feed says, by feed.
pub(super) fn opinions(explanation: &Explanation<String>) -> Vec<SourceOpinion<'_>> {
    let mut by_feed: BTreeMap<&str, SourceOpinion<'_>> = BTreeMap::new();
    let mut add = |source, risk: u32, category: Category, counts| {
        let opinion = SourceOpinion { source, risk: 0, flags: BTreeMap::new() };
        let opinion = by_feed.entry(source).or_insert(opinion);
        opinion.risk = opinion.risk.max(risk);
        *opinion.flags.entry(category.word()).or_insert(false) |= counts;
    };
    for (effect, claim) in scored(explanation) {
        let counts = stands(claim);
        let risk = if counts { claim.strength_ppm } else { 0 };
        add(claim.feed.as_str(), risk, effect.category, counts);
    }
    for claim in &explanation.plain {
        add(claim.feed.as_str(), 0, claim.category, true);
    }
    by_feed.into_values().collect()
}

/// Every claim that is scored, with what it is scored in.
pub(super) fn scored(
    explanation: &Explanation<String>,
) -> impl Iterator<Item = (&Effect<String>, &Claim<String>)> {
    let effects = explanation.effects.iter();
    effects.flat_map(|effect| effect.claims.iter().map(move |claim| (effect, claim)))
}

/// Parts per million as hundredths of a percent: `98.0`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
pub(super) fn hundredths<S: Serializer>(ppm: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from((ppm + 50) / 100) / 100.0)
}

/// Parts per million as a fraction: `0.72`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn millionths<S: Serializer>(ppm: &u32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from(*ppm) / f64::from(PPM))
}

/// Parts per million as a fraction, rounded to hundredths: `0.75`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
pub(super) fn hundredths_of_one<S: Serializer>(
    ppm: &u32,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(f64::from((ppm + 5000) / 10_000) / 100.0)
}
