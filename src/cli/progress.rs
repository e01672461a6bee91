//! Progress on standard error: a bar a stage, and how long each stage took.
#![expect(clippy::disallowed_methods, reason = "people want to know how long it took")]

use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::compile::{Progress, Stage};

/// Bars where standard error is a terminal; the clock in any case.
pub(super) struct Bars {
    is_shown: bool,
    stages: Mutex<Vec<Timed>>,
}

struct Timed {
    stage: Stage,
    started: Instant,
    bar: ProgressBar,
}

impl Bars {
    /// Looks whether anybody watches.
    pub(super) fn new() -> Self {
        Self { is_shown: std::io::stderr().is_terminal(), stages: Mutex::new(Vec::new()) }
    }

    /// Clears the last bar; returns the stages and how long each took.
    pub(super) fn finish(self) -> Vec<(Stage, Duration)> {
        let stages = self.stages.into_inner().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let ends: Vec<Instant> =
            stages.iter().skip(1).map(|timed| timed.started).chain([now]).collect();
        for timed in &stages {
            timed.bar.finish_and_clear();
        }
        stages.iter().zip(ends).map(|(timed, end)| (timed.stage, end - timed.started)).collect()
    }
}

impl Progress for Bars {
    fn stage(&self, stage: Stage, steps: u64) {
        let bar = if self.is_shown { ProgressBar::new(steps) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{prefix:>8} {wide_bar} {pos}/{len} {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(stage.name());
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = stages.last() {
            last.bar.finish_and_clear();
        }
        bar.tick();
        stages.push(Timed { stage, started: Instant::now(), bar });
    }

    fn step(&self) {
        let stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = stages.last() {
            last.bar.inc(1);
        }
    }

    fn note(&self, text: &str) {
        eprintln!("note: {text}");
    }
}
