//! Publishing, comparing and updating a database of the input, and the same with one row in 500
//! left out: what each takes, and of its floor.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::bench::corpus::measured;
use crate::bench::table::spread;
use crate::command::{command, output, root};

/// One row in this many is left out of the old database.
const LEFT_OUT: usize = 500;

/// Measures and prints.
pub(super) fn run(dir: &Path, input: &Path, n_rounds: usize) -> Result<()> {
    let (old, new) = (dir.join("release-old.mmdb"), dir.join("release-new.mmdb"));
    let thinned = dir.join("release-old.csv");
    thin(input, &thinned)?;
    database(&thinned, &old)?;
    database(input, &new)?;

    let mut rounds = Vec::new();
    for round in 1..=n_rounds {
        eprintln!("round {round} of {n_rounds}: publishing and updating");
        let mut process = command(root().join("target/release/examples/release"), &[]);
        process.args([&old, &new, &dir.join("release-store")]);
        let mut parts: Value = serde_json::from_str(&output(&mut process)?)?;
        let mut diff = command(root().join("target/release/ipmint"), &["diff", "--json"]);
        diff.args([&old, &new]).stdout(Stdio::null());
        let (time, _) = measured(&mut diff)?;
        parts["diff"] = time.as_secs_f64().into();
        rounds.push(parts);
    }
    let of = |part: &str| -> Vec<f64> {
        rounds.iter().filter_map(|round| round[part].as_f64()).collect()
    };
    let ratios = |part: &str, floor: &str| {
        of(part).iter().zip(of(floor)).map(|(part, floor)| part / floor).collect()
    };
    let seconds = |part| spread(of(part), 3);
    let bytes = |part: &str| rounds.first().map_or(0, |round| round[part].as_u64().unwrap_or(0));
    println!(
        "\na database of {} bytes, and the same with one row in {LEFT_OUT} left out\n\
         write its bytes, synced  {} s\n\
         publish it, unpacked     {} s, {} x writing\n\
         verify it                {} s\n\
         emit it from its rows    {} s\n\
         make its compact form    {} s, {} bytes\n\
         rebuild it from that     {} s, {} x emission\n\
         compare the two          {} s\n\
         make a delta             {} s, {} bytes\n\
         apply it                 {} s",
        bytes("bytes"),
        seconds("write"),
        seconds("publish"),
        spread(ratios("publish", "write"), 2),
        seconds("verify"),
        seconds("emit"),
        seconds("compact"),
        bytes("compact_bytes"),
        seconds("rebuild"),
        spread(ratios("rebuild", "emit"), 2),
        seconds("diff"),
        seconds("delta"),
        bytes("delta_bytes"),
        seconds("apply"),
    );
    Ok(())
}

/// Copies a file of rows, its head included, without some of them.
fn thin(input: &Path, output: &Path) -> Result<()> {
    let file = File::open(input).with_context(|| format!("cannot open {}", input.display()))?;
    let mut out = BufWriter::new(File::create(output)?);
    for (number, line) in BufReader::new(file).lines().enumerate() {
        if number == 0 || number % LEFT_OUT != 0 {
            writeln!(out, "{}", line?)?;
        }
    }
    Ok(out.flush()?)
}

/// Makes a database of rows.
pub(super) fn database(input: &Path, path: &Path) -> Result<()> {
    let mut process = command(root().join("target/release/examples/rows"), &[]);
    process.args([input, path]).arg("2");
    output(&mut process)?;
    let bytes = fs::metadata(path)?.len();
    ensure!(bytes > 0, "{} is empty", path.display());
    Ok(())
}
