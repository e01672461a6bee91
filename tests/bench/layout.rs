//! Other layouts of a database beside ours: look-ups, pages that they touch, pointers, shared subtrees.
//!
//! usage: layout FILE.mmdb [FOLDER]    with a folder, the files of other layouts are left there
//!
//! Every layout says the same, which is asked a million times before anything is timed. Times are shares of
//! layout 1's; pages are the distinct 4 KiB of the tree that 10,000 look-ups touch together, lines the 64 bytes
//! that each touches. Slices of addresses go from layout to layout, so each finds caches that the others used.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads, writes, reads the clock and tells"
)]

mod orders;
mod pointers;

use std::collections::HashSet;
use std::hint::black_box;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use ipmint::base::{Address, Prefix, V6};
use ipmint::delta::compact;
use ipmint::mmdb::{self, Metadata, Reader, RecordSize, SEPARATOR, Shape};

use crate::orders::{Order, Tree, encoded};

const N_ROUNDS: usize = 7;
/// Addresses of a kind.
const N_ADDRESSES: usize = 1_000_000;
/// Of them, how many records are decoded: that takes several times as long as finding them.
const N_DECODED: usize = 100_000;
/// Every layout is asked a slice of the addresses, then the next slice: what slows the machine, slows all.
const N_SLICES: usize = 20;
/// Of them, those of which pages are counted.
const N_COLD: usize = 10_000;

const ORDERS: [(&str, Order); 7] = [
    ("breadth-first", Order::Breadth(32, 128)),
    ("van Emde Boas", Order::Halving(32, 128)),
    ("breadth-first, top 16 / 48", Order::Breadth(16, 48)),
    ("breadth-first, top 20 / 56", Order::Breadth(20, 56)),
    ("van Emde Boas, top 16 / 48", Order::Halving(16, 48)),
    ("van Emde Boas, top 24 / 64", Order::Halving(24, 64)),
    ("subtrees of a page", Order::Pages),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (path, folder) = match arguments.as_slice() {
        [path] => (path, None),
        [path, folder] => (path, Some(Path::new(folder))),
        _ => bail!("usage: layout FILE.mmdb [FOLDER]"),
    };
    let file = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    let reader = Reader::open(&file)?;
    let shape = Shape { n_nodes: reader.n_nodes(), record_size: reader.record_size() };
    let (tree_bytes, size) = (shape.n_nodes as usize * size_of_node(shape), shape.record_size);
    println!("\n## {path}: {} bytes, {} nodes of {size:?}\n", file.len(), shape.n_nodes);

    let tree = Tree::read(&file[..tree_bytes], shape);
    let mut layouts = vec![("layout 1", file.clone())];
    for (name, order) in ORDERS {
        layouts.push((name, [&tree.ordered(order, size), &file[tree_bytes..]].concat()));
    }
    layouts.push(("pre-order, shared", shared(&tree, &reader, shape)?));

    let kinds = kinds(&reader)?;
    for (name, bytes) in &layouts {
        says_the_same(&file, bytes, &kinds).with_context(|| (*name).to_owned())?;
        if let Some(folder) = folder {
            fs::write(folder.join(format!("{}.mmdb", name.replace([' ', '/', ','], "-"))), bytes)?;
        }
    }
    println!("every layout says the same, and `check` finds nothing\n");
    look_ups(&layouts, &kinds)?;
    println!();
    pointers::tell(&file, reader.data())?;
    println!();
    sizes(&file, &layouts[layouts.len() - 1].1, shape.n_nodes)
}

fn size_of_node(shape: Shape) -> usize {
    shape.record_size.node_bytes()
}

/// The file whose equal subtrees share their nodes.
fn shared(tree: &Tree, reader: &Reader<'_>, old: Shape) -> Result<Vec<u8>> {
    let nodes = tree.shared();
    let n_nodes = nodes.len() as u32;
    let largest = nodes.len() + SEPARATOR.len() + reader.data().len();
    let record_size =
        RecordSize::fitting(largest as u64).context("fewer nodes need no more bits")?;
    let moved =
        |record: u32| if record < old.n_nodes { record } else { record - old.n_nodes + n_nodes };
    let mut bytes = encoded(nodes.into_iter().map(|records| records.map(moved)), record_size);
    bytes.extend_from_slice(&SEPARATOR);
    bytes.extend_from_slice(reader.data());
    Metadata::read(reader.metadata())?.write(Shape { n_nodes, record_size }, &mut bytes)?;
    Ok(bytes)
}

/// Addresses to ask for, by kind: all over IPv4, and in networks that have a record, each as likely.
fn kinds(reader: &Reader<'_>) -> Result<[(&'static str, Vec<IpAddr>); 3]> {
    let (mut v4, mut v6): (Vec<Prefix<V6>>, Vec<_>) = (Vec::new(), Vec::new());
    for network in reader.networks() {
        let (prefix, _) = network?;
        let is_v4 = prefix.addr() >> 32 == 0 && prefix.len() >= 96;
        if is_v4 { v4.push(prefix) } else { v6.push(prefix) }
    }
    println!("networks with a record: {} of IPv4, {} of IPv6", v4.len(), v6.len());
    let mut next = splitmix();
    let mut within = |prefixes: &[Prefix<V6>]| {
        let prefix = prefixes[next() as usize % prefixes.len()];
        let bits = u128::from(next()) << 64 | u128::from(next());
        let hosts = 0_u128.set_low(128 - prefix.len());
        prefix.addr() | bits & hosts
    };
    let some = |make: &mut dyn FnMut() -> IpAddr| -> Vec<IpAddr> {
        (0..N_ADDRESSES).map(|_| make()).collect()
    };
    let listed_v4 = some(&mut || ((within(&v4) as u32).to_be_bytes()).into());
    let listed_v6 =
        if v6.is_empty() { Vec::new() } else { some(&mut || within(&v6).to_be_bytes().into()) };
    let any = some(&mut || (next() as u32).to_be_bytes().into());
    Ok([("any IPv4", any), ("listed IPv4", listed_v4), ("listed IPv6", listed_v6)])
}

/// Random numbers, the same each time.
fn splitmix() -> impl FnMut() -> u64 {
    let mut state = 20_260_101_u64;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// Checks that a file is sound, and that it has the same record and network at each third address of each
/// kind: a million in all. The data sections are the same bytes, so offsets say whether records are.
fn says_the_same(ours: &[u8], other: &[u8], kinds: &[(&str, Vec<IpAddr>)]) -> Result<()> {
    let problems = mmdb::check(other);
    ensure!(problems.is_empty(), "{problems:?}");
    let ours = maxminddb::Reader::from_source(ours)?;
    let other = maxminddb::Reader::from_source(other)?;
    for &ip in kinds.iter().flat_map(|(_, addresses)| addresses.iter().step_by(3)) {
        let (a, b) = (ours.lookup(ip)?, other.lookup(ip)?);
        ensure!(
            (a.offset(), a.network()?) == (b.offset(), b.network()?),
            "{ip} has another record"
        );
    }
    Ok(())
}

/// Seconds of each slice in each round: the tree alone, and with the record decoded.
type Times = [[Vec<f64>; N_SLICES]; 2];

fn look_ups(layouts: &[(&str, Vec<u8>)], kinds: &[(&str, Vec<IpAddr>)]) -> Result<()> {
    let mut times = vec![vec![Times::default(); kinds.len()]; layouts.len()];
    for round in 0..N_ROUNDS {
        // No layout always has the same memory.
        let copies: Vec<Vec<u8>> = layouts.iter().map(|(_, bytes)| bytes.clone()).collect();
        let readers: Vec<Reader<'_>> =
            copies.iter().map(|copy| Reader::open(copy)).collect::<Result<_, _>>()?;
        for (kind, (_, addresses)) in
            kinds.iter().enumerate().filter(|(_, (_, some))| !some.is_empty())
        {
            for (slice, asked) in addresses.chunks(N_ADDRESSES / N_SLICES).enumerate() {
                for turn in 0..readers.len() {
                    // Nor is one always first.
                    let at = (round + slice + turn) % readers.len();
                    let [walk, decode] = &mut times[at][kind];
                    walk[slice].push(walked(&readers[at], asked)?);
                    decode[slice].push(decoded(&readers[at], &asked[..N_DECODED / N_SLICES])?);
                }
            }
        }
    }
    for (kind, (name, addresses)) in
        kinds.iter().enumerate().filter(|(_, (_, some))| !some.is_empty())
    {
        let ours = &times[0][kind];
        let ns = |part: usize, n: usize| summed(&ours[part], 0) * 1e9 / n as f64;
        println!(
            "{name}: layout 1 takes {:.0} ns, {:.0} ns with the record\n",
            ns(0, N_ADDRESSES),
            ns(1, N_DECODED)
        );
        println!("| layout | tree, best | median | with record, best | median | pages | lines |");
        println!("| --- | --- | --- | --- | --- | --- | --- |");
        for ((layout, bytes), times) in layouts.iter().zip(&times) {
            let [walk, decode] = [0, 1].map(|part| {
                let ratio = |rank| summed(&times[kind][part], rank) / summed(&ours[part], rank);
                format!("{:.2} | {:.2}", ratio(0), ratio(N_ROUNDS / 2))
            });
            let (pages, lines) = touched(bytes, &addresses[..N_COLD])?;
            println!("| {layout} | {walk} | {decode} | {pages} | {lines:.1} |");
        }
        println!();
    }
    Ok(())
}

/// The sum over all slices of the round of that rank, 0 the fastest.
fn summed(slices: &[Vec<f64>], rank: usize) -> f64 {
    let ranked = slices.iter().map(|rounds| {
        let mut rounds = rounds.clone();
        rounds.sort_unstable_by(f64::total_cmp);
        rounds[rank]
    });
    ranked.sum()
}

fn walked(reader: &Reader<'_>, addresses: &[IpAddr]) -> Result<f64> {
    let begun = Instant::now();
    for &ip in addresses {
        black_box(reader.lookup(ip)?);
    }
    Ok(begun.elapsed().as_secs_f64())
}

fn decoded(reader: &Reader<'_>, addresses: &[IpAddr]) -> Result<f64> {
    let begun = Instant::now();
    for &ip in addresses {
        if let Some(offset) = reader.lookup(ip)?.offset {
            black_box(reader.decode(offset)?);
        }
    }
    Ok(begun.elapsed().as_secs_f64())
}

/// Distinct pages of 4 KiB of the tree that look-ups of all addresses touch together, and the lines of
/// 64 bytes that one of them touches on average. IPv4's root is known, as to a reader that is open.
fn touched(file: &[u8], addresses: &[IpAddr]) -> Result<(usize, f64)> {
    let reader = Reader::open(file)?;
    let (n_nodes, size) = (reader.n_nodes(), reader.record_size());
    let n_bytes = size.node_bytes();
    let record = |node: u32, is_right| {
        size.decode_one(&file[node as usize * n_bytes..][..n_bytes], is_right)
    };
    let mut v4_root = 0;
    for _ in 0..96 {
        v4_root = if v4_root < n_nodes { record(v4_root, false) } else { v4_root };
    }
    let (mut pages, mut n_lines) = (HashSet::new(), 0);
    for ip in addresses {
        let (mut node, mut bits) = match ip {
            IpAddr::V4(ip) => (v4_root, u128::from(ip.to_bits()) << 96),
            IpAddr::V6(ip) => (0, ip.to_bits()),
        };
        let mut lines = HashSet::new();
        while node < n_nodes {
            let from = node as usize * n_bytes;
            lines.extend([from / 64, (from + n_bytes - 1) / 64]);
            node = record(node, bits >> 127 == 1);
            bits <<= 1;
        }
        pages.extend(lines.iter().map(|line| line / 64));
        n_lines += lines.len();
    }
    Ok((pages.len(), n_lines as f64 / addresses.len() as f64))
}

/// What sharing saves in the file and in what is sent of it, and what the crate's own verifier thinks of it.
fn sizes(plain: &[u8], shared: &[u8], n_nodes: u32) -> Result<()> {
    let n_shared = Reader::open(shared)?.n_nodes();
    let percent = |part: usize, of: usize| 100.0 * part as f64 / of as f64;
    println!(
        "nodes {n_nodes}, shared {n_shared}: {:.1} %",
        percent(n_shared as usize, n_nodes as usize)
    );
    println!(
        "bytes {}, shared {}: {:.1} %",
        plain.len(),
        shared.len(),
        percent(shared.len(), plain.len())
    );
    for (name, file) in [("plain", plain), ("shared", shared)] {
        println!(
            "maxminddb's `verify` of the {name} file: {:?}",
            maxminddb::Reader::from_source(file)?.verify()
        );
        println!("compact form of it: {:?}", compact::encode(file).map(|bytes| bytes.len()));
    }
    let [plain, shared] = [packed(plain)?, packed(shared)?];
    println!("zstd -19 --long: {plain}, shared {shared}: {:.1} %", percent(shared, plain));
    Ok(())
}

/// Bytes of `zstd -19 --long`.
fn packed(bytes: &[u8]) -> Result<usize> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 19)?;
    encoder.long_distance_matching(true)?;
    encoder.window_log(27)?;
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}
