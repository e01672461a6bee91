//! Membership feeds: the address is listed, and every label that lists it is kept.

use hashbrown::HashMap;

use crate::algebra::{RangeSet, Sets, overlay};
use crate::base::{Coverage, Day, Prefix, Run, V4, V6, map_joined};
use crate::claim::clip::{clip, drop_reserved};
use crate::claim::{Claim, Context, Counts, Input, Special};
use crate::feed::Feed;
use crate::parse::Label;

/// What one membership feed asserts.
#[derive(Debug, Default)]
pub(super) struct Membership {
    /// Its distinct claims, ascending.
    pub(super) claims: Vec<Claim>,
    /// Distinct sets of them; those of IPv4 first.
    pub(super) sets: Sets,
    /// Disjoint; the value is a set.
    pub(super) v4: Vec<Run<V4>>,
    pub(super) v6: Vec<Run<V6>>,
    pub(super) counts: Counts,
}

/// Turns the entries of a feed into claims.
pub(super) fn membership(context: Context<'_>, feed: u32, input: Input<'_>) -> Membership {
    let Input { feed: definition, as_of, parsed } = input;
    let mut membership = Membership::default();
    let labels: Vec<Option<Claim>> =
        parsed.labels.iter().map(|label| claim(context, definition, feed, as_of, label)).collect();
    let (mut v4, mut v6) = (parsed.v4, parsed.v6);
    let mut crosses = false;
    let (no_v4, no_v6) =
        (V4::unspeakable(definition.reserved), V6::unspeakable(definition.reserved));
    crosses |= drop_reserved(&mut v4, no_v4, &mut membership.counts);
    crosses |= drop_reserved(&mut v6, no_v6, &mut membership.counts);
    let mut numbers = Numbers::new(context, &labels);
    numbers.meet(&v4);
    numbers.meet(&v6);
    membership.claims = numbers.sorted();
    v4 = numbers.claims(v4, &mut membership.counts);
    v6 = numbers.claims(v6, &mut membership.counts);
    if crosses {
        // After claims were made: they tell the length that was listed, not that of what is left.
        clip(&mut v4, no_v4, &mut membership.counts);
        clip(&mut v6, no_v6, &mut membership.counts);
    }
    membership.v4 = layer(v4, &mut membership);
    membership.v6 = layer(v6, &mut membership);
    membership.counts.claims = (membership.v4.len() + membership.v6.len()) as u64;
    membership.counts.coverage_v4 = coverage(&membership.v4);
    membership.counts.coverage_v6 = coverage(&membership.v6);
    membership
}

/// The claim a label makes, without a prefix length; `None` once it has expired.
pub(super) fn claim(
    context: Context<'_>,
    definition: &Feed,
    feed: u32,
    as_of: Day,
    label: &Label,
) -> Option<Claim> {
    let category = label.category.or(definition.category)?;
    let days = context.today.since(label.last_seen.unwrap_or(as_of));
    // A feed's clock may run ahead; no network was seen after the build.
    let seen = |day: Day| day.min(context.today).monday();
    Some(Claim {
        category,
        feed,
        provider: label.provider.clone().or_else(|| definition.provider.as_deref().map(Into::into)),
        service: label.service.clone(),
        operator: label.name.clone(),
        age_days: (context.age)(category, days)?,
        seen: label.last_seen.filter(|_| category.is_anonymizer()).map(seen),
        prefix_len: None,
    })
}

/// Numbers the distinct claims of a feed in their own order.
struct Numbers<'a> {
    context: Context<'a>,
    labels: &'a [Option<Claim>],
    /// By label and prefix length (255 = none carried).
    met: HashMap<(u32, u8), u32>,
}

const NO_LENGTH: u8 = u8::MAX;

impl<'a> Numbers<'a> {
    fn new(context: Context<'a>, labels: &'a [Option<Claim>]) -> Self {
        Self { context, labels, met: HashMap::new() }
    }

    fn key<F: Special>(&self, run: &Run<F>) -> (u32, u8) {
        let len = if self.context.prefix_lengths {
            run.range().to_prefix().map_or(NO_LENGTH, Prefix::len)
        } else {
            NO_LENGTH
        };
        (run.value, len)
    }

    fn meet<F: Special>(&mut self, runs: &[Run<F>]) {
        let mut last = None;
        for run in runs {
            let key = self.key(run);
            if last != Some(key) {
                self.met.entry(key).or_default();
                last = Some(key);
            }
        }
    }

    /// Gives every label and length its number; returns the claims by number.
    fn sorted(&mut self) -> Vec<Claim> {
        let mut claims: Vec<(Claim, (u32, u8))> = self
            .met
            .keys()
            .filter_map(|&key| {
                let claim = self.labels[key.0 as usize].clone()?;
                let prefix_len = (key.1 != NO_LENGTH).then_some(key.1);
                Some((Claim { prefix_len, ..claim }, key))
            })
            .collect();
        claims.sort_unstable();
        let mut distinct: Vec<Claim> = Vec::new();
        for (claim, key) in claims {
            if distinct.last() != Some(&claim) {
                distinct.push(claim);
            }
            self.met.insert(key, distinct.len() as u32 - 1);
        }
        distinct
    }

    /// Replaces labels by claims; drops and counts what has expired.
    fn claims<F: Special>(&self, mut runs: Vec<Run<F>>, counts: &mut Counts) -> Vec<Run<F>> {
        if let ([Some(_)], false) = (self.labels, self.context.prefix_lengths) {
            // One label, and it is claim 0: most feeds.
            return runs;
        }
        runs.retain_mut(|run| {
            let lives = self.labels[run.value as usize].is_some();
            if lives {
                run.value = self.met[&self.key(run)];
            } else {
                counts.expired += 1;
            }
            lives
        });
        runs
    }
}

/// Lays the runs over each other and adds their sets to the feed's.
fn layer<F: Special>(runs: Vec<Run<F>>, membership: &mut Membership) -> Vec<Run<F>> {
    let overlaid = overlay(runs);
    membership.counts.crowded += overlaid.crowded;
    let renumbered: Vec<u32> = overlaid
        .sets
        .iter()
        .map(|set| {
            let narrowest = narrowest(set, &membership.claims);
            membership.sets.intern(&narrowest)
        })
        .collect();
    map_joined(&overlaid.runs, |set| Some(renumbered[set as usize]))
}

/// Of claims that differ in prefix length alone keeps the longest. Sets are small.
fn narrowest(set: &[u32], claims: &[Claim]) -> Vec<u32> {
    let claim = |id: u32| &claims[id as usize];
    let is_widened = |id: u32| {
        let longer = |other: &u32| claim(*other).prefix_len > claim(id).prefix_len;
        set.iter().any(|other| longer(other) && claim(*other).is_same_but_length(claim(id)))
    };
    set.iter().copied().filter(|id| !is_widened(*id)).collect()
}

/// How many addresses runs hold that may overlap.
pub(super) fn coverage<F: Special>(runs: &[Run<F>]) -> Coverage {
    RangeSet::new(runs.iter().map(Run::range).collect()).coverage()
}

#[cfg(test)]
mod tests {
    use crate::base::Day;
    use crate::claim::Context;
    use crate::claim::membership::claim;
    use crate::feed::fixture::feed;
    use crate::feed::{Category, Format, Kind};
    use crate::parse::Label;

    #[track_caller]
    fn check(last_seen: &str, expected: (u16, &str)) {
        let day = |text: &str| text.parse::<Day>().expect("a date");
        let age = |_: Category, days: u32| u16::try_from(days).ok();
        let context = Context { today: day("2026-08-22"), age: &age, prefix_lengths: false };
        let mut feed = feed(Format::List, Kind::Membership);
        feed.category = Some(Category::Vpn);
        let label = Label { last_seen: last_seen.parse().ok(), ..Label::default() };
        let claim = claim(context, &feed, 0, context.today, &label).expect("it has not expired");
        let seen = claim.seen.map(|day| day.to_string());
        assert_eq!(
            (claim.age_days, seen.as_deref()),
            (expected.0, Some(expected.1)),
            "{last_seen}"
        );
    }

    #[test]
    fn nothing_was_seen_after_the_build() {
        check("2026-08-10", (12, "2026-08-10"));
        check("2026-08-22", (0, "2026-08-17"));
        check("2026-08-24", (0, "2026-08-17"));
        check("9999-12-31", (0, "2026-08-17"));
    }
}
