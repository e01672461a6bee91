//! A night that changed three feeds, beside a build of the same night with nothing cached.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::bench::corpus::{Built, EPOCH, build, folder};
use crate::bench::groups::{Plan, clear};
use crate::bench::growth::{arguments, databases};
use crate::bench::table::{median_of, spread};
use crate::command::{command, output, root};
use crate::workload::{Mix, POLICY};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Lists of the corpus that change: packed ones too, which are unpacked first.
const CHANGING: [&str; 3] = [
    "abuse/firehol__blocklist_de.ipset.zst",
    "proxy/spysme__proxy-list-raw.txt",
    "vpn/x4bnet__vpn-ipv4.txt.zst",
];

/// One line in this many of those is gone on the second night.
const GONE: usize = 97;

/// A catalogue with its files, of either night.
struct Catalogue {
    name: String,
    feeds: PathBuf,
    root: PathBuf,
    nights: Nights,
}

/// How the files of a night come about.
enum Nights {
    Mix(Mix),
    /// Where the real files are.
    Corpus(PathBuf),
}

/// The builds of a round.
struct Round {
    /// The first night.
    first: Built,
    /// The second, from a cold cache.
    clean: Built,
    /// The same from the cache of the first.
    changed: Built,
    /// The third, on which nothing changed.
    unchanged: Built,
}

/// Measures and prints.
pub(super) fn run(plan: &Plan) -> Result<()> {
    measure(plan, &of_mix(plan)?)?;
    match folder() {
        Some(_) if plan.is_smoke => {}
        Some(corpus) => measure(plan, &of_corpus(plan, corpus)?)?,
        None => println!("no corpus here"),
    }
    Ok(())
}

fn measure(plan: &Plan, catalogue: &Catalogue) -> Result<()> {
    let mut rounds = Vec::new();
    for number in 1..=plan.n_rounds {
        eprintln!("round {number} of {}: nights of {}", plan.n_rounds, catalogue.name);
        rounds.push(round(plan, catalogue, &catalogue.feeds)?);
    }
    println!("{}: databases of a night are the same from either cache\n", catalogue.name);
    println!("| build | seconds | to the clean one | peak memory | stages |");
    println!("| --- | --- | --- | --- | --- |");
    row("first night, clean", &rounds, |round| &round.first);
    row("second night, clean", &rounds, |round| &round.clean);
    row("second night, three feeds changed", &rounds, |round| &round.changed);
    row("third night, nothing changed", &rounds, |round| &round.unchanged);
    if plan.is_packed {
        eprintln!("nights of {}, packed", catalogue.name);
        let packed = round(plan, catalogue, &packing(plan, catalogue)?)?;
        println!(
            "\nonce with everything that goes beside databases (packed files, deltas, history): clean {:.2} s, \
             three feeds changed {:.2} s, nothing changed {:.2} s",
            packed.clean.seconds, packed.changed.seconds, packed.unchanged.seconds
        );
    }
    println!();
    Ok(())
}

fn row(name: &str, rounds: &[Round], of: impl Fn(&Round) -> &Built) {
    let seconds = rounds.iter().map(|round| of(round).seconds).collect();
    let ratios = rounds.iter().map(|round| of(round).seconds / round.clean.seconds).collect();
    let peak = rounds.iter().map(|round| of(round).peak_bytes as f64 / 1e6).collect();
    let names = rounds.first().map_or(&[][..], |round| &of(round).stages);
    let stages = names.iter().enumerate().map(|(idx, (name, _))| {
        let seconds = rounds.iter().filter_map(|round| Some(of(round).stages.get(idx)?.1));
        format!("{name} {:.2}", median_of(seconds.collect()))
    });
    let stages = stages.collect::<Vec<_>>().join(", ");
    println!(
        "| {name} | {} | {} | {:.0} MB | {stages} |",
        spread(seconds, 2),
        spread(ratios, 2),
        median_of(peak)
    );
}

fn round(plan: &Plan, catalogue: &Catalogue, feeds: &Path) -> Result<Round> {
    let at = |name: &str| plan.dir.join(format!("night-{name}"));
    let (cache, store, cold, other) = (at("cache"), at("store"), at("cold"), at("other"));
    for folder in [&cache, &store, &cold, &other] {
        clear(folder)?;
    }
    let built = |cache: &Path, store: &Path, night: u64| {
        let folders = [feeds, &catalogue.root, cache, store];
        build(&arguments(folders, plan), EPOCH + (night - 1) * DAY)
    };
    catalogue.night(1)?;
    let first = built(&cache, &store, 1)?;
    // A release depends on the one before it, so both second nights have the same.
    output(command("cp", &["-a"]).args([&store, &other]))?;
    catalogue.night(2)?;
    let changed = built(&cache, &store, 2)?;
    let clean = built(&cold, &other, 2)?;
    same(&store, &other)?;
    let unchanged = built(&cache, &store, 3)?;
    Ok(Round { first, clean, changed, unchanged })
}

/// Two stores' newest databases.
fn same(store: &Path, other: &Path) -> Result<()> {
    let (ours, theirs) = (databases(store)?, databases(other)?);
    ensure!(ours.len() == theirs.len() && !ours.is_empty(), "the stores have other databases");
    for (own, their) in ours.iter().zip(&theirs) {
        let is_same = fs::read(own)? == fs::read(their)?;
        ensure!(
            is_same,
            "{} differs from that of a clean build, {}",
            own.display(),
            their.display()
        );
    }
    Ok(())
}

fn of_mix(plan: &Plan) -> Result<Catalogue> {
    let n_rows = (plan.n_rows as u64).max(Mix::MIN_ROWS);
    let mix = Mix { n_rows, seed: plan.seed, night: 1 };
    let folder = plan.dir.join("night-mix");
    clear(&folder)?;
    mix.write(&folder)?;
    let name = format!("80 feeds of {n_rows} rows");
    Ok(Catalogue { name, feeds: folder.clone(), root: folder, nights: Nights::Mix(mix) })
}

fn of_corpus(plan: &Plan, corpus: PathBuf) -> Result<Catalogue> {
    let (feeds, files) = (plan.dir.join("night-feeds"), plan.dir.join("night-corpus"));
    clear(&feeds)?;
    clear(&files)?;
    output(command("cp", &["-r"]).args([&root().join("tests/corpus"), &feeds]))?;
    output(command("cp", &["-rs"]).args([&corpus.canonicalize()?, &files]))?;
    Ok(Catalogue {
        name: "the corpus".to_owned(),
        feeds,
        root: files,
        nights: Nights::Corpus(corpus),
    })
}

/// The definitions with a policy that packs.
fn packing(plan: &Plan, catalogue: &Catalogue) -> Result<PathBuf> {
    let folder = plan.dir.join("night-packing");
    clear(&folder)?;
    match catalogue.nights {
        Nights::Corpus(_) => {
            output(command("cp", &["-r"]).args([&catalogue.feeds, &folder]))?;
            fs::write(folder.join("policy.toml"), "")?;
        }
        Nights::Mix(_) => {
            fs::create_dir_all(&folder)?;
            for entry in fs::read_dir(&catalogue.feeds)? {
                let path = entry?.path();
                if path.extension().is_some_and(|ending| ending == "toml") {
                    fs::copy(&path, folder.join(path.file_name().context("a file's name")?))?;
                }
            }
            fs::write(folder.join("policy.toml"), POLICY)?;
        }
    }
    Ok(folder)
}

impl Catalogue {
    /// Puts the files there that a night has.
    fn night(&self, night: u64) -> Result<()> {
        match &self.nights {
            Nights::Mix(mix) => Mix { night, ..*mix }.rewrite(&self.root),
            Nights::Corpus(corpus) => CHANGING.iter().try_for_each(|list| {
                let text = unpacked(&corpus.join(list))?;
                let is_kept = |number: usize| night == 1 || !number.is_multiple_of(GONE);
                let kept = text.lines().enumerate().filter(|(idx, _)| is_kept(idx + 1));
                let kept: String = kept.flat_map(|(_, line)| [line, "\n"]).collect();
                let path = self.root.join(list);
                // Links are not to be written through.
                if path.is_symlink() {
                    fs::remove_file(&path)?;
                }
                fs::write(&path, kept).with_context(|| format!("cannot write {}", path.display()))
            }),
        }
    }
}

/// The text of a file, which may be packed.
pub(super) fn unpacked(path: &Path) -> Result<String> {
    if path.extension().is_some_and(|ending| ending == "zst") {
        return output(command("zstd", &["-dcq"]).arg(path));
    }
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
