//! Writes the feeds, one after the other, a piece at a time.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::workload::mix::draw::{Shares, hash};
use crate::workload::mix::kinds::{Kind, Plan, plans};
use crate::workload::mix::{rows, v4, v6};

/// Rows are handed to the disk in pieces of about this many bytes.
const PIECE_BYTES: usize = 1 << 20;

/// One block in this many has other rows on a later night, in feeds that change.
const CHANGED_SHARE: u64 = 50;

/// What its builds go by.
pub(crate) const POLICY: &str = "\
# Generated feeds name any address.
canary = []
";

/// Makes databases and no more, however large.
const UNPACKED: &str = "
[gates]
max_bytes = 34359738368

[release]
variants = []
deltas = 0
patches = 0
history = false
";

/// Proxies come in no order: blocks are visited in steps of a prime.
const STRIDE: usize = 40_503;

/// Feeds to be written.
#[derive(Clone, Copy)]
pub(crate) struct Mix {
    pub(crate) n_rows: u64,
    pub(crate) seed: u64,
    /// From 1; later ones differ from the first in three feeds.
    pub(crate) night: u64,
}

impl Mix {
    /// Fewer rows leave feeds without any.
    pub(crate) const MIN_ROWS: u64 = 20_000;

    /// Writes the folder that `ipmint build --feeds FOLDER --root FOLDER` builds; of a later night
    /// only what changes, over the first.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let (n_rows, min_rows) = (self.n_rows, Self::MIN_ROWS);
        ensure!(n_rows >= min_rows, "{n_rows} rows are too few for 80 feeds; ask for {min_rows}");
        if self.night != 1 {
            return self.rewrite(folder);
        }
        let data = folder.join("data");
        fs::create_dir_all(&data).with_context(|| format!("cannot create {}", data.display()))?;
        for plan in plans(n_rows) {
            self.feed(&plan, &folder.join(plan.path()))?;
            fs::write(folder.join(format!("{}.toml", plan.id())), plan.definition())?;
        }
        Ok(fs::write(folder.join("policy.toml"), format!("{POLICY}{UNPACKED}"))?)
    }

    /// Writes the feeds that change from night to night, as they are on this one.
    pub(crate) fn rewrite(&self, folder: &Path) -> Result<()> {
        let is_there = folder.join("data").is_dir();
        ensure!(is_there, "{} has no first night; write that first", folder.display());
        let plans = plans(self.n_rows);
        let mut changing = plans.iter().filter(|plan| plan.is_changing());
        changing.try_for_each(|plan| self.feed(plan, &folder.join(plan.path())))
    }

    /// Rows of either family, IPv4 and IPv6.
    pub(crate) fn n_rows_by_family(&self) -> [u64; 2] {
        let count = |is_v6| -> u64 {
            let plans = plans(self.n_rows);
            plans.iter().filter(|plan| plan.is_v6() == is_v6).map(|plan| plan.n_rows).sum()
        };
        [count(false), count(true)]
    }

    fn feed(&self, plan: &Plan, path: &Path) -> Result<()> {
        self.rows(plan, path).with_context(|| format!("cannot write {}", path.display()))
    }

    fn rows(&self, plan: &Plan, path: &Path) -> Result<()> {
        let mut out = Out { file: File::create(path)?, text: rows::head(plan) };
        let mut blocks: Vec<u64> = if plan.is_v6() { v6::blocks() } else { v4::blocks() };
        if plan.kind == Kind::Countries {
            // A block is delegated by one registry.
            blocks.retain(|block| hash(&[self.seed, *block]) % 5 == plan.number);
        }
        let weight = |block| if plan.is_v6() { 1 } else { v4::weight(self.seed, plan.kind, block) };
        let mut shares =
            Shares::new(plan.n_rows, blocks.iter().map(|block| weight(*block)).sum::<u64>());
        let feed = hash(&[self.seed, plan.kind as u64, plan.number]);
        let is_shuffled = plan.kind == Kind::Proxies;
        for idx in 0..blocks.len() {
            let idx = if is_shuffled { idx * STRIDE % blocks.len() } else { idx };
            let block = blocks[idx];
            let n = shares.next(weight(block));
            if n == 0 {
                continue;
            }
            let is_changed = self.night > 1
                && plan.is_changing()
                && hash(&[feed, block, self.night]).is_multiple_of(CHANGED_SHARE);
            let night = if is_changed { self.night } else { 1 };
            let place = [feed, block, night];
            rows::write(&mut out.text, plan, self.seed, &place, block, n);
            out.flush(PIECE_BYTES)?;
        }
        out.flush(0)
    }
}

/// Writes a netset: single addresses, then prefixes of hosting networks; IPv4. Those of one seed
/// have the same crowded networks, whatever their number.
pub(crate) fn netset(path: &Path, n_rows: u64, seed: u64, number: u64) -> Result<()> {
    let mix = Mix { n_rows, seed, night: 1 };
    let of = |kind, n_rows| Plan::alone(kind, number, n_rows);
    let (singles, prefixes) = (path.with_extension("singles"), path.with_extension("prefixes"));
    mix.feed(&of(Kind::Abuse, n_rows - n_rows / 4), &singles)?;
    mix.feed(&of(Kind::Hosting, n_rows / 4), &prefixes)?;
    let mut out = File::create(path)?;
    for part in [&singles, &prefixes] {
        std::io::copy(&mut File::open(part)?, &mut out)?;
        fs::remove_file(part)?;
    }
    Ok(())
}

/// A file that is written in pieces.
struct Out {
    file: File,
    text: String,
}

impl Out {
    /// Hands on what there is, if it is more than so many bytes.
    fn flush(&mut self, n_bytes: usize) -> Result<()> {
        if self.text.len() > n_bytes {
            self.file.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use crate::command::root;
    use crate::workload::mix::Mix;

    fn files(folder: &Path) -> BTreeMap<String, String> {
        let entries = fs::read_dir(folder.join("data")).unwrap().map(Result::unwrap);
        let name = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        entries.map(|entry| (name(&entry), fs::read_to_string(entry.path()).unwrap())).collect()
    }

    #[test]
    fn a_later_night_changes_a_little_of_three_feeds() {
        let folder = root().join(format!("target/mix-test-{}", std::process::id()));
        let first = Mix { n_rows: 50_000, seed: 7, night: 1 };
        first.write(&folder).unwrap();
        let before = files(&folder);
        Mix { night: 2, ..first }.write(&folder).unwrap();
        let after = files(&folder);
        fs::remove_dir_all(&folder).unwrap();

        let is_row = |line: &&str| line.contains(['.', ':']) && !line.starts_with('#');
        let n_rows: usize = before.values().map(|text| text.lines().filter(is_row).count()).sum();
        assert_eq!(n_rows, 50_000);
        let changed: Vec<&String> =
            before.keys().filter(|name| before[*name] != after[*name]).collect();
        assert_eq!(changed, ["abuse-02.txt", "hosting-03.txt", "proxies-05.csv"]);
        for name in changed {
            let kept = before[name].lines().filter(|line| after[name].contains(line)).count();
            assert!(kept * 10 > before[name].lines().count() * 9, "{name}: {kept} kept");
        }
    }
}
