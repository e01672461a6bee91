//! The same inputs give the same bytes, whatever the threads and the order of
//! files and rows.

use ipmint::base::{Digest, Family, Memory, Run};
use ipmint::compile::{Built, Settings, Silent, compile};
use ipmint::feed::embedded;
use ipmint::parse::{Label, Parsed};
use rayon::ThreadPoolBuilder;

use crate::draw::Dice;
use crate::world::{self, World};

/// Name and digest of every edition of a world, compiled by so many threads.
fn editions_by(world: &World, n_threads: usize) -> Vec<(String, Digest)> {
    let editions = world::shipped();
    let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().expect("threads");
    let built = pool.install(|| world.compile(&editions));
    digests(built)
}

/// The same within so many bytes of memory, the rest in files of a folder that is empty afterwards.
fn editions_within(world: &World, n_bytes: u64) -> Vec<(String, Digest)> {
    let folder = tempfile::tempdir().expect("a folder");
    let memory = Memory::bounded(n_bytes, folder.path());
    let built = world.compile_in(&world::shipped(), &memory);
    assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 0);
    digests(built)
}

fn digests(built: Built) -> Vec<(String, Digest)> {
    built.editions.into_iter().map(|one| (one.name, Digest::of(&one.database.bytes))).collect()
}

/// A world whose feeds list their rows in another order, and so meet their labels
/// in another order too.
fn editions_of_shuffled_rows(world: &World, seed: u64) -> Vec<(String, Digest)> {
    let mut dice = Dice::new(seed);
    let editions = world::shipped();
    let settings = Settings {
        policy: &world.policy,
        editions: &editions,
        epoch: world.epoch,
        memory: &Memory::unbounded(),
    };
    let mut inputs = world.inputs();
    for input in &mut inputs {
        input.parsed = shuffled(&mut dice, std::mem::take(&mut input.parsed));
    }
    digests(compile(&settings, inputs, &Silent).expect("nothing here passes the format"))
}

fn shuffled(dice: &mut Dice, parsed: Parsed) -> Parsed {
    let Parsed { mut v4, mut v6, mut keyed, labels, tally, samples } = parsed;
    dice.shuffle(&mut v4);
    dice.shuffle(&mut v6);
    dice.shuffle(&mut keyed);
    let mut labels: Vec<(usize, Label)> = labels.into_iter().enumerate().collect();
    dice.shuffle(&mut labels);
    let mut numbers = vec![0; labels.len()];
    for (new, (old, _)) in (0..).zip(&labels) {
        numbers[*old] = new;
    }
    renumber(&mut v4, &numbers);
    renumber(&mut v6, &numbers);
    keyed.iter_mut().for_each(|label| *label = numbers[*label as usize]);
    let labels = labels.into_iter().map(|(_, label)| label).collect();
    Parsed { v4, v6, keyed, labels, tally, samples }
}

fn renumber<F: Family>(runs: &mut [Run<F>], numbers: &[u32]) {
    runs.iter_mut().for_each(|run| run.value = numbers[run.value as usize]);
}

fn check(world: &World) {
    let expected = editions_by(world, 2);
    assert_eq!(expected.len(), 9);
    for n_threads in [2, 1, 7] {
        assert_eq!(editions_by(world, n_threads), expected, "{n_threads} threads");
    }
    for n_bytes in [0, 10_000_000] {
        assert_eq!(editions_within(world, n_bytes), expected, "{n_bytes} bytes of memory");
    }
    assert_eq!(editions_of_shuffled_rows(world, 11), expected, "rows shuffled");
}

#[test]
fn the_sample_gives_the_same_bytes_again() {
    check(World::sample());
    for seed in 0..8 {
        let shuffled = editions_of_shuffled_rows(World::sample(), seed);
        assert_eq!(shuffled, editions_by(World::sample(), 2), "seed {seed}");
    }
}

#[test]
fn the_corpus_gives_the_same_bytes_again() {
    check(World::corpus());
}

#[test]
fn the_order_of_definitions_does_not_show() {
    let expected = editions_by(World::sample(), 2);
    let mut dice = Dice::new(5);
    let mut definitions = embedded::sample_definitions();
    definitions.reverse();
    assert_eq!(editions_by(&World::of_sample(&definitions), 2), expected);
    for _ in 0..3 {
        dice.shuffle(&mut definitions);
        assert_eq!(editions_by(&World::of_sample(&definitions), 2), expected);
    }
}

#[test]
fn the_order_of_the_corpus_definitions_does_not_show() {
    let Some(folder) = world::corpus_folder() else {
        eprintln!("no corpus; its definitions are read in any order all the same");
        assert!(world::corpus_definitions().len() > 100);
        return;
    };
    let mut definitions = world::corpus_definitions();
    Dice::new(6).shuffle(&mut definitions);
    let shuffled = World::of_corpus(&folder, &definitions);
    assert_eq!(editions_by(&shuffled, 2), editions_by(World::corpus(), 2));
}

#[test]
fn another_epoch_gives_other_bytes() {
    let sample = World::sample();
    let mut later = World::of_sample(&embedded::sample_definitions());
    later.epoch.0 += 1;
    // Otherwise the tests above would compare nothing with nothing.
    let pairs = editions_by(sample, 2).into_iter().zip(editions_by(&later, 2));
    assert!(pairs.into_iter().all(|(a, b)| a.0 == b.0 && a.1 != b.1));
}
