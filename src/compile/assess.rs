//! Each distinct set of claims, assessed once.

use rayon::prelude::*;

use crate::algebra::{SetId, Sets};
use crate::claim::{AttributeValue, Claim, ClaimId, Claims, LayerValue};
use crate::edition::Subject;
use crate::feed::FeedId;
use crate::score::{Assessor, Evidence, Verdict, Via};

/// What the sets of the sweep mean, with a verdict on each.
#[derive(Debug)]
pub(super) struct Assessed<'a> {
    claims: &'a Claims,
    sets: &'a Sets,
    feeds: Vec<&'a FeedId>,
    verdicts: Vec<Verdict>,
}

impl<'a> Assessed<'a> {
    /// Assesses every set.
    pub(super) fn new(
        claims: &'a Claims,
        sets: &'a Sets,
        feeds: Vec<&'a FeedId>,
        assessor: &Assessor<'_>,
    ) -> Self {
        let mut assessed = Self { claims, sets, feeds, verdicts: Vec::new() };
        assessed.verdicts = (0..sets.len() as SetId)
            .into_par_iter()
            .map_init(Vec::new, |evidence, set| {
                evidence.clear();
                evidence.extend(
                    assessed
                        .ways(set)
                        .map(|(via, claim)| Subject::evidence(via, assessed.claim(claim))),
                );
                assessor.assess(evidence.as_slice() as &[Evidence])
            })
            .collect();
        assessed
    }

    /// Calls `use_subject` with every set in order.
    pub(super) fn for_each(&self, mut use_subject: impl FnMut(SetId, &Subject<'_>)) {
        let mut listed: Vec<(Via, &Claim)> = Vec::new();
        for (set, verdict) in (0..).zip(&self.verdicts) {
            listed.clear();
            listed.extend(self.ways(set).map(|(via, claim)| (via, self.claim(claim))));
            listed.sort_unstable_by(|(a_via, a), (b_via, b)| {
                // What is told first of a claim decides; the feed is an index in id order.
                let key = |via: &Via, claim: &Claim| (claim.category, claim.feed, *via);
                key(a_via, a).cmp(&key(b_via, b)).then_with(|| a.cmp(b))
            });
            let mut subject = Subject::new(&listed, verdict, &self.feeds);
            for attribute in self.attributes(set) {
                subject.add(attribute);
            }
            if let Some(asn) = subject.asn {
                subject.as_profile = self.claims.keyed.asns.get(&asn);
            }
            use_subject(set, &subject);
        }
    }

    fn claim(&self, id: ClaimId) -> &'a Claim {
        &self.claims.claims[id as usize]
    }

    fn values(&self, set: SetId) -> impl Iterator<Item = &'a LayerValue> {
        self.sets.get(set).iter().map(|value| &self.claims.values[*value as usize])
    }

    fn attributes(&self, set: SetId) -> impl Iterator<Item = &'a AttributeValue> {
        self.values(set).filter_map(|value| match value {
            LayerValue::Attribute(attribute) => Some(attribute),
            LayerValue::Claims(_) => None,
        })
    }

    /// Every claim of a set: listed itself, through its AS, through its country.
    fn ways(&self, set: SetId) -> impl Iterator<Item = (Via, ClaimId)> {
        let keyed = &self.claims.keyed;
        self.values(set).flat_map(move |value| {
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
}
