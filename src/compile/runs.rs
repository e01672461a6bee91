//! Segments to the runs of an edition.

use std::io;

use crate::base::{Address, Family, Growing, Memory, Run, Runs};

/// What an edition says of each set: by set, a value or nothing; and of what no feed speaks of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Records<'a> {
    pub(super) of_set: &'a [Option<u32>],
    pub(super) unlisted: Option<u32>,
}

/// Runs of an edition: neighbours that carry equal records are joined.
///
/// # Errors
/// If what does not fit in memory cannot be written.
pub(super) fn runs<F: Family>(
    segments: &[Run<F>],
    edition: Records<'_>,
    memory: &Memory,
) -> io::Result<Runs<F>> {
    let mut runs = Growing::with_room(segments.len(), memory);
    for segment in segments {
        if let Some(value) = edition.of_set[segment.value as usize] {
            fill(&mut runs, segment.first.prev(), edition.unlisted);
            runs.push_joined(Run { value, ..*segment });
        }
    }
    if runs.last().is_none_or(|run| run.last != F::Addr::MAX) {
        fill(&mut runs, Some(F::Addr::MAX), edition.unlisted);
    }
    runs.finish()
}

/// The same, made where the segments lie, which nobody else needs.
///
/// # Errors
/// As [`runs`].
pub(super) fn runs_in_place<F: Family>(
    mut segments: Runs<F>,
    edition: Records<'_>,
    memory: &Memory,
) -> io::Result<Runs<F>> {
    if edition.unlisted.is_some() {
        // What fills the gaps has no place there.
        return runs(&segments, edition, memory);
    }
    segments.map_joined(|set| edition.of_set[set as usize]);
    Ok(segments)
}

/// Fills the gap between the last run and `end`, if there is one.
fn fill<F: Family>(runs: &mut Growing<F>, end: Option<F::Addr>, value: Option<u32>) {
    let (Some(value), Some(last)) = (value, end) else { return };
    let first = match runs.last() {
        Some(run) => run.last.next(),
        None => Some(F::Addr::MIN),
    };
    if let Some(first) = first.filter(|first| *first <= last) {
        runs.push_joined(Run { first, last, value });
    }
}

#[cfg(test)]
mod tests {
    use super::{Records, runs, runs_in_place};
    use crate::base::{Memory, Run, V4};

    #[test]
    fn gaps_are_filled_and_equals_joined() {
        let segments: Vec<Run<V4>> = vec![
            Run { first: 0, last: 9, value: 0 },
            Run { first: 10, last: 19, value: 1 },
            Run { first: 30, last: 39, value: 2 },
        ];
        let joined = Records { of_set: &[Some(7), Some(7), None], unlisted: None };
        let filled = Records { of_set: &[None, Some(7), Some(9)], unlisted: Some(9) };
        let runs = |records| {
            let memory = Memory::unbounded();
            let found = runs(&segments, records, &memory).expect("no file");
            let in_place = runs_in_place(segments.clone().into(), records, &memory);
            assert_eq!(*in_place.expect("no file"), *found);
            found
        };
        assert_eq!(*runs(joined), [Run { first: 0, last: 19, value: 7 }]);
        assert_eq!(
            *runs(filled),
            [
                Run { first: 0, last: 9, value: 9 },
                Run { first: 10, last: 19, value: 7 },
                Run { first: 20, last: u32::MAX, value: 9 },
            ]
        );
    }
}
