//! Sorted evidence settled: confidences, base, floors and rulings; everything that a
//! verdict reports and an explanation tells, worked out once for both.

use crate::feed::Category;
use crate::score::combine::{Base, ByCategory, combine};
use crate::score::ppm::to_percent;
use crate::score::rule::{
    Floor, Listed, POINT, counts_for_floor, damp, floor, is_operator_word, replacement, rule,
};
use crate::score::tally::{Weighed, hold};
use crate::score::{Override, Overrides, PPM, Policy, Signals, Verdict};

/// Everything settled about one set of evidence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settled {
    /// What replaced claims, factors, and the ruling.
    pub(super) overrides: Overrides,
    /// The first of the rulings that applies.
    pub(super) ruling: Option<Override>,
    /// Weights after factors, in parts per million.
    pub(super) damped: ByCategory,
    /// C, after replacements.
    pub(super) confidences: ByCategory,
    /// C of the claims that count for floors.
    pub(super) floor_confidences: ByCategory,
    pub(super) base: Base,
    pub(super) floors: [Floor; Category::N_SCORED],
    /// The highest floor that holds, the first of equals; it may lie below the base.
    pub(super) highest: Option<Category>,
    /// The score after floors, then after the ruling, in parts per million.
    pub(super) floored: u32,
    pub(super) ruled: u32,
    signals: Signals,
    raw_signals: Signals,
    confidence: u32,
    sources: u16,
}

/// Settles evidence that has been weighed and sorted.
pub(super) fn settle(policy: &Policy, items: &[Weighed]) -> Settled {
    let listed = Listed::of(items);
    let mut overrides = listed.replacements();
    let factor = listed.factor();
    let ruling = listed.ruling();
    for rule in [factor, ruling].into_iter().flatten() {
        overrides.insert(rule);
    }

    let mut confidences = [0; Category::N_SCORED];
    let mut floor_confidences = [0; Category::N_SCORED];
    let mut floors = [Floor::None; Category::N_SCORED];
    let mut signals = Signals::NONE;
    let mut raw_signals = Signals::NONE;
    let mut operator = 0;
    let threshold = u32::from(policy.signal_threshold) * 1000;
    for of_category in items.chunk_by(|a, b| a.evidence.category == b.evidence.category) {
        let category = of_category[0].evidence.category;
        let idx = category as usize;
        if !category.is_scored() {
            signals.insert(category);
            raw_signals.insert(category);
            if is_operator_word(ruling, category) {
                operator = hold(of_category, |_| true).confidence;
            }
            continue;
        }
        let resolved = hold(of_category, |evidence| replacement(overrides, evidence).is_none());
        confidences[idx] = resolved.confidence;
        let raw = match category {
            Category::Vpn => hold(of_category, |_| true),
            _ => resolved,
        };
        if raw.confidence >= threshold {
            raw_signals.insert(category);
        }
        let is_withheld = factor == Some(Override::TrustedInfrastructure)
            && category.is_abuse()
            && resolved.n_groups < 2;
        if resolved.n_groups > 0 && resolved.confidence >= threshold && !is_withheld {
            signals.insert(category);
        }
        if policy.categories[idx].floor > 0 && resolved.confidence > 0 {
            let counting = hold(of_category, |evidence| {
                counts_for_floor(evidence) && replacement(overrides, evidence).is_none()
            });
            floor_confidences[idx] = counting.confidence;
            floors[idx] = floor(category, resolved, counting, factor, ruling);
        }
    }

    let weights = policy.categories.map(|category| u32::from(category.weight) * 1000);
    let damped = damp(&weights, factor);
    let base = combine(policy.combiner, &weights, &damped, &confidences);
    let floor_of = |category: &Category| policy.categories[*category as usize].floor;
    let highest = Category::ALL[..Category::N_SCORED]
        .iter()
        .copied()
        .filter(|&category| floors[category as usize] == Floor::Holds)
        // Of equals `max_by_key` keeps the last: reversed, the first.
        .rev()
        .max_by_key(floor_of);
    let highest_ppm = highest.map_or(0, |category| u32::from(floor_of(&category)) * POINT);
    let floored = base.total.max(highest_ppm.min(PPM));
    let ruled = rule(ruling, floored);
    let confidence = match ruling {
        Some(Override::OperatorDeny | Override::OperatorAllow) => operator,
        _ => confidences.iter().copied().max().unwrap_or(0),
    };
    let sources = n_sources(items, overrides);
    Settled {
        overrides,
        ruling,
        damped,
        confidences,
        floor_confidences,
        base,
        floors,
        highest,
        floored,
        ruled,
        signals,
        raw_signals,
        confidence,
        sources,
    }
}

impl Settled {
    /// The part that is kept.
    pub(super) fn verdict(&self) -> Verdict {
        Verdict {
            score: to_percent(self.ruled),
            base_ppm: self.base.total,
            confidence: to_percent(self.confidence),
            sources: self.sources,
            signals: self.signals,
            raw_signals: self.raw_signals,
            overrides: self.overrides,
            confidences_ppm: self.confidences,
        }
    }
}

/// Counts the groups behind scored claims that were not replaced.
fn n_sources(items: &[Weighed], overrides: Overrides) -> u16 {
    let counts = |item: &Weighed| {
        item.strength > 0
            && item.evidence.category.is_scored()
            && replacement(overrides, item.evidence).is_none()
    };
    let is_first = |item_idx: usize| {
        !items[..item_idx].iter().any(|item| item.group == items[item_idx].group && counts(item))
    };
    let n_groups = (0..items.len()).filter(|&idx| counts(&items[idx]) && is_first(idx)).count();
    n_groups.try_into().unwrap_or(u16::MAX)
}
