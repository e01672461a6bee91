//! The stages in order: claims, segments, verdicts, records, bytes.

use std::io;

use rayon::prelude::*;

use crate::algebra::{Sets, sweep};
use crate::base::{Buffer, BuildEpoch, Memory, Run, Runs, V4, V6};
use crate::claim::{self, Claims, Context, Counts, Input};
use crate::compile::assess::Assessed;
use crate::compile::projected::Projected;
use crate::compile::runs::{Records, runs, runs_in_place};
use crate::compile::{Progress, Stage};
use crate::edition::Edition;
use crate::mmdb::{CapacityError, Contents, Database, Draft, Metadata};
use crate::score::{Assessor, DecayTable, Policy, Witness};

/// Everything that shapes the output beside the feeds.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// Weights, decay, thresholds.
    pub policy: &'a Policy,
    /// What to make.
    pub editions: &'a [Edition],
    /// When the build is said to have happened.
    pub epoch: BuildEpoch,
    /// What it may take of memory.
    pub memory: &'a Memory,
}

/// One edition, made.
#[derive(Debug)]
pub struct BuiltEdition {
    /// Its name.
    pub name: String,
    /// Its file.
    pub database: Database<Buffer>,
}

/// Everything made.
#[derive(Debug)]
pub struct Built {
    /// In the order of the settings.
    pub editions: Vec<BuiltEdition>,
    /// By input: what became of its entries.
    pub counts: Vec<Counts>,
    /// Runs of addresses under the same claims.
    pub n_segments: u64,
    /// Distinct sets of claims.
    pub n_sets: u64,
}

/// A compilation that cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// An edition passes what the format can say.
    #[error("edition `{edition}` is too large")]
    Capacity {
        /// Which.
        edition: String,
        /// By how much.
        source: CapacityError,
    },
    /// What does not fit in memory cannot be written.
    #[error(
        "cannot write what does not fit in memory; give more with --memory, or make room on the disk of --cache"
    )]
    Spill(#[from] io::Error),
}

/// Compiles inputs into editions. The order of the inputs is the order of feeds in
/// everything that is told; callers pass them by feed id.
pub fn compile(
    settings: &Settings<'_>,
    inputs: Vec<Input<'_>>,
    progress: &dyn Progress,
) -> Result<Built, CompileError> {
    let Settings { policy, editions, epoch, memory } = *settings;
    let witnesses = witnesses(&inputs);
    let feeds = inputs.iter().map(|input| &input.feed.id).collect();

    progress.stage(Stage::Claim, 1);
    let decay = DecayTable::new(policy);
    let context = Context {
        today: epoch.day(),
        age: &|category, days| {
            let age = decay.floor_age(days);
            (!decay.is_expired(category, age)).then_some(age)
        },
        prefix_lengths: editions.iter().any(Edition::carries_prefix_lengths),
        memory,
    };
    let mut claims = claim::claims(context, inputs)?;
    let counts = std::mem::take(&mut claims.counts);

    progress.stage(Stage::Sweep, 2);
    let mut sets = Sets::new();
    let segments = Segments::sweep(&mut claims, &mut sets, memory, progress)?;

    progress.stage(Stage::Score, 1);
    let assessor = Assessor::new(policy, &witnesses);
    let assessed = Assessed::new(&claims, &sets, feeds, &assessor);
    let n_sets = sets.len() as u64;
    // What is known of sets says all that is needed from here on.
    drop(sets);

    progress.stage(Stage::Project, editions.len() as u64);
    let projected = Projected::all(editions, &assessed, progress);
    // Records say all that is needed from here on; trees want the room.
    drop(assessed);
    drop(claims);

    progress.stage(Stage::Write, editions.len() as u64);
    let n_segments = (segments.v4.len() + segments.v6.len()) as u64;
    let writer = |edition: &Edition, projected: Projected, runs: EditionRuns| {
        let built = write(edition, projected, runs, epoch, memory);
        progress.step();
        built
    };
    let make = |(edition, projected): (&Edition, Projected)| {
        let runs = segments.runs(projected.records(), memory)?;
        writer(edition, projected, runs)
    };
    let mut left: Vec<(&Edition, Projected)> = editions.iter().zip(projected).collect();
    let last = left.pop();
    let built: Result<Vec<BuiltEdition>, CompileError> = if memory.is_bounded() {
        // One after the other: each is made by all threads, and only one takes memory.
        left.into_iter().map(make).collect()
    } else {
        left.into_par_iter().map(make).collect()
    };
    let mut built = built?;
    if let Some((edition, projected)) = last {
        let runs = segments.into_runs(projected.records(), memory)?;
        built.push(writer(edition, projected, runs)?);
    }
    Ok(Built { editions: built, counts, n_segments, n_sets })
}

/// Feeds as scoring sees them: groups numbered by first use.
fn witnesses(inputs: &[Input<'_>]) -> Vec<Witness> {
    let groups: Vec<&str> = inputs.iter().map(|input| input.feed.group.as_str()).collect();
    inputs
        .iter()
        .map(|input| {
            let first = groups.iter().position(|group| *group == input.feed.group);
            let group = first.expect("it is among them") as u32;
            Witness { reliability: input.feed.reliability, group }
        })
        .collect()
}

struct Segments {
    v4: Runs<V4>,
    v6: Runs<V6>,
}

impl Segments {
    /// Sweeps both families; the layers are given back as soon as they are read.
    fn sweep(
        claims: &mut Claims,
        sets: &mut Sets,
        memory: &Memory,
        progress: &dyn Progress,
    ) -> io::Result<Self> {
        let layers: Vec<&[Run<V4>]> = claims.v4.iter().map(|layer| &**layer).collect();
        let v4 = sweep(&layers, sets, memory)?;
        claims.v4 = Vec::new();
        progress.step();
        let layers: Vec<&[Run<V6>]> = claims.v6.iter().map(|layer| &**layer).collect();
        let v6 = sweep(&layers, sets, memory)?;
        claims.v6 = Vec::new();
        progress.step();
        Ok(Self { v4, v6 })
    }

    /// The runs of an edition.
    fn runs(&self, records: Records<'_>, memory: &Memory) -> io::Result<EditionRuns> {
        let (v4, v6) =
            rayon::join(|| runs(&self.v4, records, memory), || runs(&self.v6, records, memory));
        Ok((v4?, v6?))
    }

    /// The runs of the last edition.
    fn into_runs(self, records: Records<'_>, memory: &Memory) -> io::Result<EditionRuns> {
        let Self { v4, v6 } = self;
        let (v4, v6) = rayon::join(
            || runs_in_place(v4, records, memory),
            || runs_in_place(v6, records, memory),
        );
        Ok((v4?, v6?))
    }
}

type EditionRuns = (Runs<V4>, Runs<V6>);

fn write(
    edition: &Edition,
    projected: Projected,
    (v4, v6): EditionRuns,
    epoch: BuildEpoch,
    memory: &Memory,
) -> Result<BuiltEdition, CompileError> {
    let metadata = Metadata {
        database_type: edition.database_type.clone(),
        description: edition.description.clone(),
        build_epoch: epoch.0,
    };
    let name = edition.name.clone();
    let contents = Contents { pool: &projected.pool, v4: &v4, v6: &v6 };
    match Draft::new(contents, &metadata) {
        Ok(draft) => {
            drop(projected);
            let database = draft.write(memory.buffer(draft.n_bytes())?);
            Ok(BuiltEdition { name, database })
        }
        Err(source) => Err(CompileError::Capacity { edition: name, source }),
    }
}
