//! Everything that feeds assert, as layers for the sweep and tables for the join.

use rayon::prelude::*;

use crate::base::{Run, V4, V6};
use crate::claim::assignment::{AttributeLayer, Entries, assignment};
use crate::claim::clip::{Piece, clip};
use crate::claim::membership::{Membership, coverage, membership};
use crate::claim::{
    Attribute, AttributeValue, Claim, ClaimId, Context, Counts, Input, Keyed, Special,
};
use crate::feed::Kind;
use crate::parse::Parsed;

/// What a value of a layer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerValue {
    /// A set of claims of one membership feed.
    Claims(Box<[ClaimId]>),
    /// A value of an attribute.
    Attribute(AttributeValue),
}

/// Everything the feeds assert.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    /// Every distinct claim, ascending by feed.
    pub claims: Vec<Claim>,
    /// What the values of the layers mean; each layer's follow those of the one before.
    pub values: Vec<LayerValue>,
    /// IPv4 layers: sorted, disjoint runs.
    pub v4: Vec<Vec<Run<V4>>>,
    /// IPv6 layers.
    pub v6: Vec<Vec<Run<V6>>>,
    /// What is joined through the AS or the country.
    pub keyed: Keyed,
    /// By input: what became of its entries.
    pub counts: Vec<Counts>,
}

/// Turns entries into layers and tables. Attributes come first, then membership
/// feeds in the order of the inputs.
pub fn claims(context: Context<'_>, mut inputs: Vec<Input<'_>>) -> Claims {
    let mut claims = Claims { counts: vec![Counts::default(); inputs.len()], ..Claims::default() };
    claims.keyed = super::keyed::keyed(context, &inputs, &mut claims.claims, &mut claims.counts);

    let counts = claims.counts.par_iter_mut();
    let pieces: Vec<Pieces> =
        inputs.par_iter_mut().zip(counts).map(|(input, counts)| clipped(input, counts)).collect();
    for (v4, v6, outvoted) in attributes(&inputs, &pieces) {
        claims.add_attribute(v4, v6);
        for (counts, outvoted) in claims.counts.iter_mut().zip(outvoted) {
            counts.outvoted += outvoted;
        }
    }

    let memberships: Vec<(usize, Membership)> = inputs
        .into_par_iter()
        .enumerate()
        .filter(|(_, input)| input.feed.kind == Kind::Membership)
        .map(|(feed, input)| (feed, membership(context, feed as u32, input)))
        .collect();
    for (feed, membership) in memberships {
        claims.counts[feed] = membership.counts;
        claims.add_membership(membership);
    }
    claims
}

/// What was left of entries that reach into reserved space, by family.
type Pieces = (Vec<Piece<V4>>, Vec<Piece<V6>>);

/// Clips the entries of an assignment feed and counts them.
fn clipped(input: &mut Input<'_>, counts: &mut Counts) -> Pieces {
    let mut pieces = Pieces::default();
    if input.feed.kind == Kind::Assignment {
        let Parsed { v4, v6, .. } = &mut input.parsed;
        let reserved = input.feed.reserved;
        pieces.0 = clip(v4, V4::unspeakable(reserved), counts);
        pieces.1 = clip(v6, V6::unspeakable(reserved), counts);
        counts.claims = (v4.len() + v6.len()) as u64;
        counts.coverage_v4 = coverage(v4);
        counts.coverage_v6 = coverage(v6);
    }
    pieces
}

/// An attribute's layers, and how many entries of each feed were outvoted.
type Resolved = (AttributeLayer<V4>, AttributeLayer<V6>, Vec<u64>);

fn attributes(inputs: &[Input<'_>], pieces: &[Pieces]) -> Vec<Resolved> {
    let v4 = |feed: usize| Entries { runs: &inputs[feed].parsed.v4, pieces: &pieces[feed].0 };
    let v6 = |feed: usize| Entries { runs: &inputs[feed].parsed.v6, pieces: &pieces[feed].1 };
    Attribute::ALL
        .into_par_iter()
        .map(|attribute| {
            let (v4, v6) = rayon::join(
                || assignment(attribute, inputs, v4),
                || assignment(attribute, inputs, v6),
            );
            let outvoted = v4.outvoted.iter().zip(&v6.outvoted).map(|(v4, v6)| v4 + v6).collect();
            (v4, v6, outvoted)
        })
        .collect()
}

impl Claims {
    fn add_attribute(&mut self, v4: AttributeLayer<V4>, v6: AttributeLayer<V6>) {
        // Both families saw the same labels, so they number the same values.
        debug_assert_eq!(v4.values, v6.values);
        let base = self.values.len() as u32;
        self.values.extend(v4.values.into_iter().map(LayerValue::Attribute));
        self.v4.push(shifted(v4.runs, base));
        self.v6.push(shifted(v6.runs, base));
    }

    fn add_membership(&mut self, membership: Membership) {
        let first_claim = self.claims.len() as ClaimId;
        let base = self.values.len() as u32;
        self.claims.extend(membership.claims);
        self.values.extend(
            membership.sets.iter().map(|set| {
                LayerValue::Claims(set.iter().map(|claim| claim + first_claim).collect())
            }),
        );
        self.v4.push(shifted(membership.v4, base));
        self.v6.push(shifted(membership.v6, base));
    }
}

fn shifted<F: Special>(mut runs: Vec<Run<F>>, base: u32) -> Vec<Run<F>> {
    runs.iter_mut().for_each(|run| run.value += base);
    runs
}
