//! How a long compilation says where it is.

/// The stages, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Entries to claims.
    Claim,
    /// Claims to segments.
    Sweep,
    /// Segments to verdicts.
    Score,
    /// Verdicts to records, one step an edition.
    Project,
    /// Records to files, one step an edition.
    Write,
}

impl Stage {
    /// The word for a progress bar.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Sweep => "sweep",
            Self::Score => "score",
            Self::Project => "project",
            Self::Write => "write",
        }
    }
}

/// Told what is going on, from any thread.
pub trait Progress: Sync {
    /// A stage of `steps` steps begins.
    fn stage(&self, stage: Stage, steps: u64);
    /// A step of the stage is done.
    fn step(&self);
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: Stage, _: u64) {}
    fn step(&self) {}
}
