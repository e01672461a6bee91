//! Two sets of rows laid over each other: what changed, and how the old become the new.

use crate::base::{Address, Family, Run, V4, V6, push_joined};
use crate::mmdb::Rows;

/// Instead of a record: nothing.
pub(super) const NOTHING: u32 = u32::MAX;

/// What changed; records are ids of a pool, or [`NOTHING`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changes {
    /// Records that became others wherever they stood, in the order of the old file.
    pub(super) records: Vec<(u32, u32)>,
    /// Ranges of IPv4 whose record is another than that gives, sorted and disjoint.
    pub(super) v4: Vec<Run<V4>>,
    /// The same of IPv6.
    pub(super) v6: Vec<Run<V6>>,
}

impl Changes {
    /// What leads from one to the other; their values are ids below `n_values`.
    pub(super) fn between(old: &Rows, new: &Rows, n_values: usize) -> Self {
        let mut moves = Vec::new();
        let mut n_stay = vec![0_u32; n_values];
        overlay(&old.v4, &new.v4, |part| count(&part, &mut n_stay, &mut moves));
        overlay(&old.v6, &new.v6, |part| count(&part, &mut n_stay, &mut moves));
        moves.sort_unstable();
        let mut to = identity(n_values);
        let mut most = vec![0_usize; n_values];
        for same in moves.chunk_by(|a, b| a == b) {
            let (from, into) = same[0];
            // Where the record stays, that has to be said from then on; a row more than it
            // saves is said in vain. Of equal ones the first in the pool, so the same each time.
            if same.len() > most[from as usize].max(n_stay[from as usize] as usize + 1) {
                most[from as usize] = same.len();
                to[from as usize] = into;
            }
        }
        let records = old.records.iter().map(|id| (id.0, to[id.0 as usize]));
        let records = records.filter(|(from, into)| from != into).collect();
        let (v4, v6) = rayon::join(|| rows(&old.v4, &new.v4, &to), || rows(&old.v6, &new.v6, &to));
        Self { records, v4, v6 }
    }

    /// What each of `n_values` values becomes, by id.
    pub(super) fn becomes(&self, n_values: usize) -> Vec<u32> {
        let mut to = identity(n_values);
        for &(from, into) in &self.records {
            to[from as usize] = into;
        }
        to
    }
}

fn identity(n_values: usize) -> Vec<u32> {
    (0..n_values as u32).collect()
}

fn count<F: Family>(part: &Part<F>, n_stay: &mut [u32], moves: &mut Vec<(u32, u32)>) {
    match part.old {
        NOTHING => {}
        old if old == part.new => n_stay[old as usize] += 1,
        old => moves.push((old, part.new)),
    }
}

/// A range on which both sides say one thing each.
struct Part<F: Family> {
    first: F::Addr,
    last: F::Addr,
    old: u32,
    new: u32,
    /// Which run of the new side this lies in, or which gap: equal for parts of one.
    place: usize,
}

/// Visits, in address order, the parts of the space of which either side says something.
fn overlay<F: Family>(old: &[Run<F>], new: &[Run<F>], mut visit: impl FnMut(Part<F>)) {
    let (mut n_old, mut n_new) = (0, 0);
    let mut first = F::Addr::MIN;
    loop {
        // What a side says at `first`, and up to where.
        let says = |run: Option<&Run<F>>| match run {
            None => (NOTHING, F::Addr::MAX),
            Some(run) if run.first <= first => (run.value, run.last),
            Some(run) => (NOTHING, run.first.prev().expect("after `first`")),
        };
        let (old_run, new_run) = (old.get(n_old), new.get(n_new));
        if old_run.is_none() && new_run.is_none() {
            return;
        }
        let ((old_value, old_last), (new_value, new_last)) = (says(old_run), says(new_run));
        let last = old_last.min(new_last);
        if old_value != NOTHING || new_value != NOTHING {
            let place = 2 * n_new + usize::from(new_value != NOTHING);
            visit(Part { first, last, old: old_value, new: new_value, place });
        }
        n_old += usize::from(old_run.is_some_and(|run| run.last == last));
        n_new += usize::from(new_run.is_some_and(|run| run.last == last));
        match last.next() {
            Some(next) => first = next,
            None => return,
        }
    }
}

/// Ranges whose new record is not what the old one becomes.
fn rows<F: Family>(old: &[Run<F>], new: &[Run<F>], to: &[u32]) -> Vec<Run<F>> {
    let mut rows: Vec<Run<F>> = Vec::new();
    let mut open = None;
    overlay(old, new, |part| {
        let given = if part.old == NOTHING { NOTHING } else { to[part.old as usize] };
        if given == part.new {
            return;
        }
        // One row for all that changed within one run: saying again what is right costs nothing.
        match rows.last_mut() {
            Some(row) if open == Some(part.place) => row.last = part.last,
            _ => rows.push(Run { first: part.first, last: part.last, value: part.new }),
        }
        open = Some(part.place);
    });
    rows
}

/// The old runs with their records become others, and rows laid over them.
pub(super) fn patched<F: Family>(old: &[Run<F>], to: &[u32], rows: &[Run<F>]) -> Vec<Run<F>> {
    let mut patched = Vec::with_capacity(old.len() + rows.len());
    let mut put = |first, last, value| {
        if value != NOTHING {
            push_joined(&mut patched, Run { first, last, value });
        }
    };
    let mut rest = old.iter().copied();
    let mut current = rest.next();
    for row in rows {
        while let Some(run) = current.filter(|run| run.first < row.first) {
            let end = row.first.prev().expect("after the run's first").min(run.last);
            put(run.first, end, to[run.value as usize]);
            current =
                if run.last > end { Some(Run { first: row.first, ..run }) } else { rest.next() };
        }
        put(row.first, row.last, row.value);
        while let Some(run) = current.filter(|run| run.first <= row.last) {
            current = match row.last.next() {
                Some(first) if run.last > row.last => Some(Run { first, ..run }),
                _ => rest.next(),
            };
        }
    }
    for run in current.into_iter().chain(rest) {
        put(run.first, run.last, to[run.value as usize]);
    }
    patched
}

/// The runs of the new side, and the gaps between them, that are not just where they were before
/// with what stood there become another: in address order.
pub(super) fn moved<F: Family>(old: &[Run<F>], to: &[u32], new: &[Run<F>]) -> Vec<Run<F>> {
    let given = |value: u32| to.get(value as usize).copied().unwrap_or(value);
    let mut before = segments(old).peekable();
    let is_moved = |now: &Run<F>| {
        while before.next_if(|old| old.last < now.last).is_some() {}
        before.peek().is_none_or(|old| {
            (old.first, old.last, given(old.value)) != (now.first, now.last, now.value)
        })
    };
    segments(new).filter(is_moved).collect()
}

/// Runs and, with the value [`NOTHING`], the gaps between them: the whole space.
fn segments<F: Family>(runs: &[Run<F>]) -> impl Iterator<Item = Run<F>> {
    let mut runs = runs.iter().peekable();
    let mut next = Some(F::Addr::MIN);
    std::iter::from_fn(move || {
        let first = next?;
        let segment = match runs.peek() {
            Some(run) if run.first == first => *runs.next().expect("it was peeked at"),
            Some(run) => {
                let last = run.first.prev().expect("after `first`");
                Run { first, last, value: NOTHING }
            }
            None => Run { first, last: F::Addr::MAX, value: NOTHING },
        };
        next = segment.last.next();
        Some(segment)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::base::{Run, V4, V6, push_joined};
    use crate::delta::changes::{Changes, patched};
    use crate::mmdb::{Metadata, Rows, ValueId};

    /// Runs over the first and last addresses of the family, one value or none an address.
    fn runs(values: &[Option<u8>]) -> Vec<Run<V4>> {
        let mut runs = Vec::new();
        let half = values.len() as u32 / 2;
        for (n, value) in (0..).zip(values) {
            let addr = if n < half { n } else { u32::MAX - (values.len() as u32 - 1 - n) };
            if let Some(value) = value {
                push_joined(&mut runs, Run { first: addr, last: addr, value: u32::from(*value) });
            }
        }
        runs
    }

    fn rows(v4: Vec<Run<V4>>) -> Rows {
        let metadata =
            Metadata { database_type: String::new(), description: String::new(), build_epoch: 1 };
        let v6: Vec<Run<V6>> = Vec::new();
        Rows { metadata, v4, v6, records: (0..4).map(ValueId).collect() }
    }

    proptest! {
        #[test]
        fn the_old_patched_are_the_new(
            old in prop::collection::vec(prop::option::of(0_u8..4), 40),
            new in prop::collection::vec(prop::option::of(0_u8..4), 40),
        ) {
            let (old, new) = (rows(runs(&old)), rows(runs(&new)));
            let changes = Changes::between(&old, &new, 4);
            let becomes = changes.becomes(4);
            prop_assert_eq!(patched(&old.v4, &becomes, &changes.v4), new.v4);
        }
    }

    #[test]
    fn a_record_that_changes_everywhere_is_said_once() {
        let old: Vec<Option<u8>> = (0..40).map(|n| (n % 2 == 0).then_some(n % 4 / 2)).collect();
        let new: Vec<Option<u8>> =
            old.iter().map(|value| value.map(|value| if value == 1 { 3 } else { 0 })).collect();
        let changes = Changes::between(&rows(runs(&old)), &rows(runs(&new)), 4);
        assert_eq!(changes.records, [(1, 3)]);
        assert_eq!(changes.v4, []);
    }

    #[test]
    fn what_changed_within_one_run_is_one_row() {
        let old = [Some(1), None, Some(2), Some(1), Some(1), None, Some(2), None];
        let changes = Changes::between(&rows(runs(&old)), &rows(runs(&[Some(1); 8])), 4);
        // Two runs, since the eight addresses lie at both ends of the space.
        assert_eq!(changes.v4.len(), 2);
    }
}
