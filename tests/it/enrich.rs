//! `ipmint enrich` adds what `ipmint lookup` says, and changes nothing else.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use ipmint::mmdb::Reader;
use ipmint::query::enrich::{Column, Csv, Enricher, Fields, Format, Ndjson, Place, Sizes, Tally};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::draw::{Dice, cases};
use crate::support::Project;

const FULL: &str = "output/releases/20261121.1/full.mmdb";
const FIELDS: [&str; 4] =
    ["geo.country_code", "network.as_name", "threat.score", "threat.categories"];

/// Addresses of which something is known, and some of which nothing is.
const ADDRESSES: [&str; 6] =
    ["185.220.101.45", "8.8.8.8", "192.0.2.1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "3.3.3.3"];

/// What `lookup` says of each.
fn known(project: &Project) -> HashMap<String, Value> {
    let args = [&["lookup", "--json"], &ADDRESSES[..]].concat();
    let answers = project.run(&args).expect_code(0).json_lines();
    ADDRESSES.map(str::to_owned).into_iter().zip(answers).collect()
}

fn field<'a>(record: &'a Value, name: &str) -> Option<&'a Value> {
    name.split('.').try_fold(record, |value, key| value.get(key))
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Runs the engine in pieces of these sizes.
fn run(format: Format, input: &[u8], chunk: usize, n_threads: usize) -> (Vec<u8>, Tally) {
    thread_local! {
        static FILE: &'static [u8] = {
            let project = Project::with_sample();
            Vec::leak(std::fs::read(project.path(FULL)).expect("published"))
        };
    }
    let bytes = FILE.with(|bytes| *bytes);
    let reader = Reader::open(bytes).expect("sound");
    let fields = Fields::of(bytes, &FIELDS.map(str::to_owned)).expect("there");
    let sizes = Sizes { chunk, line: 1 << 20 };
    let mut out = Vec::new();
    let enricher = Enricher::new(&reader, &fields, format).with_sizes(sizes);
    let tally = enricher.run(input, &mut out, n_threads, |_| {}).expect("sound");
    (out, tally)
}

fn lines() -> Format {
    Format::Lines(Place::Anywhere)
}

fn ndjson() -> Format {
    Format::Ndjson(Ndjson::new(&["client.ip".to_owned()], "ipmint"))
}

fn csv() -> Format {
    let column = Column::Named("ip".to_owned());
    Format::Csv(Csv { column, delimiter: b',', has_header: true })
}

#[test]
fn lines_say_what_lookup_says() {
    let project = Project::with_sample();
    let known = known(&project);
    let mut dice = Dice::new(7);
    let (mut input, mut expected) = (String::new(), String::new());
    for n in 0..3_000 {
        let ip = ADDRESSES[dice.below(ADDRESSES.len())];
        let end = ["\n", "\r\n"][dice.below(2)];
        let line = match dice.below(4) {
            0 => format!("{ip} - - [22/Nov/2026:08:25:05 +0000] \"GET /{n} HTTP/1.1\""),
            1 => format!("n={n} client:{} up", if ip.contains(':') { "-" } else { ip }),
            2 => format!("{n} peer=[{ip}]:443"),
            _ => format!("line {n} without"),
        };
        let has_ip = line.contains(ip);
        let record = &known[ip]["record"];
        let said = FIELDS.iter().filter_map(|name| Some((name, field(record, name)?)));
        let added: String = said.map(|(name, value)| format!("\t{name}={}", word(value))).collect();
        write!(input, "{line}{end}").expect("memory");
        write!(expected, "{line}{}{end}", if has_ip { &added } else { "" }).expect("memory");
    }
    input += "8.8.8.8 has no end";
    let (out, _) = run(lines(), input.as_bytes(), 1 << 20, 2);
    let last: String = {
        let record = &known["8.8.8.8"]["record"];
        let said = FIELDS.iter().filter_map(|name| Some((name, field(record, name)?)));
        said.map(|(name, value)| format!("\t{name}={}", word(value))).collect()
    };
    write!(expected, "8.8.8.8 has no end{last}").expect("memory");
    assert_eq!(String::from_utf8(out).expect("text"), expected);
    for (chunk, n_threads) in [(1 << 20, 1), (100, 1), (100, 3), (7, 2)] {
        let (out, _) = run(lines(), input.as_bytes(), chunk, n_threads);
        assert!(out == expected.as_bytes(), "{chunk} {n_threads}");
    }
}

#[test]
fn objects_say_what_lookup_says() {
    let project = Project::with_sample();
    let known = known(&project);
    let mut input = String::new();
    for (n, ip) in ADDRESSES.iter().cycle().take(500).enumerate() {
        let object =
            format!("{{\"n\": {n}, \"text\":\"}}{{\\\"\", \"client\":{{\"ip\":\"{ip}\"}} }}\n");
        input.push_str(&object);
    }
    input += "no object 8.8.8.8\n{\"ip\":\"8.8.8.8\"}\n[1]\n\n";
    let (out, tally) = run(ndjson(), input.as_bytes(), 64, 2);
    let out = String::from_utf8(out).expect("text");
    for ((before, after), ip) in
        input.lines().zip(out.lines()).zip(ADDRESSES.iter().cycle()).take(500)
    {
        let mut wanted = json!({});
        let record = &known[*ip]["record"];
        for name in FIELDS {
            let (above, below) = name.split_once('.').expect("dotted");
            if let Some(value) = field(record, name) {
                wanted[above][below] = value.clone();
            }
        }
        let read: Value = serde_json::from_str(after).expect("JSON");
        let is_known = wanted != json!({});
        assert_eq!(read.get("ipmint"), is_known.then_some(&wanted), "{ip}");
        // Every byte of before is there.
        assert!(after.starts_with(before.trim_end_matches('}')), "{after}");
    }
    assert!(out.ends_with("no object 8.8.8.8\n{\"ip\":\"8.8.8.8\"}\n[1]\n\n"), "{out}");
    assert_eq!((tally.n_lines, tally.n_with_address, tally.n_no_object), (504, 500, 3));
}

#[test]
fn cells_say_what_lookup_says() {
    let project = Project::with_sample();
    let known = known(&project);
    let mut input = "n,ip,\"text\"\r\n".to_owned();
    for (n, ip) in ADDRESSES.iter().cycle().take(300).enumerate() {
        write!(input, "{n},\"{ip}\",\"a\n\"\"b, {n}\"\r\n").expect("memory");
    }
    // Short, blank, without address, without end.
    input += "x\r\n\r\ny,-,z\r\n1,8.8.8.8,2";
    let (out, tally) = run(csv(), input.as_bytes(), 50, 2);
    assert_eq!((tally.n_lines, tally.n_with_address), (303, 301));
    assert!(out == run(csv(), input.as_bytes(), 1 << 20, 1).0);
    let text = String::from_utf8(out.clone()).expect("text");
    assert!(text.contains("x,,,,,,\r\n\r\ny,-,z,,,,\r\n1,8.8.8.8,2,"), "{text}");
    let mut rows = csv::ReaderBuilder::new().from_reader(out.as_slice());
    let header: Vec<String> = rows.headers().expect("sound").iter().map(str::to_owned).collect();
    assert_eq!(header, [&["n", "ip", "text"], &FIELDS[..]].concat());
    for (row, ip) in rows.records().zip(ADDRESSES.iter().cycle()).take(300) {
        let row = row.expect("as long as the header");
        assert_eq!(&row[1], *ip);
        for (cell, name) in row.iter().skip(3).zip(FIELDS) {
            let value = field(&known[*ip]["record"], name).map(word).unwrap_or_default();
            assert_eq!(cell, value, "{ip} {name}");
        }
    }
}

#[test]
fn what_cannot_be_read_passes_through() {
    let long = [b"8.8.8.8 ".as_slice(), &b"x".repeat(3 << 20), b"\r\n"].concat();
    let input = [&b"\xFF\xFE8.8.8.8\n\0\n"[..], &long, b"\n\xC3 185.220.101.45"].concat();
    for (chunk, n_threads) in [(1 << 20, 1), (4096, 2)] {
        let (out, tally) = run(lines(), &input, chunk, n_threads);
        assert!(out.starts_with(b"\xFF\xFE8.8.8.8\t"));
        let at = out.windows(3).position(|bytes| bytes == b"\n\0\n").expect("there") + 3;
        assert!(out[at..].starts_with(&long), "{chunk}");
        assert!(out[at + long.len()..].starts_with(b"\n\xC3 185.220.101.45\t"));
        assert_eq!((tally.n_lines, tally.n_with_address, tally.n_too_long), (5, 2, 1));
        let object =
            [b"{\"client\":{\"ip\":\"8.8.8.8\"},\"x\":\"".as_slice(), &long, b"\"}\n"].concat();
        assert!(run(ndjson(), &object, chunk, n_threads).0 == object);
        let cells = [b"ip,b\n8.8.8.8,\"".as_slice(), &long, b"\"\r\n"].concat();
        let (out, tally) = run(csv(), &cells, chunk, n_threads);
        assert!(out.ends_with(b"\r\n\",,,,\r\n"));
        assert_eq!((tally.n_lines, tally.n_too_long), (1, 1));
    }
    for format in [lines(), ndjson(), csv()] {
        assert_eq!(run(format, b"", 100, 2), (Vec::new(), Tally::default()));
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn every_byte_comes_out_again(
        input in prop::collection::vec(
            prop_oneof![any::<u8>(), Just(b'\n'), Just(b'"'), Just(b','), Just(b'{'), Just(b'}')], 0..200,
        ),
        chunk in 1_usize..64,
    ) {
        // No address has fewer than two bytes that are not there: nothing is added.
        let input: Vec<u8> = input.into_iter().filter(|byte| !matches!(byte, b'.' | b':')).collect();
        prop_assert_eq!(&run(lines(), &input, chunk, 2).0, &input);
        prop_assert_eq!(&run(ndjson(), &input, chunk, 2).0, &input);
        let table = [b"ip\n", &input[..]].concat();
        let once = run(csv(), &table, 1 << 20, 1).0;
        prop_assert_eq!(run(csv(), &table, chunk, 2).0, once);
    }
}

#[test]
fn the_command_enriches_and_counts() {
    let project = Project::with_sample();
    let input = b"185.220.101.45 a\nnothing\n3.3.3.3\n";
    let ended = project.run_with(&["enrich", "--field", "is_tor,score"], input).expect_code(0);
    let expected = "185.220.101.45 a\tsignals.is_tor=true\tthreat.score=90\nnothing\n3.3.3.3\n";
    assert_eq!(ended.stdout, expected);
    assert_eq!(ended.stderr, "3 lines, 2 with an address, 1 of them known\n");
    let asn = project.run_with(&["enrich", "--edition", "asn"], b"8.8.8.8").expect_code(0);
    assert!(asn.stdout.contains("\tautonomous_system_number="), "{asn:?}");
    let args = ["enrich", "--format", "ndjson", "--field", "score", "--into", "risk"];
    let ended = project.run_with(&args, b"{\"remote_addr\":\"185.220.101.45\",\"risk\":1}\n1\n");
    assert_eq!(
        ended.stdout,
        "{\"remote_addr\":\"185.220.101.45\",\"risk\":{\"threat\":{\"score\":90}}}\n1\n"
    );
    assert!(ended.stderr.ends_with(", 1 no JSON object\n"), "{}", ended.stderr);
    let args = ["enrich", "--format", "csv", "--delimiter", ";", "--column", "2", "--no-header"];
    let ended =
        project.run_with(&[&args[..], &["--field", "score"]].concat(), b"a;185.220.101.45\nb\n");
    assert_eq!(ended.stdout, "a;185.220.101.45;90\nb;;\n");
    let args = ["enrich", "--pattern", "to (?<ip>\\S+)", "--field", "score"];
    let ended = project.run_with(&args, b"from 8.8.8.8 to 185.220.101.45\n").expect_code(0);
    assert!(ended.stdout.ends_with("\tthreat.score=90\n"), "{ended:?}");
}

#[test]
fn mistakes_are_usage_errors() {
    let project = Project::with_sample();
    let check = |args: &[&str], stdin: &[u8], said: &str| {
        project
            .run_with(&[&["enrich"], args].concat(), stdin)
            .expect_code(2)
            .expect_stderr(&[said]);
    };
    check(&["--field", "is_vnp"], b"", "did you mean signals.is_vpn");
    check(&["--pattern", "(a)"], b"", "no group `ip`");
    check(&["--pattern", "("], b"", "--pattern: ");
    check(&["--column", "0"], b"", "number from 1");
    check(&["--key", "a"], b"", "--format ndjson");
    check(&["--format", "csv", "--delimiter", "ab"], b"", "one sign");
    check(&["--format", "csv"], b"a,b\n", "--column; there are a, b");
    check(&["--format", "csv", "--column", "c"], b"a,b\n", "no column `c`; there are a, b");
}

#[test]
fn lines_come_out_as_they_come_in() {
    let project = Project::with_sample();
    let mut child = project
        .command(&["enrich", "--field", "score"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("runs");
    let mut stdin = child.stdin.take().expect("piped");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    for _ in 0..3 {
        stdin.write_all(b"185.220.101.45\n").expect("taken");
        let line = lines.next().expect("an answer before the end").expect("text");
        assert_eq!(line, "185.220.101.45\tthreat.score=90");
    }
    // Whoever reads has seen enough: a quiet end.
    drop(lines);
    let _ = stdin.write_all(&b"185.220.101.45\n".repeat(1 << 16));
    drop(stdin);
    assert_eq!(child.wait().expect("ends").code(), Some(0));
}
