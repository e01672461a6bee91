//! Each distinct set of claims, assessed once.

use rayon::prelude::*;

use crate::algebra::{SetId, Sets};
use crate::claim::{AttributeValue, Claim, ClaimId, Claims, LayerValue};
use crate::edition::{Listed, Subject};
use crate::feed::FeedId;
use crate::score::{Assessor, Evidence, Verdict, Via};

/// Sets that one thread assesses at a time.
const CHUNK: usize = 1 << 12;

/// What the sets of the sweep mean, with a verdict on each.
#[derive(Debug)]
pub(super) struct Assessed<'a> {
    claims: &'a Claims,
    sets: &'a Sets,
    feeds: Vec<&'a FeedId>,
    /// Claims of every set, one set after the other, each with the way it came.
    ways: Vec<(Via, ClaimId)>,
    /// By set: where its claims end in `ways`, and the verdict on them.
    verdicts: Vec<(usize, Verdict)>,
}

impl<'a> Assessed<'a> {
    /// Assesses every set.
    pub(super) fn new(
        claims: &'a Claims,
        sets: &'a Sets,
        feeds: Vec<&'a FeedId>,
        assessor: &Assessor<'_>,
    ) -> Self {
        let n_sets = sets.len();
        let chunks: Vec<Chunk> = (0..n_sets.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let ids = chunk * CHUNK..n_sets.min((chunk + 1) * CHUNK);
                Chunk::new(claims, ids.map(|set| ways(claims, sets, set as SetId)), assessor)
            })
            .collect();
        let mut assessed = Self { claims, sets, feeds, ways: Vec::new(), verdicts: Vec::new() };
        for chunk in chunks {
            let base = assessed.ways.len();
            let verdicts = chunk.verdicts.into_iter().map(|(end, verdict)| (base + end, verdict));
            assessed.verdicts.extend(verdicts);
            assessed.ways.extend(chunk.ways);
        }
        assessed
    }

    /// Calls `use_subject` with every set in order.
    pub(super) fn for_each(&self, mut use_subject: impl FnMut(&Subject<'_>)) {
        let mut listed: Vec<Listed<'_>> = Vec::new();
        let mut start = 0;
        for (set, (end, verdict)) in (0..).zip(&self.verdicts) {
            listed.clear();
            let ways = &self.ways[start..*end];
            let listing = |&(via, id): &(Via, ClaimId)| Listed {
                via,
                id,
                claim: &self.claims.claims[id as usize],
            };
            listed.extend(ways.iter().map(listing));
            start = *end;
            let mut subject = Subject::new(&listed, verdict, &self.feeds);
            for value in values(self.claims, self.sets, set) {
                if let LayerValue::Attribute(attribute) = value {
                    subject.add(attribute);
                }
            }
            if let Some(asn) = subject.asn {
                subject.as_profile = self.claims.keyed.asns.get(&asn);
            }
            use_subject(&subject);
        }
    }
}

/// Some sets, assessed.
#[derive(Default)]
struct Chunk {
    ways: Vec<(Via, ClaimId)>,
    verdicts: Vec<(usize, Verdict)>,
}

impl Chunk {
    fn new<W: Iterator<Item = (Via, ClaimId)>>(
        claims: &Claims,
        sets: impl Iterator<Item = W>,
        assessor: &Assessor<'_>,
    ) -> Self {
        let claim = |id: ClaimId| &claims.claims[id as usize];
        let mut chunk = Self::default();
        let mut evidence: Vec<Evidence> = Vec::new();
        for ways in sets {
            let start = chunk.ways.len();
            chunk.ways.extend(ways);
            let ways = &mut chunk.ways[start..];
            // As records tell them: by category, feed and way, then by what they say.
            ways.sort_unstable_by(|&(a_via, a), &(b_via, b)| {
                let key = |via: Via, claim: &Claim| (claim.category, claim.feed, via);
                let (a, b) = (claim(a), claim(b));
                key(a_via, a).cmp(&key(b_via, b)).then_with(|| a.cmp(b))
            });
            evidence.clear();
            evidence.extend(
                ways.iter().map(|&(via, id)| Listed { via, id, claim: claim(id) }.evidence()),
            );
            let verdict = assessor.assess(&evidence);
            chunk.verdicts.push((chunk.ways.len(), verdict));
        }
        chunk
    }
}

fn values<'a>(
    claims: &'a Claims,
    sets: &'a Sets,
    set: SetId,
) -> impl Iterator<Item = &'a LayerValue> {
    sets.get(set).iter().map(|value| &claims.values[*value as usize])
}

/// Every claim of a set: listed itself, through its AS, through its country.
fn ways<'a>(
    claims: &'a Claims,
    sets: &'a Sets,
    set: SetId,
) -> impl Iterator<Item = (Via, ClaimId)> + use<'a> {
    let keyed = &claims.keyed;
    values(claims, sets, set).flat_map(move |value| {
        let (via, claims): (Via, &[ClaimId]) = match value {
            LayerValue::Claims(claims) => (Via::Prefix, claims),
            LayerValue::Attribute(AttributeValue::Asn(asn)) => {
                (Via::Asn, keyed.asns.get(asn).map_or(&[], |profile| &profile.claims))
            }
            LayerValue::Attribute(AttributeValue::Country(country)) => {
                (Via::Country, keyed.countries.get(country).map_or(&[], Vec::as_slice))
            }
            LayerValue::Attribute(_) => (Via::Prefix, &[]),
        };
        claims.iter().map(move |claim| (via, *claim))
    })
}
