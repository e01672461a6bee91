//! Set operations on lists of IPv4 networks, as the program `iprange` has them: text in, text out.
//!
//! usage: sets merge|common|except FILE...
//!
//! `merge` is everything in any file, `common` what is in all of them, `except` what is in the
//! first and in none of the others. Prefixes are printed in address order, single addresses bare.
#![expect(clippy::disallowed_methods, reason = "it reads files and writes to its output")]

use std::io::Write as _;
use std::{env, fs, io};

use anyhow::{Context, Result, bail, ensure};
use ipmint::algebra::RangeSet;
use ipmint::base::{Run, V4};
use ipmint::feed::Catalogue;
use ipmint::parse::{self, Source};
use rayon::prelude::*;

const FEED: &str = r#"
title = "Networks"
path = "networks"
format = "list"
kind = "membership"
category = "attacker"
licence = { id = "CC0-1.0" }
[guards]
min_prefix_v4 = 0
"#;

/// Printed text is handed on in pieces of about this many bytes.
const PIECE_BYTES: usize = 1 << 20;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [operation, files @ ..] = arguments.as_slice() else {
        bail!("usage: sets merge|common|except FILE...");
    };
    let catalogue = Catalogue::from_files(&[("networks.toml".into(), FEED.into())])?;
    let feed = catalogue.get("networks").context("just made")?;
    let read = |file: &String| -> Result<RangeSet<V4>> {
        let bytes = fs::read(file).with_context(|| format!("cannot read {file}"))?;
        let parsed = parse::parse(feed, &[Source { name: file, captures: &[], bytes: &bytes }]);
        ensure!(parsed.tally.faults == 0, "{file}: {:?}", parsed.samples);
        Ok(RangeSet::new(parsed.v4.iter().map(Run::range).collect()))
    };
    let sets = files.par_iter().map(read).collect::<Result<Vec<_>>>()?;
    let Some((first, others)) = sets.split_first() else { bail!("no file") };
    let result = match operation.as_str() {
        "merge" => all(&sets),
        "common" => others.iter().fold(first.clone(), |both, other| both.intersection(other)),
        "except" => first.difference(&all(others)),
        _ => bail!("no operation `{operation}`; there are merge, common and except"),
    };
    Ok(print(&result)?)
}

/// The union of sets, made at once: one after the other would copy the first ones over and over.
fn all(sets: &[RangeSet<V4>]) -> RangeSet<V4> {
    match sets {
        [one] => one.clone(),
        [one, other] => one.union(other),
        _ => RangeSet::new(sets.iter().flat_map(RangeSet::ranges).copied().collect()),
    }
}

fn print(set: &RangeSet<V4>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut text = Vec::with_capacity(PIECE_BYTES + 64);
    for prefix in set.ranges().iter().flat_map(|range| range.prefixes()) {
        for (idx, octet) in prefix.addr().to_be_bytes().into_iter().enumerate() {
            if idx > 0 {
                text.push(b'.');
            }
            number(&mut text, octet);
        }
        if prefix.len() < 32 {
            text.push(b'/');
            number(&mut text, prefix.len());
        }
        text.push(b'\n');
        if text.len() > PIECE_BYTES {
            out.write_all(&text)?;
            text.clear();
        }
    }
    out.write_all(&text)?;
    out.flush()
}

fn number(text: &mut Vec<u8>, number: u8) {
    if number >= 100 {
        text.push(b'0' + number / 100);
    }
    if number >= 10 {
        text.push(b'0' + number / 10 % 10);
    }
    text.push(b'0' + number % 10);
}
