//! How a long build says where it is.

/// The stages of a build, in order; a compilation has the middle ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// URLs to snapshots, one step a URL.
    Fetch,
    /// Snapshots to entries, one step a feed.
    Read,
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
    /// The gates.
    Verify,
    /// Files beside the databases, one step a file.
    Pack,
    /// Files to a release.
    Publish,
}

impl Stage {
    /// The word for a progress bar.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Read => "read",
            Self::Claim => "claim",
            Self::Sweep => "sweep",
            Self::Score => "score",
            Self::Project => "project",
            Self::Write => "write",
            Self::Verify => "verify",
            Self::Pack => "pack",
            Self::Publish => "publish",
        }
    }
}

/// Told what is going on, from any thread.
pub trait Progress: Sync {
    /// A stage of `steps` steps begins.
    fn stage(&self, stage: Stage, steps: u64);
    /// A step of the stage is done.
    fn step(&self);
    /// Something that the one who waits should know.
    fn note(&self, _text: &str) {}
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: Stage, _: u64) {}
    fn step(&self) {}
}
