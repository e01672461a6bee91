//! Draws the rows, in the reference generator's order of draws.
//!
//! Each `random` call here stands where the Python script has its own, so the
//! code reads like the script even where another order would be prettier.

use std::collections::HashSet;

use anyhow::{Context, Result, bail, ensure};

use crate::workload::random::Random;
use crate::workload::words::{FIRST, LEGAL, SECOND, SOURCES};

/// Every row, and what rows refer to.
pub(crate) struct Workload {
    /// Sorted by family, address and length: a parent stands before its children.
    pub(super) rows: Vec<Row>,
    pub(super) systems: Vec<System>,
}

/// One prefix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub(super) is_v6: bool,
    pub(super) addr: u128,
    pub(super) len: u8,
    pub(super) profile_idx: u8,
    pub(super) system_idx: u32,
}

/// An autonomous system and the records its prefixes may carry.
pub(super) struct System {
    pub(super) asn: u32,
    pub(super) organisation: String,
    pub(super) profiles: Vec<Profile>,
}

/// A record without its ASN and organisation.
pub(super) struct Profile {
    pub(super) score: u32,
    /// VPN, Tor, proxy, data centre, bot.
    pub(super) flags: [bool; 5],
    /// Joined with `|`.
    pub(super) sources: String,
}

/// Fewer rows leave no prefix that others could nest in, and the draw never ends.
const MIN_ROWS: usize = 1_000;

/// IPv4 space that a row may fill: 1.0.0.0 to 223.255.255.255.
const SPACE_V4: (u64, u64) = (0x0100_0000, 0xdfff_ffff);

/// Special-purpose blocks between those, first and last address, in order.
const RESERVED_V4: [(u64, u64); 13] = [
    (0x0a00_0000, 0x0aff_ffff), // 10.0.0.0/8
    (0x6440_0000, 0x647f_ffff), // 100.64.0.0/10
    (0x7f00_0000, 0x7fff_ffff), // 127.0.0.0/8
    (0xa9fe_0000, 0xa9fe_ffff), // 169.254.0.0/16
    (0xac10_0000, 0xac1f_ffff), // 172.16.0.0/12
    (0xc000_0000, 0xc000_00ff), // 192.0.0.0/24
    (0xc000_0200, 0xc000_02ff), // 192.0.2.0/24
    (0xc058_6300, 0xc058_63ff), // 192.88.99.0/24
    (0xc0a8_0000, 0xc0a8_ffff), // 192.168.0.0/16
    (0xc612_0000, 0xc613_ffff), // 198.18.0.0/15
    (0xc633_6400, 0xc633_64ff), // 198.51.100.0/24
    (0xcb00_7100, 0xcb00_71ff), // 203.0.113.0/24
    (0xe000_0000, 0xffff_ffff), // 224.0.0.0/3
];

/// Shares of IPv4 prefix lengths, after a BGP table.
const LENGTHS_V4: [(u8, f64); 10] = [
    (24, 60.0),
    (23, 8.0),
    (22, 12.0),
    (21, 3.5),
    (20, 4.5),
    (19, 3.0),
    (18, 1.5),
    (17, 0.8),
    (16, 1.7),
    (32, 5.0),
];

/// Shares of IPv6 prefix lengths.
const LENGTHS_V6: [(u8, f64); 12] = [
    (48, 50.0),
    (32, 20.0),
    (44, 9.0),
    (40, 8.0),
    (36, 6.0),
    (33, 1.0),
    (34, 1.0),
    (35, 1.0),
    (38, 1.0),
    (42, 1.0),
    (46, 1.0),
    (47, 1.0),
];

/// The /32s at which allocations of each registry start.
const REGISTRIES_V6: [u32; 5] = [0x2400_0000, 0x2600_0000, 0x2800_0000, 0x2a00_0000, 0x2c00_0000];

/// Generates a workload of `n_rows` rows, four fifths of them IPv4.
///
/// One million rows take about a second.
///
/// # Errors
///
/// If there are too few rows, or the seed spreads them beyond IPv4 space.
pub(crate) fn rows(n_rows: usize, seed: u64) -> Result<Workload> {
    ensure!(n_rows >= MIN_ROWS, "{n_rows} rows are too few; ask for {MIN_ROWS} or more");
    let mut random = Random::new(seed);
    let n_v4 = n_rows * 4 / 5;
    let n_systems = (n_rows * 7 / 100).clamp(100, 70_000);
    let systems = systems(&mut random, n_systems as u32);
    let popularity = Popularity::new(&mut random, n_systems as u32);
    let mut draw = Draw { random, systems: &systems, popularity, rows: Vec::with_capacity(n_rows) };
    draw.v4(n_v4).with_context(|| format!("IPv4 rows of seed {seed}"))?;
    draw.v6(n_rows - n_v4);
    let mut rows = draw.rows;
    rows.sort_unstable();
    Ok(Workload { rows, systems })
}

fn systems(random: &mut Random, n_systems: u32) -> Vec<System> {
    let mut asns: Vec<u32> = random.sample(400_999, n_systems).iter().map(|idx| idx + 1).collect();
    asns.sort_unstable();
    let mut taken = HashSet::new();
    let mut systems: Vec<System> = asns
        .into_iter()
        .map(|asn| {
            let organisation = loop {
                let name = organisation(random);
                if taken.insert(name.clone()) {
                    break name;
                }
            };
            System { asn, organisation, profiles: Vec::new() }
        })
        .collect();
    for system in &mut systems {
        system.profiles = profiles(random);
    }
    systems
}

fn organisation(random: &mut Random) -> String {
    let [first, second, legal] =
        [random.choice(&FIRST), random.choice(&SECOND), random.choice(&LEGAL)];
    let mut name = format!("{first} {second} {legal}");
    if random.random() < 0.45 {
        name = format!("{} {name}", random.choice(&FIRST));
    }
    if random.random() < 0.25 {
        name = format!("AS-{} {name}", random.choice(&FIRST).to_uppercase());
    }
    name
}

/// The first profile is the usual one, the others are what a few prefixes carry.
fn profiles(random: &mut Random) -> Vec<Profile> {
    let eyeball = random.random() < 0.72;
    let mut profiles = Vec::with_capacity(3);
    let mut add = |score, flags, sources| profiles.push(Profile { score, flags, sources });
    if eyeball {
        let score = *random.choice(&[0, 0, 0, 5, 10, 15]);
        add(score, [false; 5], sources(random, 1));
        if random.random() < 0.15 {
            let score = random.between(20, 70);
            let bot = random.random() < 0.3;
            let n_sources = *random.choice(&[2, 3]);
            add(score, [false, false, true, false, bot], sources(random, n_sources));
        }
        return profiles;
    }
    let score = random.between(20, 60);
    let n_sources = *random.choice(&[1, 2]);
    add(score, [false, false, false, true, false], sources(random, n_sources));
    if random.random() < 0.45 {
        let score = random.between(60, 95);
        let proxy = random.random() < 0.4;
        let n_sources = *random.choice(&[2, 3]);
        add(score, [true, false, proxy, true, false], sources(random, n_sources));
    }
    if random.random() < 0.15 {
        let score = random.between(85, 100);
        let bot = random.random() < 0.5;
        add(score, [false, true, false, true, bot], sources(random, 3));
    }
    profiles
}

fn sources(random: &mut Random, n_sources: u32) -> String {
    let drawn = random.sample(SOURCES.len() as u32, n_sources);
    let mut names: Vec<&str> = drawn.into_iter().map(|idx| SOURCES[idx as usize]).collect();
    names.sort_unstable();
    names.join("|")
}

/// Which system announces the next prefix: a few hold most of the space.
struct Popularity {
    order: Vec<u32>,
    /// Running sums of a Zipf-like weight.
    cumulated: Vec<f64>,
    /// Systems that no prefix has yet been given to on purpose.
    unused: Vec<u32>,
}

impl Popularity {
    fn new(random: &mut Random, n_systems: u32) -> Self {
        let mut order: Vec<u32> = (0..n_systems).collect();
        random.shuffle(&mut order);
        let mut sum = 0.0;
        let cumulated = (0..n_systems)
            .map(|rank| {
                sum += 1.0 / f64::from(rank + 20).powf(0.9);
                sum
            })
            .collect();
        let mut unused = order.clone();
        random.shuffle(&mut unused);
        Self { order, cumulated, unused }
    }

    fn next(&mut self, random: &mut Random) -> u32 {
        if !self.unused.is_empty()
            && random.random() < 0.22
            && let Some(system_idx) = self.unused.pop()
        {
            return system_idx;
        }
        let sum = self.cumulated[self.cumulated.len() - 1];
        let drawn = random.random() * sum;
        let rank = self.cumulated.partition_point(|&up_to| up_to < drawn);
        self.order[rank.min(self.order.len() - 1)]
    }
}

/// Draws a prefix length from a table of shares.
fn length(random: &mut Random, shares: &[(u8, f64)]) -> u8 {
    let mut sum = 0.0;
    let mut cumulated = [0.0; 12];
    for (slot, (_, share)) in cumulated.iter_mut().zip(shares) {
        sum += share;
        *slot = sum;
    }
    let drawn = random.random() * sum;
    let idx = cumulated[..shares.len()].partition_point(|&up_to| up_to < drawn);
    shares[idx].0
}

/// A prefix that others may nest in.
struct Base {
    addr: u64,
    len: u8,
    system_idx: u32,
}

struct Draw<'a> {
    random: Random,
    systems: &'a [System],
    popularity: Popularity,
    rows: Vec<Row>,
}

impl Draw<'_> {
    /// Adds a row; `dirty` is how often the system's unusual records are taken.
    fn push(&mut self, is_v6: bool, addr: u128, len: u8, system_idx: u32, dirty: f64) {
        let n_profiles = self.systems[system_idx as usize].profiles.len();
        let profile_idx = if n_profiles == 1 || self.random.random() > dirty {
            0
        } else {
            1 + self.random.below(n_profiles as u32 - 1) as u8
        };
        self.rows.push(Row { is_v6, addr, len, profile_idx, system_idx });
    }

    fn next_system(&mut self) -> u32 {
        self.popularity.next(&mut self.random)
    }

    fn v4(&mut self, n_rows: usize) -> Result<()> {
        let lengths: Vec<u8> = (0..n_rows).map(|_| length(&mut self.random, &LENGTHS_V4)).collect();
        let (mut side_by_side, mut nested) = (Vec::new(), Vec::new());
        for len in lengths {
            let nests = match len {
                32 => self.random.random() < 0.8,
                20.. => self.random.random() < 0.135,
                _ => false,
            };
            if nests { nested.push(len) } else { side_by_side.push(len) }
        }
        let bases = self.v4_side_by_side(&side_by_side)?;
        ensure!(!bases.is_empty(), "no prefix to nest in");
        self.v4_nested(&bases, &nested);
        Ok(())
    }

    /// Walks the space left to right, with gaps that let the rows reach its end.
    fn v4_side_by_side(&mut self, lengths: &[u8]) -> Result<Vec<Base>> {
        let mut bases = Vec::new();
        let space = SPACE_V4.1 - SPACE_V4.0;
        let needed: u64 = lengths.iter().map(|len| 1 << (32 - len)).sum();
        let gap = ((space as f64 - needed as f64 * 1.55) / lengths.len() as f64).max(0.0);
        let mut at = SPACE_V4.0;
        let (mut run_left, mut run_system) = (0, 0);
        for &len in lengths {
            let size = 1 << (32 - len);
            if self.random.random() < 0.3 {
                at += (self.random.random() * gap * 3.0) as u64;
            }
            if run_left == 0 {
                run_system = self.next_system();
                run_left = (1 + self.random.exponential(1.0 / 4.0) as u32).min(40);
            }
            run_left -= 1;
            at = beyond_reserved(at, size);
            if at + size - 1 > SPACE_V4.1 {
                bail!("these lengths do not fit into IPv4 space; take another seed");
            }
            self.push(false, u128::from(at), len, run_system, 0.15);
            if len < 24 || (len == 24 && self.random.random() < 0.25) {
                bases.push(Base { addr: at, len, system_idx: run_system });
            }
            at += size;
        }
        Ok(bases)
    }

    fn v4_nested(&mut self, bases: &[Base], lengths: &[u8]) {
        let mut taken: HashSet<(u128, u8)> =
            self.rows.iter().map(|row| (row.addr, row.len)).collect();
        for &len in lengths {
            let (addr, base) = loop {
                let base = &bases[self.random.scaled(bases.len() as f64) as usize];
                if base.len >= len {
                    continue;
                }
                let n_places = f64::from(1 << (len - base.len));
                let addr = u128::from(base.addr + self.random.scaled(n_places) * (1 << (32 - len)));
                if taken.insert((addr, len)) {
                    break (addr, base);
                }
            };
            let system_idx =
                if self.random.random() < 0.5 { self.next_system() } else { base.system_idx };
            self.push(false, addr, len, system_idx, if len == 32 { 0.85 } else { 0.3 });
        }
    }

    fn v6(&mut self, n_rows: usize) {
        let n_all = self.rows.len() + n_rows;
        let mut slots = REGISTRIES_V6;
        while self.rows.len() < n_all {
            let registry = self.random.below(slots.len() as u32) as usize;
            slots[registry] += 1 + self.random.exponential(1.0 / 3.0) as u32;
            let top = u128::from(slots[registry]) << 96;
            let system_idx = self.next_system();
            // Half of the /32s are announced, with more specifics below them;
            // the others only in pieces.
            if self.random.random() < 0.52 {
                let n_pieces = self.random.exponential(1.0 / 3.2) as usize;
                self.push(true, top, 32, system_idx, 0.15);
                self.v6_nested(n_all, top, n_pieces, system_idx);
            } else {
                let n_pieces = 1 + self.random.exponential(1.0 / 3.0) as usize;
                self.v6_pieces(n_all, top, n_pieces, system_idx);
            }
        }
    }

    fn v6_pieces(&mut self, n_all: usize, top: u128, n_pieces: usize, system_idx: u32) {
        let mut at = top;
        for _ in 0..n_pieces {
            if self.rows.len() >= n_all {
                break;
            }
            let len = self.v6_length();
            let size = 1_u128 << (128 - len);
            at = at.next_multiple_of(size);
            if at + size > top + (1 << 96) {
                break;
            }
            self.push(true, at, len, system_idx, 0.15);
            at += size * u128::from(1 + self.random.below(8));
        }
    }

    fn v6_nested(&mut self, n_all: usize, top: u128, n_pieces: usize, system_idx: u32) {
        let mut taken = HashSet::new();
        for _ in 0..n_pieces {
            if self.rows.len() >= n_all {
                break;
            }
            let len = self.v6_length();
            let n_places = (1_u32 << (len - 32)).min(4096);
            let addr = top + (u128::from(self.random.below(n_places)) << (128 - len));
            if !taken.insert((addr, len)) {
                continue;
            }
            let own = self.random.random() < 0.7;
            let system_idx = if own { system_idx } else { self.next_system() };
            self.push(true, addr, len, system_idx, 0.3);
        }
    }

    fn v6_length(&mut self) -> u8 {
        loop {
            let len = length(&mut self.random, &LENGTHS_V6);
            if len != 32 {
                return len;
            }
        }
    }
}

/// Returns the first multiple of `size` from `at` on whose block is free to use.
fn beyond_reserved(mut at: u64, size: u64) -> u64 {
    loop {
        at = at.next_multiple_of(size);
        match RESERVED_V4.iter().find(|(first, last)| at <= *last && at + size > *first) {
            Some((_, last)) => at = last + 1,
            None => return at,
        }
    }
}
