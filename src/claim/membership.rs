//! Membership feeds: the address is listed, and every label that lists it is kept.

use std::io;

use crate::algebra::{Overlaid, RangeSet, Sets, covered, overlay};
use crate::base::{Day, Growing, Memory, Prefix, Run, Runs, V4, V6};
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
    pub(super) v4: Runs<V4>,
    pub(super) v6: Runs<V6>,
    pub(super) counts: Counts,
}

/// Turns the entries of a feed into claims.
///
/// # Errors
/// If what does not fit in memory cannot be written.
pub(super) fn membership(
    context: Context<'_>,
    feed: u32,
    input: Input<'_>,
) -> io::Result<Membership> {
    let Input { feed: definition, as_of, parsed } = input;
    let mut membership = Membership::default();
    let labels: Vec<Option<Claim>> =
        parsed.labels.iter().map(|label| claim(context, definition, feed, as_of, label)).collect();
    let (mut v4, mut v6) = (parsed.v4, parsed.v6);
    let counts = &mut membership.counts;
    let crosses = [
        drop_reserved(&mut v4, V4::unspeakable(definition.reserved), counts),
        drop_reserved(&mut v6, V6::unspeakable(definition.reserved), counts),
    ];
    let mut numbers = Numbers::new(context, &labels);
    numbers.meet(&v4);
    numbers.meet(&v6);
    membership.claims = numbers.sorted();
    numbers.claims(&mut v4, counts);
    numbers.claims(&mut v6, counts);
    if crosses.contains(&true) {
        // After claims were made: they tell the length that was listed, not that of what is left.
        v4 = cut(v4, V4::unspeakable(definition.reserved), counts, context.memory)?;
        v6 = cut(v6, V6::unspeakable(definition.reserved), counts, context.memory)?;
    }
    membership.v4 = layer(v4, &mut membership, context.memory)?;
    membership.v6 = layer(v6, &mut membership, context.memory)?;
    membership.counts.claims = (membership.v4.len() + membership.v6.len()) as u64;
    membership.counts.coverage_v4 = covered(&membership.v4);
    membership.counts.coverage_v6 = covered(&membership.v6);
    Ok(membership)
}

/// Leaves of runs that touch the space what lies outside of it.
fn cut<F: Special>(
    mut runs: Runs<F>,
    space: &RangeSet<F>,
    counts: &mut Counts,
    memory: &Memory,
) -> io::Result<Runs<F>> {
    let pieces = clip(&mut runs, space, counts);
    let mut left = Growing::new(memory);
    left.extend(&runs);
    pieces.into_iter().for_each(|piece| left.push(piece.run));
    left.finish()
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
    /// By label: which lengths were met, and where its numbers begin.
    met: Vec<(Lengths, u32)>,
    claims: Vec<u32>,
}

/// Prefix lengths, a bit each: 0 to 128, and that of none.
#[derive(Clone, Copy, Default)]
struct Lengths([u64; 3]);

/// Of a range that is no prefix, and where no edition carries lengths.
const NO_LENGTH: u8 = 129;

impl Lengths {
    fn insert(&mut self, len: u8) {
        self.0[len as usize / 64] |= 1 << (len % 64);
    }

    /// How many are shorter.
    fn rank(self, len: u8) -> u32 {
        let whole: u32 = self.0[..len as usize / 64].iter().map(|bits| bits.count_ones()).sum();
        let below = (1 << (len % 64)) - 1;
        whole + (self.0[len as usize / 64] & below).count_ones()
    }

    fn iter(self) -> impl Iterator<Item = u8> {
        (0..=NO_LENGTH).filter(move |len| self.0[*len as usize / 64] >> (len % 64) & 1 == 1)
    }
}

impl<'a> Numbers<'a> {
    fn new(context: Context<'a>, labels: &'a [Option<Claim>]) -> Self {
        let met = vec![(Lengths::default(), 0); labels.len()];
        Self { context, labels, met, claims: Vec::new() }
    }

    fn length<F: Special>(&self, run: &Run<F>) -> u8 {
        if self.context.prefix_lengths {
            run.range().to_prefix().map_or(NO_LENGTH, Prefix::len)
        } else {
            NO_LENGTH
        }
    }

    fn meet<F: Special>(&mut self, runs: &[Run<F>]) {
        for run in runs {
            let len = self.length(run);
            self.met[run.value as usize].0.insert(len);
        }
    }

    /// Gives every label and length its number; returns the claims by number.
    fn sorted(&mut self) -> Vec<Claim> {
        let mut claims: Vec<(Claim, u32)> = Vec::new();
        let mut n_met = 0;
        for (claim, (lengths, base)) in self.labels.iter().zip(&mut self.met) {
            *base = n_met;
            for len in lengths.iter() {
                let prefix_len = (len != NO_LENGTH).then_some(len);
                claims.extend(claim.clone().map(|claim| (Claim { prefix_len, ..claim }, n_met)));
                n_met += 1;
            }
        }
        claims.sort_unstable();
        self.claims = vec![0; n_met as usize];
        let mut distinct: Vec<Claim> = Vec::new();
        for (claim, met) in claims {
            if distinct.last() != Some(&claim) {
                distinct.push(claim);
            }
            self.claims[met as usize] = distinct.len() as u32 - 1;
        }
        distinct
    }

    /// Replaces labels by claims; drops and counts what has expired.
    fn claims<F: Special>(&self, runs: &mut Runs<F>, counts: &mut Counts) {
        if let ([Some(_)], false) = (self.labels, self.context.prefix_lengths) {
            // One label, and it is claim 0: most feeds.
            return;
        }
        runs.retain_mut(|run| {
            let lives = self.labels[run.value as usize].is_some();
            if lives {
                let (lengths, base) = self.met[run.value as usize];
                run.value = self.claims[(base + lengths.rank(self.length(run))) as usize];
            } else {
                counts.expired += 1;
            }
            lives
        });
    }
}

/// Lays the runs over each other and adds their sets to the feed's.
fn layer<F: Special>(
    runs: Runs<F>,
    membership: &mut Membership,
    memory: &Memory,
) -> io::Result<Runs<F>> {
    let Overlaid { mut runs, sets, crowded } = overlay(runs, memory)?;
    membership.counts.crowded += crowded;
    let renumbered: Vec<u32> = sets
        .iter()
        .map(|set| match set {
            [_] => membership.sets.intern(set),
            _ => membership.sets.intern(&narrowest(set, &membership.claims)),
        })
        .collect();
    runs.map_joined(|set| Some(renumbered[set as usize]));
    Ok(runs)
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

#[cfg(test)]
mod tests {
    use crate::base::{Day, Memory};
    use crate::claim::Context;
    use crate::claim::membership::claim;
    use crate::feed::fixture::feed;
    use crate::feed::{Category, Format, Kind};
    use crate::parse::Label;

    #[track_caller]
    fn check(last_seen: &str, expected: (u16, &str)) {
        let day = |text: &str| text.parse::<Day>().expect("a date");
        let age = |_: Category, days: u32| u16::try_from(days).ok();
        let memory = &Memory::unbounded();
        let today = day("2026-08-22");
        let context = Context { today, age: &age, prefix_lengths: false, memory };
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
