//! Reserved space cut off entries.

use crate::base::Run;
use crate::claim::{Counts, Special};

/// Cuts reserved space off the runs, counting what was lost.
pub(super) fn clip<F: Special>(runs: &mut Vec<Run<F>>, counts: &mut Counts) {
    let reserved = F::reserved();
    // Almost no run touches it: copy only from the first that does.
    let touches = |run: &Run<F>| {
        let place = reserved.ranges().partition_point(|range| range.last() < run.first);
        reserved.ranges().get(place).is_some_and(|range| range.first() <= run.last)
    };
    let Some(first) = runs.iter().position(touches) else { return };
    let rest = runs.split_off(first);
    for run in rest {
        if !touches(&run) {
            runs.push(run);
            continue;
        }
        let kept = runs.len();
        runs.extend(reserved.outside(run.range()).map(|range| Run::new(range, run.value)));
        if runs.len() == kept {
            counts.reserved += 1;
        } else {
            counts.clipped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Range, Run, V4};
    use crate::claim::{Counts, Special};

    #[test]
    fn reserved_space_is_cut_off_and_counted() {
        let mut runs: Vec<Run<V4>> = vec![
            Run { first: 0x0101_0101, last: 0x0101_0101, value: 1 },
            Run { first: 0x09ff_ff00, last: 0x0b00_00ff, value: 2 },
            Run { first: 0x0a00_0001, last: 0x0a00_0001, value: 3 },
        ];
        let mut counts = Counts::default();
        super::clip(&mut runs, &mut counts);
        let text: Vec<String> = runs.iter().map(|run| run.range().to_string()).collect();
        assert_eq!(text, ["1.1.1.1/32", "9.255.255.0/24", "11.0.0.0/24"]);
        assert_eq!((counts.reserved, counts.clipped), (1, 1));
        let mut all = vec![Run::new(Range::<V4>::ALL, 0)];
        super::clip(&mut all, &mut counts);
        assert_eq!(all.len(), V4::routable().ranges().len());
    }
}
