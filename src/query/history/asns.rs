//! Which AS announced an address, over the nights: a slim copy of one field of every month.
//!
//! A month's `full` takes some 70 MB, of which two are held at a time; who announces what takes a few.
//! It hardly changes from month to month either, so each is told as what differs from one base.

use std::net::IpAddr;
use std::sync::Arc;

use crate::base::{Address, Digest, Family, Run, V4, V6, map_joined, push_joined};
use crate::delta::Follow;
use crate::mmdb::{Cursor, v4_within};
use crate::release::HistoryEntry;

/// No AS.
const NONE: u32 = 0;

/// Who announces what on one night; values are AS numbers.
#[derive(Debug, Default)]
pub(super) struct Base {
    v4: Layer<V4>,
    v6: Layer<V6>,
}

/// Runs without their ends: the space is covered, by [`NONE`] if nothing else.
#[derive(Debug)]
struct Layer<F: Family> {
    firsts: Vec<F::Addr>,
    asns: Vec<u32>,
}

/// Who announced what in a month, night by night.
#[derive(Debug)]
pub(super) struct AsnMonth {
    base: Arc<Base>,
    /// What differs from the night before; on the first, from the base.
    nights: Vec<Changed>,
    /// Digests of the files it was made of, a night each.
    pub(super) files: Vec<Digest>,
    /// While it is made.
    last: Option<Last>,
}

#[derive(Debug)]
struct Changed {
    v4: Vec<Run<V4>>,
    v6: Vec<Run<V6>>,
}

/// The last night so far.
#[derive(Debug, Default)]
struct Last {
    v4: Vec<Run<V4>>,
    v6: Vec<Run<V6>>,
    /// By number of record.
    asns: Vec<u32>,
}

impl<F: Family> Default for Layer<F> {
    fn default() -> Self {
        Self::of(&[])
    }
}

impl<F: Family> Layer<F> {
    fn of(runs: &[Run<F>]) -> Self {
        let mut layer = Self { firsts: Vec::new(), asns: Vec::new() };
        for segment in differing(&[], runs, Told::All) {
            layer.firsts.push(segment.first);
            layer.asns.push(segment.value);
        }
        layer.firsts.shrink_to_fit();
        layer.asns.shrink_to_fit();
        layer
    }

    fn find(&self, addr: F::Addr) -> u32 {
        // The first begins where the space does.
        self.asns[self.firsts.partition_point(|first| *first <= addr) - 1]
    }

    fn runs(&self) -> Vec<Run<F>> {
        let ends = self.firsts[1..].iter().map(|next| next.prev().expect("not the first"));
        let ends = ends.chain([F::Addr::MAX]);
        let runs = self.firsts.iter().zip(ends).zip(&self.asns);
        let runs = runs.map(|((&first, last), &value)| Run { first, last, value });
        runs.filter(|run| run.value != NONE).collect()
    }
}

impl AsnMonth {
    /// Begins with the first night; without a base that is the base.
    pub(super) fn begin(follow: &Follow, base: Option<&Arc<Base>>) -> Self {
        let last = Last::of(follow, Vec::new());
        let base = base.map(Arc::clone);
        let base = base
            .unwrap_or_else(|| Arc::new(Base { v4: Layer::of(&last.v4), v6: Layer::of(&last.v6) }));
        let changed = Changed {
            v4: differing(&base.v4.runs(), &last.v4, Told::Changes),
            v6: differing(&base.v6.runs(), &last.v6, Told::Changes),
        };
        Self { base, nights: vec![changed], files: Vec::new(), last: Some(last) }
    }

    /// Goes on to the last night of `follow`.
    pub(super) fn add(&mut self, follow: &Follow) {
        let mut before = self.last.take().unwrap_or_default();
        let next = Last::of(follow, std::mem::take(&mut before.asns));
        self.nights.push(Changed {
            v4: differing(&before.v4, &next.v4, Told::Changes),
            v6: differing(&before.v6, &next.v6, Told::Changes),
        });
        self.last = Some(next);
    }

    /// No more nights.
    pub(super) fn finish(mut self) -> Self {
        self.last = None;
        self
    }

    /// Whether both begin on the same night.
    pub(super) fn is_of(&self, chain: &[HistoryEntry]) -> bool {
        self.files.first() == chain.first().map(|entry| &entry.sha256)
    }

    /// What the others are told against.
    pub(super) fn base(&self) -> &Arc<Base> {
        &self.base
    }

    /// Who announced an address, night by night.
    pub(super) fn asns(&self, ip: IpAddr) -> Vec<Option<u32>> {
        let base = &self.base;
        let v4 = match ip {
            IpAddr::V4(ip) => Some(ip.to_bits()),
            IpAddr::V6(ip) => v4_within(ip.to_bits()).map(|(_, v4)| v4),
        };
        match (v4, ip) {
            (Some(addr), _) => self.each(addr, base.v4.find(addr), |night| &night.v4),
            (None, IpAddr::V6(ip)) => {
                self.each(ip.to_bits(), base.v6.find(ip.to_bits()), |night| &night.v6)
            }
            (None, IpAddr::V4(_)) => unreachable!("it is one"),
        }
    }

    fn each<F: Family>(
        &self,
        addr: F::Addr,
        mut asn: u32,
        runs: impl Fn(&Changed) -> &[Run<F>],
    ) -> Vec<Option<u32>> {
        let night = |night| {
            let runs = runs(night);
            let run = runs.get(runs.partition_point(|run| run.last < addr));
            if let Some(run) = run.filter(|run| run.first <= addr) {
                asn = run.value;
            }
            (asn != NONE).then_some(asn)
        };
        self.nights.iter().map(night).collect()
    }
}

impl Last {
    /// `asns` are those of the records that are known already.
    fn of(follow: &Follow, mut asns: Vec<u32>) -> Self {
        asns.extend(follow.newest_records().map(asn));
        let announced = |record: u32| Some(asns[record as usize]).filter(|asn| *asn != NONE);
        let (v4, v6) = rayon::join(
            || map_joined(follow.v4(), announced),
            || map_joined(follow.v6(), announced),
        );
        Self { v4, v6, asns }
    }
}

/// The origin AS that a record says; what cannot be read says none.
fn asn(mut record: Cursor<'_>) -> u32 {
    let mut asn = NONE;
    let read = record.map(|key, value| match key {
        b"network" => value.map(|key, value| {
            if key == b"asn" {
                asn = value.unsigned()?.and_then(|asn| asn.try_into().ok()).unwrap_or(NONE);
            }
            Ok(())
        }),
        _ => Ok(()),
    });
    read.map_or(NONE, |()| asn)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// What is as before too.
    All,
    /// What differs from before.
    Changes,
}

/// What the new runs say, where they differ from the old ones, or everywhere: joined, sorted.
fn differing<F: Family>(old: &[Run<F>], new: &[Run<F>], told: Told) -> Vec<Run<F>> {
    let mut out = Vec::new();
    let (mut n_old, mut n_new) = (0, 0);
    let mut next = Some(F::Addr::MIN);
    while let Some(first) = next {
        let ((was, was_last), (is, is_last)) =
            (says(old.get(n_old), first), says(new.get(n_new), first));
        let last = was_last.min(is_last);
        if was != is || told == Told::All {
            push_joined(&mut out, Run { first, last, value: is });
        }
        n_old += usize::from(old.get(n_old).is_some_and(|run| run.last == last));
        n_new += usize::from(new.get(n_new).is_some_and(|run| run.last == last));
        next = last.next();
    }
    out
}

/// What is said at an address, and up to where; `run` is the first that ends there or later.
fn says<F: Family>(run: Option<&Run<F>>, addr: F::Addr) -> (u32, F::Addr) {
    match run {
        None => (NONE, F::Addr::MAX),
        Some(run) if run.first <= addr => (run.value, run.last),
        Some(run) => (NONE, run.first.prev().expect("after the address")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::base::{Run, V4, push_joined};
    use crate::query::history::asns::{Layer, NONE, Told, differing};

    /// Runs over the first and last addresses of the family.
    fn runs(values: &[u8]) -> Vec<Run<V4>> {
        let mut runs = Vec::new();
        for (n, value) in (0_u32..).zip(values) {
            let addr = if n % 2 == 0 { n / 2 } else { u32::MAX - (values.len() as u32 - n) };
            if u32::from(*value) != NONE {
                runs.push(Run { first: addr, last: addr, value: u32::from(*value) });
            }
        }
        runs.sort_unstable_by_key(|run| run.first);
        let mut joined = Vec::new();
        runs.into_iter().for_each(|run| push_joined(&mut joined, run));
        joined
    }

    fn at(runs: &[Run<V4>], addr: u32) -> Option<u32> {
        runs.iter().find(|run| run.range().contains(addr)).map(|run| run.value)
    }

    proptest! {
        #[test]
        fn what_differs_and_what_was_make_what_is(
            old in prop::collection::vec(0_u8..3, 40),
            new in prop::collection::vec(0_u8..3, 40),
        ) {
            let (old, new) = (runs(&old), runs(&new));
            let (layer, changed) = (Layer::of(&old), differing(&old, &new, Told::Changes));
            prop_assert_eq!(layer.runs(), old.clone());
            for addr in (0..50).chain(u32::MAX - 50..=u32::MAX) {
                let is = at(&changed, addr).unwrap_or_else(|| layer.find(addr));
                prop_assert_eq!(is, at(&new, addr).unwrap_or(NONE));
                // What is as before is not told.
                let was = at(&old, addr).unwrap_or(NONE);
                prop_assert!(at(&changed, addr) != Some(was));
            }
        }
    }
}
