//! Lists of runs too long to be taken for granted: in memory, or in a file that is mapped.

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::{Deref, DerefMut};

use crate::base::map::MappedRuns;
use crate::base::memory::{Memory, Taken};
use crate::base::{Address, Family, Run};

/// Runs, to be read and changed in place.
pub struct Runs<F: Family> {
    place: Place<F>,
    /// Of a bound, while they are in memory.
    taken: Taken,
}

enum Place<F: Family> {
    Held(Vec<Run<F>>),
    Mapped(MappedRuns<F>),
}

impl<F: Family> Runs<F> {
    /// Keeps the first ones only.
    pub fn truncate(&mut self, n_runs: usize) {
        match &mut self.place {
            Place::Held(runs) => {
                runs.truncate(n_runs);
                give_back(runs, &mut self.taken);
            }
            Place::Mapped(runs) => runs.truncate(n_runs),
        }
    }

    /// Gives every run of sorted, disjoint ones a new value and joins neighbours that now carry the same; `None`
    /// drops the run.
    pub fn map_joined(&mut self, mut value: impl FnMut(u32) -> Option<u32>) {
        let mut n_kept = 0;
        for idx in 0..self.len() {
            let run = self[idx];
            let Some(value) = value(run.value) else { continue };
            let run = Run { value, ..run };
            match self[..n_kept].last_mut() {
                Some(last) if last.value == value && last.touches(&run) => last.last = run.last,
                _ => {
                    self[n_kept] = run;
                    n_kept += 1;
                }
            }
        }
        self.truncate(n_kept);
    }

    /// Keeps those that `is_kept` says yes to, which may change their values.
    pub fn retain_mut(&mut self, mut is_kept: impl FnMut(&mut Run<F>) -> bool) {
        let mut n_kept = 0;
        for idx in 0..self.len() {
            let mut run = self[idx];
            if is_kept(&mut run) {
                self[n_kept] = run;
                n_kept += 1;
            }
        }
        self.truncate(n_kept);
    }
}

impl<F: Family> Default for Runs<F> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<F: Family> From<Vec<Run<F>>> for Runs<F> {
    /// Runs that no bound counts.
    fn from(runs: Vec<Run<F>>) -> Self {
        Self { place: Place::Held(runs), taken: Taken::default() }
    }
}

impl<F: Family> Clone for Runs<F> {
    fn clone(&self) -> Self {
        self.to_vec().into()
    }
}

impl<F: Family> fmt::Debug for Runs<F> {
    /// The runs, wherever they lie.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<F: Family> Deref for Runs<F> {
    type Target = [Run<F>];

    fn deref(&self) -> &[Run<F>] {
        match &self.place {
            Place::Held(runs) => runs,
            Place::Mapped(runs) => runs,
        }
    }
}

impl<F: Family> DerefMut for Runs<F> {
    fn deref_mut(&mut self) -> &mut [Run<F>] {
        match &mut self.place {
            Place::Held(runs) => runs,
            Place::Mapped(runs) => runs,
        }
    }
}

/// Gives back what runs do not fill, if that is more than half.
fn give_back<F: Family>(runs: &mut Vec<Run<F>>, taken: &mut Taken) {
    if runs.len() < runs.capacity() / 2 {
        runs.shrink_to_fit();
        taken.shrink(runs.capacity() * size_of::<Run<F>>());
    }
}

/// Runs of a file that are gathered before they are written.
const BLOCK: usize = 1 << 14;

/// Runs that come one after the other, in any order. They are in memory as long as it takes them.
#[derive(Debug)]
pub struct Growing<F: Family> {
    /// All, or those that are not yet written.
    runs: Vec<Run<F>>,
    taken: Taken,
    memory: Memory,
    file: Option<BufWriter<File>>,
    /// What went wrong with the file; then nothing is written any more.
    trouble: Option<io::Error>,
}

impl<F: Family> Growing<F> {
    /// None yet.
    pub fn new(memory: &Memory) -> Self {
        Self {
            runs: Vec::new(),
            taken: memory.nothing(),
            memory: memory.clone(),
            file: None,
            trouble: None,
        }
    }

    /// None yet, with room for so many in memory, if it is to be had.
    pub fn with_room(n_runs: usize, memory: &Memory) -> Self {
        let mut growing = Self::new(memory);
        if growing.taken.grow(n_runs.saturating_mul(size_of::<Run<F>>())) {
            growing.runs.reserve_exact(n_runs);
        }
        growing
    }

    /// Adds a run.
    #[inline]
    pub fn push(&mut self, run: Run<F>) {
        if self.runs.len() == self.runs.capacity() {
            self.make_room();
        }
        self.runs.push(run);
    }

    /// Adds a run to sorted, disjoint ones, joining it to the last where they touch and carry the same value.
    #[inline]
    pub fn push_joined(&mut self, run: Run<F>) {
        match self.runs.last_mut() {
            Some(last) if last.value == run.value && last.touches(&run) => last.last = run.last,
            _ => self.push(run),
        }
    }

    /// Adds runs.
    pub fn extend(&mut self, mut runs: &[Run<F>]) {
        while !runs.is_empty() {
            if self.runs.len() == self.runs.capacity() {
                self.make_room();
            }
            let room = self.runs.capacity() - self.runs.len();
            let (now, later) = runs.split_at(room.min(runs.len()));
            self.runs.extend_from_slice(now);
            runs = later;
        }
    }

    /// Adds runs, where they lie if they are the first.
    pub fn append(&mut self, runs: Vec<Run<F>>) {
        let n_bytes = runs.capacity() * size_of::<Run<F>>();
        let is_first = self.runs.is_empty() && self.file.is_none() && self.trouble.is_none();
        if is_first && self.taken.grow(n_bytes) {
            self.runs = runs;
        } else {
            self.extend(&runs);
        }
    }

    /// The last one.
    pub fn last(&self) -> Option<&Run<F>> {
        self.runs.last()
    }

    /// All of them.
    ///
    /// # Errors
    /// If a file that was needed cannot be written.
    pub fn finish(mut self) -> io::Result<Runs<F>> {
        if self.file.is_none() && self.trouble.is_none() {
            give_back(&mut self.runs, &mut self.taken);
            return Ok(Runs { place: Place::Held(self.runs), taken: self.taken });
        }
        self.write(self.runs.len());
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        let file = self.file.expect("there is one unless there is trouble").into_inner();
        let mapped = MappedRuns::of_file(&file.map_err(io::IntoInnerError::into_error)?)?;
        Ok(Runs { place: Place::Mapped(mapped), taken: Taken::default() })
    }

    /// Twice as much, or, if that is not to be had, a file.
    #[cold]
    fn make_room(&mut self) {
        let more = self.runs.len().max(64);
        let n_bytes = (self.runs.len() + more) * size_of::<Run<F>>();
        if self.file.is_none() && self.trouble.is_none() && self.taken.grow(n_bytes) {
            self.runs.reserve_exact(more);
            return;
        }
        // The last stays, for the next may be joined to it.
        self.write(self.runs.len().saturating_sub(1));
        if self.runs.capacity() > BLOCK {
            self.runs.shrink_to(BLOCK);
            self.taken = self.memory.nothing();
        }
        self.runs.reserve_exact(BLOCK.saturating_sub(self.runs.len()));
    }

    /// Writes the first runs to the file, and forgets them.
    fn write(&mut self, n_runs: usize) {
        if self.trouble.is_none() {
            self.trouble =
                self.write_out(n_runs).inspect_err(|error| self.memory.keep(error)).err();
        }
        self.runs.drain(..n_runs);
    }

    fn write_out(&mut self, n_runs: usize) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(BufWriter::with_capacity(1 << 18, self.memory.file()?));
        }
        let file = self.file.as_mut().expect("just made");
        let width = size_of::<F::Addr>();
        let mut bytes = vec![0; size_of::<Run<F>>()];
        for run in &self.runs[..n_runs] {
            as_in_memory(run.first, &mut bytes[..width]);
            as_in_memory(run.last, &mut bytes[width..2 * width]);
            bytes[2 * width..2 * width + 4].copy_from_slice(&run.value.to_ne_bytes());
            file.write_all(&bytes)?;
        }
        Ok(())
    }
}

/// An address in the machine's order of bytes.
fn as_in_memory<A: Address>(addr: A, out: &mut [u8]) {
    let wide = addr.to_u128();
    if cfg!(target_endian = "little") {
        out.copy_from_slice(&wide.to_le_bytes()[..out.len()]);
    } else {
        let bytes = wide.to_be_bytes();
        out.copy_from_slice(&bytes[bytes.len() - out.len()..]);
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests look for files")]
mod tests {
    use crate::base::{Address, Family, Growing, Memory, Run, Runs, V4, V6};

    fn run<F: Family>(n: u32) -> Run<F> {
        let first = F::Addr::from_u128(u128::from(n) * 10).expect("small");
        Run { first, last: first.set_low(1), value: n / 3 }
    }

    /// Grows, and is changed in place, alike in memory and in a file.
    #[track_caller]
    fn check<F: Family>(memory: &Memory, is_mapped: bool) {
        let mut growing = Growing::<F>::new(memory);
        (0..100_000).for_each(|n| growing.push(run(n)));
        let mut runs = growing.finish().expect("room on the disk");
        assert_eq!(matches!(runs.place, super::Place::Mapped(_)), is_mapped);
        assert_eq!(runs.len(), 100_000);
        assert!((0..).zip(runs.iter()).all(|(n, found)| *found == run(n)));
        runs.retain_mut(|run| {
            run.value += 1;
            run.value % 2 == 0
        });
        assert!(runs.iter().all(|run| run.value % 2 == 0));
        assert_eq!(runs.len(), 49_999);
        runs.map_joined(|_| Some(7));
        assert!(runs.iter().all(|run| run.value == 7));
        runs.truncate(3);
        assert_eq!(runs.len(), 3);
    }

    #[test]
    fn runs_are_the_same_in_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        for n_bytes in [0, 100_000, 1_000_000] {
            let memory = Memory::bounded(n_bytes, folder.path());
            check::<V4>(&memory, true);
            check::<V6>(&memory, true);
        }
        check::<V6>(&Memory::bounded(1 << 30, folder.path()), false);
        check::<V4>(&Memory::unbounded(), false);
        let left = std::fs::read_dir(folder.path()).expect("there").count();
        assert_eq!(left, 0, "files have no names");
    }

    #[test]
    fn neighbours_are_joined_over_blocks() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut growing = Growing::<V4>::new(&Memory::bounded(0, folder.path()));
        for n in 0..200_000 {
            growing.push_joined(Run { first: n, last: n, value: n / 50_000 });
        }
        let runs: Runs<V4> = growing.finish().expect("room on the disk");
        let firsts: Vec<u32> = runs.iter().map(|run| run.first).collect();
        assert_eq!(firsts, [0, 50_000, 100_000, 150_000]);
        assert_eq!(runs[3].last, 199_999);
    }

    #[test]
    fn a_folder_that_takes_no_file_is_an_error() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let mut growing = Growing::<V4>::new(&Memory::bounded(0, file.path()));
        (0..100_000).for_each(|n| growing.push(run(n)));
        assert!(growing.finish().is_err());
    }
}
