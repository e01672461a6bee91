//! Explaining a verdict: the same settlement as assessing, told in full.

use crate::feed::Category;
use crate::score::rule::{Floor, replacement};
use crate::score::settle::{Settled, settle};
use crate::score::tally::{Weighed, leads};
use crate::score::{
    Adjustment, Assessor, Claim, ConsideredFloor, Effect, Evidence, Explanation, FloorOutcome,
    Mover, Overrides, PlainClaim, Standing, Verdict, WithheldSignal,
};

impl Assessor<'_> {
    /// Tells how the verdict on a set of evidence comes about; it is the verdict of
    /// [`Assessor::assess`].
    ///
    /// # Panics
    ///
    /// As [`Assessor::assess`].
    pub fn explain(&self, evidence: &[Evidence]) -> Explanation {
        self.weighed(evidence, |items| {
            let settled = settle(self.policy(), items);
            let verdict = settled.verdict();
            Explanation {
                score: verdict.score,
                risk_level: verdict.risk_level(),
                recommendation: verdict.recommendation(),
                confidence: verdict.confidence,
                sources: verdict.sources,
                base_ppm: verdict.base_ppm,
                final_ppm: settled.ruled,
                effects: self.effects(&settled, items, evidence),
                floors: self.considered_floors(&settled),
                overrides: verdict.overrides,
                adjustments: adjustments(&settled),
                signals: verdict.signals,
                withheld_signals: withheld_signals(&verdict),
                plain: plain_claims(items),
            }
        })
    }

    fn effects(&self, settled: &Settled, items: &[Weighed], evidence: &[Evidence]) -> Vec<Effect> {
        let scored = &Category::ALL[..Category::N_SCORED];
        let effects = scored.iter().map(|&category| {
            let idx = category as usize;
            let mut claims = self.live_claims(settled, items, category);
            claims.extend(self.expired_claims(evidence, category));
            Effect {
                category,
                weight_ppm: settled.damped[idx],
                confidence_ppm: settled.confidences[idx],
                probability_ppm: settled.base.probabilities[idx],
                effect_ppm: settled.base.effects[idx],
                claims,
            }
        });
        effects.filter(|effect| !effect.claims.is_empty()).collect()
    }

    /// The claims of a category that have not expired, which share its effect in
    /// proportion to their strength; what rounding down leaves goes to the first.
    fn live_claims(&self, settled: &Settled, items: &[Weighed], category: Category) -> Vec<Claim> {
        let first = items.partition_point(|item| item.evidence.category < category);
        let end = items.partition_point(|item| item.evidence.category <= category);
        let items = &items[first..end];
        let standing_of = |item_idx| standing(settled.overrides, items, item_idx);
        let total: u64 = (0..items.len())
            .filter(|&item_idx| standing_of(item_idx) == Standing::Counted)
            .map(|item_idx| u64::from(items[item_idx].strength))
            .sum();
        let effect_ppm = settled.base.effects[category as usize];
        let mut left = effect_ppm;
        let mut claims: Vec<Claim> = Vec::with_capacity(items.len());
        for (item_idx, item) in items.iter().enumerate() {
            let standing = standing_of(item_idx);
            let share = if standing == Standing::Counted {
                // At most the effect: a strength is at most the total, which is not 0.
                (u64::from(effect_ppm) * u64::from(item.strength) / total) as u32
            } else {
                0
            };
            left -= share;
            claims.push(Claim {
                strength_ppm: item.strength,
                effect_ppm: share,
                ..self.claim(item.evidence, standing)
            });
        }
        if let Some(claim) = claims.iter_mut().find(|claim| claim.standing == Standing::Counted) {
            claim.effect_ppm += left;
        }
        claims
    }

    fn expired_claims(&self, evidence: &[Evidence], category: Category) -> Vec<Claim> {
        let mut expired: Vec<Evidence> = evidence
            .iter()
            .copied()
            .filter(|evidence| evidence.category == category)
            .filter(|evidence| self.decay().is_expired(category, evidence.age_days))
            .collect();
        expired.sort_unstable();
        expired.into_iter().map(|evidence| self.claim(evidence, Standing::Expired)).collect()
    }

    /// A claim that counts for nothing yet.
    fn claim(&self, evidence: Evidence, standing: Standing) -> Claim {
        let Evidence { category, feed, via, age_days } = evidence;
        Claim {
            feed,
            via,
            age_days,
            reliability: self.witness(evidence).reliability,
            decay_ppm: self.decay().factor(category, age_days),
            strength_ppm: 0,
            effect_ppm: 0,
            standing,
        }
    }

    fn considered_floors(&self, settled: &Settled) -> Vec<ConsideredFloor> {
        let mut considered = Vec::new();
        for (idx, &category) in Category::ALL[..Category::N_SCORED].iter().enumerate() {
            let floor = self.policy().categories[idx].floor;
            let raised = settled.highest == Some(category) && settled.floored > settled.base.total;
            let outcome = match settled.floors[idx] {
                Floor::None => continue,
                Floor::Unsure => FloorOutcome::Unsure,
                Floor::NotByPrefix => FloorOutcome::NotByPrefix,
                Floor::Withheld(rule) => FloorOutcome::WithheldBy(rule),
                Floor::Holds if raised => FloorOutcome::Applied,
                Floor::Holds => FloorOutcome::Exceeded,
            };
            let confidence_ppm = settled.floor_confidences[idx];
            considered.push(ConsideredFloor { category, floor, confidence_ppm, outcome });
        }
        considered
    }
}

/// Whether an item of its category's items counts.
fn standing(overrides: Overrides, items: &[Weighed], item_idx: usize) -> Standing {
    let item = &items[item_idx];
    if let Some(replacement) = replacement(overrides, item.evidence) {
        return Standing::SuppressedBy(replacement);
    }
    if item.strength == 0 {
        return Standing::Weightless;
    }
    let counts = |evidence| replacement(overrides, evidence).is_none();
    if leads(items, item_idx, counts) {
        return Standing::Counted;
    }
    let leader = items[..item_idx]
        .iter()
        .find(|other| other.group == item.group && counts(other.evidence))
        .expect("an item that does not lead comes after the leader of its group");
    Standing::Repeats(leader.evidence.feed)
}

/// What moved the score from S: at most a floor, then a ruling.
fn adjustments(settled: &Settled) -> Vec<Adjustment> {
    // Parts per million fit in an i32.
    let between = |from: u32, to: u32| to as i32 - from as i32;
    let floor = settled.highest.map(|category| Adjustment {
        by: Mover::Floor(category),
        effect_ppm: between(settled.base.total, settled.floored),
    });
    let ruling = settled.ruling.map(|rule| Adjustment {
        by: Mover::Override(rule),
        effect_ppm: between(settled.floored, settled.ruled),
    });
    [floor, ruling].into_iter().flatten().filter(|adjustment| adjustment.effect_ppm != 0).collect()
}

fn withheld_signals(verdict: &Verdict) -> Vec<WithheldSignal> {
    let categories = verdict.raw_signals.iter();
    let withheld = categories.filter_map(|category| {
        Some(WithheldSignal { category, by: verdict.withheld_by(category)? })
    });
    withheld.collect()
}

fn plain_claims(items: &[Weighed]) -> Vec<PlainClaim> {
    let plain = items.iter().map(|item| item.evidence).filter(|claim| !claim.category.is_scored());
    plain
        .map(|Evidence { category, feed, via, age_days }| PlainClaim {
            category,
            feed,
            via,
            age_days,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use crate::feed::Category;
    use crate::score::sample::{Sample, any_policy, any_sample};
    use crate::score::{Assessor, Evidence, Explanation, Policy, Via};

    /// Compares the part of the JSON at a pointer.
    #[track_caller]
    fn check(sample: &Sample, pointer: &str, expected: &Value) {
        let policy = Policy::default();
        let explanation = Assessor::new(&policy, &sample.witnesses).explain(&sample.evidence);
        let named = explanation.with_feeds(|feed| format!("feed-{feed}"));
        let json = serde_json::to_value(&named).expect("serializable");
        assert_eq!(json.pointer(pointer), Some(expected), "{json:#}");
    }

    #[test]
    fn effects_follow_category_order() {
        let sample = Sample::default()
            .claim(Category::Hosting, 750, 0)
            .claim(Category::Vpn, 750, 0)
            .claim(Category::Spam, 700, 180);
        let vpn = json!({
            "category": "vpn", "weight_ppm": 350_000, "confidence_ppm": 750_000,
            "probability_ppm": 262_500, "effect_ppm": 262_500,
            "claims": [{
                "feed": "feed-1", "via": "prefix", "age_days": 0, "reliability": 750,
                "decay_ppm": 1_000_000, "strength_ppm": 750_000, "effect_ppm": 262_500,
                "standing": "counted",
            }],
        });
        check(&sample, "/effects/0", &vpn);
        check(&sample, "/effects/1/effect_ppm", &json!(99_563));
        check(&sample, "/effects/2/claims/0/standing", &json!("expired"));
        check(&sample, "/base_ppm", &json!(362_063));
        check(
            &sample,
            "/floors",
            &json!([
                {"category": "vpn", "floor": 65, "confidence_ppm": 750_000, "outcome": "applied"},
                {"category": "hosting", "floor": 35, "confidence_ppm": 750_000, "outcome": "exceeded"},
            ]),
        );
        check(&sample, "/adjustments", &json!([{"floor": "vpn", "effect_ppm": 287_937}]));
        check(&sample, "/final_ppm", &json!(650_000));
        check(&sample, "/score", &json!(65));
        check(&sample, "/recommendation", &json!("challenge"));
    }

    #[test]
    fn groups_share_an_effect_and_the_remainder_goes_to_the_first() {
        let mut sample = Sample::default()
            .claim(Category::Proxy, 600, 0)
            .claim(Category::Proxy, 600, 0)
            .claim(Category::Proxy, 600, 0)
            .claim(Category::Proxy, 500, 0);
        sample.witnesses[3].group = sample.witnesses[1].group;
        // C = .936, p = .5616
        check(&sample, "/effects/0/effect_ppm", &json!(561_600));
        check(&sample, "/effects/0/claims/0/effect_ppm", &json!(187_200));
        check(&sample, "/effects/0/claims/3/standing", &json!({"repeats": "feed-1"}));
        let sample = sample.claim(Category::Proxy, 333, 0);
        check(&sample, "/effects/0/claims/0/effect_ppm", &json!(161_573));
        check(&sample, "/effects/0/claims/1/effect_ppm", &json!(161_571));
    }

    #[test]
    fn what_a_rule_withheld_is_told_with_the_rule() {
        let sample = Sample::default()
            .claim(Category::TorExit, 980, 0)
            .claim(Category::Vpn, 750, 0)
            .via(Via::Asn)
            .claim(Category::Attacker, 600, 0)
            .claim(Category::Hosting, 900, 0)
            .via(Via::Asn)
            .claim(Category::Trusted, 1000, 0);
        let overrides = json!(["tor_replaces_vpn", "trusted_infrastructure"]);
        check(&sample, "/overrides", &overrides);
        check(&sample, "/effects/1/claims/0/standing", &json!({"suppressed_by": "tor"}));
        check(&sample, "/floors/1/outcome", &json!("not_by_prefix"));
        let withheld = json!({"withheld_by": "trusted_infrastructure"});
        check(&sample, "/floors/2/outcome", &withheld);
        check(
            &sample,
            "/withheld_signals",
            &json!([
                {"category": "vpn", "by": "tor_replaces_vpn"},
                {"category": "attacker", "by": "trusted_infrastructure"},
            ]),
        );
        check(&sample, "/signals", &json!(["is_tor", "is_hosting", "is_trusted"]));
        check(&sample, "/plain/0/feed", &json!("feed-4"));
    }

    #[test]
    fn a_cap_is_an_effect_of_its_own() {
        let sample =
            Sample::default().claim(Category::Hosting, 950, 0).claim(Category::Bot, 1000, 0);
        check(&sample, "/floors/0/outcome", &json!({"withheld_by": "verified_bot"}));
        let adjustments = json!([{"override": "verified_bot", "effect_ppm": -71_000}]);
        check(&sample, "/adjustments", &adjustments);
    }

    fn all_claims(explanation: &Explanation) -> Vec<Evidence> {
        let scored = explanation.effects.iter().flat_map(|effect| {
            effect.claims.iter().map(|claim| Evidence {
                category: effect.category,
                feed: claim.feed,
                via: claim.via,
                age_days: claim.age_days,
            })
        });
        let plain = explanation.plain.iter().map(|claim| Evidence {
            category: claim.category,
            feed: claim.feed,
            via: claim.via,
            age_days: claim.age_days,
        });
        let mut claims: Vec<Evidence> = scored.chain(plain).collect();
        claims.sort();
        claims
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn an_explanation_is_of_the_verdict(policy in any_policy(), sample in any_sample()) {
            let assessor = Assessor::new(&policy, &sample.witnesses);
            let verdict = assessor.assess(&sample.evidence);
            let explanation = assessor.explain(&sample.evidence);
            prop_assert_eq!(explanation.score, verdict.score);
            prop_assert_eq!(explanation.base_ppm, verdict.base_ppm);
            prop_assert_eq!(explanation.confidence, verdict.confidence);
            prop_assert_eq!(explanation.sources, verdict.sources);
            prop_assert_eq!(explanation.signals, verdict.signals);
            prop_assert_eq!(explanation.overrides, verdict.overrides);
            prop_assert_eq!(explanation.risk_level, verdict.risk_level());
        }

        #[test]
        fn effects_add_up_exactly(policy in any_policy(), sample in any_sample()) {
            let explanation = Assessor::new(&policy, &sample.witnesses).explain(&sample.evidence);
            for effect in &explanation.effects {
                let shares: u32 = effect.claims.iter().map(|claim| claim.effect_ppm).sum();
                prop_assert_eq!(shares, effect.effect_ppm);
            }
            let base: u32 = explanation.effects.iter().map(|effect| effect.effect_ppm).sum();
            prop_assert_eq!(base, explanation.base_ppm);
            let moved: i32 = explanation.adjustments.iter().map(|moved| moved.effect_ppm).sum();
            prop_assert_eq!(base as i32 + moved, explanation.final_ppm as i32);
            prop_assert_eq!((explanation.final_ppm + 5000) / 10_000, u32::from(explanation.score));
        }

        #[test]
        fn every_claim_appears_once(sample in any_sample()) {
            let policy = Policy::default();
            let explanation = Assessor::new(&policy, &sample.witnesses).explain(&sample.evidence);
            let mut given = sample.evidence.clone();
            given.sort();
            prop_assert_eq!(all_claims(&explanation), given);
        }

        #[test]
        fn order_does_not_matter(sample in any_sample()) {
            let policy = Policy::default();
            let assessor = Assessor::new(&policy, &sample.witnesses);
            let mut reversed = sample.evidence.clone();
            reversed.reverse();
            prop_assert_eq!(assessor.explain(&reversed), assessor.explain(&sample.evidence));
        }
    }
}
