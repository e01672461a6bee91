//! The slow model for tests: obviously right, group by group, in `f64`.

use std::collections::BTreeSet;

use crate::feed::Category;
use crate::score::sample::Sample;
use crate::score::{Combiner, Evidence, Policy, Via};

/// SCORING in floating point, as it is written. `None` where a threshold is so near
/// that rounding decides.
pub(super) struct Model {
    pub(super) base: f64,
    pub(super) score: Option<f64>,
}

/// Scores a sample slowly.
pub(super) fn model(policy: &Policy, sample: &Sample) -> Model {
    use Category::{
        Allow, Bot, C2, Cgnat, Deny, Drop, Hosting, Mobile, Relay, TorExit, Trusted, Vpn,
    };
    let decay = |evidence: &Evidence| {
        let half_life = policy.categories.get(evidence.category as usize)?.half_life_days?;
        Some((-f64::from(evidence.age_days) / f64::from(half_life)).exp2())
    };
    let alive: Vec<Evidence> = sample
        .evidence
        .iter()
        .copied()
        .filter(|evidence| decay(evidence).unwrap_or(1.0) >= 0.05)
        .collect();
    let listed = |category, ways: &[Via]| {
        alive.iter().any(|claim| claim.category == category && ways.contains(&claim.via))
    };
    let any = [Via::Prefix, Via::Asn, Via::Country];
    let (relay, tor) = (listed(Relay, &[Via::Prefix]), listed(TorExit, &[Via::Prefix]));
    let trusted = listed(Trusted, &any);
    let shared = listed(Cgnat, &any) || listed(Mobile, &any);
    let operator = listed(Deny, &any) || listed(Allow, &any);
    let no_cap = listed(Drop, &[Via::Prefix, Via::Asn]) || listed(C2, &[Via::Prefix]);
    let bot = listed(Bot, &[Via::Prefix]) && !no_cap && !operator;

    let groups: BTreeSet<u32> = sample.witnesses.iter().map(|witness| witness.group).collect();
    // C and the number of groups of a category, by the ways that count.
    let held = |category: Category, ways: &[Via]| {
        let mut doubt = 1.0;
        let mut n_groups = 0;
        for &group in &groups {
            let strongest = alive
                .iter()
                .filter(|claim| claim.category == category && ways.contains(&claim.via))
                .filter(|claim| sample.witnesses[claim.feed as usize].group == group)
                .filter(|claim| !(category == Vpn && (relay || tor && claim.via == Via::Asn)))
                .map(|claim| {
                    let reliability = sample.witnesses[claim.feed as usize].reliability;
                    let way = match claim.via {
                        Via::Prefix => 1.0,
                        Via::Asn => 0.6,
                        Via::Country => 0.3,
                    };
                    f64::from(reliability) / 1000.0 * decay(claim).unwrap_or(1.0) * way
                })
                .fold(0.0, f64::max);
            doubt *= 1.0 - strongest;
            n_groups += u32::from(strongest > 0.0);
        }
        ((1.0 - doubt).min(0.99), n_groups)
    };
    let mut left = 1.0;
    let mut sum = 0.0;
    let mut weights = 0.0;
    let mut highest: f64 = 0.0;
    let mut is_near = false;
    for &category in &Category::ALL[..Category::N_SCORED] {
        let numbers = policy.categories[category as usize];
        let damps_trusted = trusted && (category.is_abuse() || category == Hosting);
        let damps_shared = shared && !trusted && category.is_abuse();
        let factor = match (damps_trusted, damps_shared) {
            (true, _) => 0.1,
            (_, true) => 0.5,
            _ => 1.0,
        };
        let (confidence, _) = held(category, &any);
        let probability = f64::from(numbers.weight) / 1000.0 * factor * confidence;
        left *= 1.0 - probability;
        sum += probability;
        if confidence > 0.0 {
            weights += f64::from(numbers.weight) / 1000.0;
        }
        let ways: &[Via] = if category == Drop { &any[..2] } else { &any[..1] };
        let (confidence, n_groups) = held(category, ways);
        is_near |= (confidence - 0.5).abs() < 1e-5;
        let withheld = damps_trusted || damps_shared && n_groups < 2 || bot && category == Hosting;
        if confidence >= 0.5 && !withheld {
            highest = highest.max(f64::from(numbers.floor) / 100.0);
        }
    }
    let base = match policy.combiner {
        Combiner::NoisyOr => 1.0 - left,
        Combiner::Sum => sum.min(1.0),
        Combiner::WeightedAverage if weights > 0.0 => sum / weights,
        Combiner::WeightedAverage => 0.0,
    };
    let floored = base.max(highest);
    let score = if listed(Deny, &any) {
        1.0
    } else if listed(Allow, &any) {
        0.0
    } else if bot {
        floored.min(0.10)
    } else if relay && !no_cap {
        floored.min(0.20)
    } else {
        floored
    };
    let is_near = is_near || ((score * 100.0).fract() - 0.5).abs() < 0.002;
    Model { base, score: (!is_near).then_some(score) }
}
