//! Everything that feeds assert, as layers for the sweep and tables for the join.

use std::io;

use rayon::prelude::*;

use crate::algebra::{Piece, RangeSet, covered, joined, order};
use crate::base::{Coverage, Run, Runs, V4, V6};
use crate::claim::assignment::{AttributeLayers, Pieces, assignment};
use crate::claim::clip::clip;
use crate::claim::membership::{Membership, membership};
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
    pub v4: Vec<Runs<V4>>,
    /// IPv6 layers.
    pub v6: Vec<Runs<V6>>,
    /// What is joined through the AS or the country.
    pub keyed: Keyed,
    /// By input: what became of its entries.
    pub counts: Vec<Counts>,
}

/// Turns entries into layers and tables. Attributes come first, then membership
/// feeds in the order of the inputs.
///
/// # Errors
/// If what does not fit in memory cannot be written.
pub fn claims(context: Context<'_>, mut inputs: Vec<Input<'_>>) -> io::Result<Claims> {
    let mut claims = Claims { counts: vec![Counts::default(); inputs.len()], ..Claims::default() };
    claims.keyed = super::keyed::keyed(context, &inputs, &mut claims.claims, &mut claims.counts);

    inputs.par_iter_mut().for_each(|Input { parsed, .. }| {
        order(&mut parsed.v4);
        order(&mut parsed.v6);
    });
    let counts = claims.counts.par_iter_mut();
    let pieces: Vec<Pieces> =
        inputs.par_iter_mut().zip(counts).map(|(input, counts)| clipped(input, counts)).collect();
    let attributes: io::Result<Vec<AttributeLayers>> = Attribute::ALL
        .into_par_iter()
        .map(|attribute| assignment(attribute, &inputs, &pieces, context.memory))
        .collect();
    drop(pieces);
    for layers in attributes? {
        claims.add_attribute(layers);
    }

    let memberships: io::Result<Vec<(usize, Membership)>> = inputs
        .into_par_iter()
        .enumerate()
        .filter(|(_, input)| input.feed.kind == Kind::Membership)
        .map(|(feed, input)| Ok((feed, membership(context, feed as u32, input)?)))
        .collect();
    for (feed, membership) in memberships? {
        claims.counts[feed] = membership.counts;
        claims.add_membership(membership);
    }
    Ok(claims)
}

/// Clips the entries of an assignment feed and counts them.
fn clipped(input: &mut Input<'_>, counts: &mut Counts) -> Pieces {
    if input.feed.kind != Kind::Assignment {
        return Pieces::default();
    }
    let Parsed { v4, v6, .. } = &mut input.parsed;
    let reserved = input.feed.reserved;
    let pieces =
        (clip(v4, V4::unspeakable(reserved), counts), clip(v6, V6::unspeakable(reserved), counts));
    counts.claims = (v4.len() + v6.len() + pieces.0.len() + pieces.1.len()) as u64;
    counts.coverage_v4 = coverage(v4, &pieces.0);
    counts.coverage_v6 = coverage(v6, &pieces.1);
    pieces
}

/// How many addresses are left of a feed's entries.
fn coverage<F: Special>(whole: &[Run<F>], pieces: &[Piece<F>]) -> Coverage {
    if pieces.is_empty() {
        return covered(whole);
    }
    let left = pieces.iter().map(|piece| piece.run.range());
    RangeSet::new(joined(whole).chain(left).collect()).coverage()
}

impl Claims {
    fn add_attribute(&mut self, layers: AttributeLayers) {
        let base = self.values.len() as u32;
        self.values.extend(layers.values.into_iter().map(LayerValue::Attribute));
        self.v4.push(shifted(layers.v4, base));
        self.v6.push(shifted(layers.v6, base));
        for (counts, outvoted) in self.counts.iter_mut().zip(layers.outvoted) {
            counts.outvoted += outvoted;
        }
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

fn shifted<F: Special>(mut runs: Runs<F>, base: u32) -> Runs<F> {
    runs.iter_mut().for_each(|run| run.value += base);
    runs
}
