//! How a build says where it is.

use crate::compile;

/// Told what is going on, from any thread.
pub trait Progress: Sync {
    /// A stage of `steps` steps begins.
    fn stage(&self, name: &'static str, steps: u64);
    /// A step of the stage is done.
    fn step(&self);
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &'static str, _: u64) {}
    fn step(&self) {}
}

/// Hands on what a compilation says.
pub(super) struct Compiling<'p>(pub(super) &'p dyn Progress);

impl compile::Progress for Compiling<'_> {
    fn stage(&self, stage: compile::Stage, steps: u64) {
        self.0.stage(stage.name(), steps);
    }

    fn step(&self) {
        self.0.step();
    }
}
