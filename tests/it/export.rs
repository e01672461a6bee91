//! `ipmint export` says what the database says, in words that others read.

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use ipmint::mmdb::Reader;
use ipmint::query::{Export, Expression, inspect};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use mmdb_writer::{IpVersion, RecordSize};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::draw::{Dice, cases};
use crate::small::{Row, ours, theirs};
use crate::support::Project;
use crate::world::{corpus_folder, root};

const FULL: &str = "output/releases/20261121.1/full.mmdb";

/// Editions of the sample, and the databases of the corpus.
fn databases(project: &Project) -> Vec<Vec<u8>> {
    let editions = ["full", "flat", "asn", "city", "anonymous-plus"];
    let path = |name| project.path(&format!("output/releases/20261121.1/{name}.mmdb"));
    let mut files: Vec<Vec<u8>> =
        editions.into_iter().map(|name| fs::read(path(name)).expect("published")).collect();
    match corpus_folder() {
        Some(folder) => {
            let folder = fs::read_dir(folder.join("mmdb")).expect("a folder");
            files.extend(folder.map(|file| fs::read(file.expect("there").path()).expect("a file")));
        }
        None => eprintln!("no corpus; this test looks at the sample alone (set IPMINT_CORPUS)"),
    }
    files
}

/// What a format makes of a database.
fn text(bytes: &[u8], filter: Option<&str>, write: impl Fn(&Export<'_>, &mut Vec<u8>)) -> String {
    let mut export = Export::open(bytes).expect("sound");
    if let Some(filter) = filter {
        let expression = Expression::parse(filter).unwrap_or_else(|error| panic!("{error}"));
        export.filter(&expression).unwrap_or_else(|error| panic!("{error}"));
    }
    let mut out = Vec::new();
    write(&export, &mut out);
    String::from_utf8(out).expect("text")
}

fn netset(bytes: &[u8], filter: Option<&str>) -> Vec<IpNet> {
    let text = text(bytes, filter, |export, out| export.write_netset(out).expect("written"));
    text.lines().map(|line| line.parse().expect("a prefix")).collect()
}

fn ndjson(bytes: &[u8]) -> Vec<(IpNet, Value)> {
    let text = text(bytes, None, |export, out| export.write_ndjson(out).expect("written"));
    let row = |line: &str| {
        let mut row: Value = serde_json::from_str(line).expect("a JSON object a line");
        assert_eq!(row.as_object().map(serde_json::Map::len), Some(2));
        (row["network"].as_str().expect("text").parse().expect("a prefix"), row["record"].take())
    };
    text.lines().map(row).collect()
}

fn record(reader: &Reader<'_>, ip: IpAddr) -> Option<Value> {
    let found = reader.lookup(ip).expect("sound");
    found.offset.map(|offset| reader.decode(offset).expect("sound").to_json())
}

fn n_addresses(networks: impl Iterator<Item = IpNet>) -> [u128; 2] {
    let mut counts = [0, 0];
    for network in networks {
        let host_bits = network.max_prefix_len() - network.prefix_len();
        counts[usize::from(matches!(network, IpNet::V6(_)))] += 1_u128 << host_bits;
    }
    counts
}

fn counted(bytes: &[u8]) -> [u128; 2] {
    let summary = inspect(bytes).expect("sound");
    [&summary.v4, &summary.v6].map(|family| family.coverage.get().expect("less than all"))
}

/// In address order, disjoint, and no two that could be one.
fn is_minimal<T: PartialEq>(rows: &[(IpNet, T)]) {
    for pair in rows.windows(2) {
        let [(a, content_a), (b, content_b)] = pair else { unreachable!("windows of two") };
        let is_v6 = |net: &IpNet| matches!(net, IpNet::V6(_));
        assert!((is_v6(a), a.broadcast()) < (is_v6(b), b.network()), "{a} {b}");
        let are_halves = a.prefix_len() == b.prefix_len()
            && a.supernet().is_some_and(|whole| Some(whole) == b.supernet());
        assert!(!are_halves || content_a != content_b, "{a} and {b} are one");
    }
}

#[test]
fn every_network_of_ndjson_and_csv_has_its_record() {
    let project = Project::with_sample();
    for bytes in databases(&project) {
        let reader = Reader::open(&bytes).expect("sound");
        let rows = ndjson(&bytes);
        is_minimal(&rows);
        assert_eq!(n_addresses(rows.iter().map(|row| row.0)), counted(&bytes));
        for (network, said) in &rows {
            for ip in [network.network(), network.broadcast()] {
                assert_eq!(record(&reader, ip).as_ref(), Some(said), "{ip}");
            }
        }

        let csv = text(&bytes, None, |export, out| export.write_csv(out).expect("written"));
        let mut csv = csv::Reader::from_reader(csv.as_bytes());
        let head = csv.headers().expect("a head").clone();
        let mut n_rows = 0;
        for (cells, (network, said)) in csv.records().zip(&rows) {
            let cells = cells.expect("as many cells as columns");
            assert_eq!(cells[0], network.to_string());
            for (name, cell) in head.iter().zip(&cells).skip(1) {
                let value = name.split('.').try_fold(said, |value, key| value.get(key));
                let expected = match value {
                    None => String::new(),
                    Some(Value::String(text)) => text.clone(),
                    Some(value) => value.to_string(),
                };
                assert_eq!(cell, expected, "{network} {name}");
            }
            n_rows += 1;
        }
        assert_eq!(n_rows, rows.len());
    }
}

#[test]
fn a_list_holds_what_the_expression_chooses_and_nothing_else() {
    let project = Project::with_sample();
    let bytes = fs::read(project.path(FULL)).expect("published");
    let reader = Reader::open(&bytes).expect("sound");
    let all = netset(&bytes, None);
    let chosen = netset(&bytes, Some("is_tor or threat.score >= 80 and not is_hosting"));
    is_minimal(&chosen.iter().map(|net| (*net, ())).collect::<Vec<_>>());
    assert!(!chosen.is_empty() && chosen.len() < all.len());
    let wanted = |record: &Value| {
        let is = |key: &str| record["signals"][key] == true;
        let score = record["threat"]["score"].as_u64().unwrap_or(0);
        is("is_tor") || score >= 80 && !is("is_hosting")
    };
    let mut dice = Dice::new(7);
    let ends = all.iter().flat_map(|net| [net.network(), net.broadcast()]);
    let drawn: Vec<IpAddr> = ends.chain((0..5_000).map(|_| dice.address())).collect();
    for ip in drawn {
        let is_listed = chosen.iter().any(|net| net.contains(&ip));
        let is_alias = !all.iter().any(|net| net.contains(&ip));
        let expected = !is_alias && record(&reader, ip).is_some_and(|record| wanted(&record));
        assert_eq!(is_listed, expected, "{ip}");
    }
}

#[test]
fn neighbours_are_joined_where_the_same_goes_out() {
    let asn = |asn: u32, name: &str| json!({ "asn": asn, "name": name });
    let rows: [Row<'_>; 4] = [
        ("192.0.2.0/25", asn(64_496, "a")),
        ("192.0.2.128/25", asn(64_496, "b")),
        ("198.51.100.0/24", asn(64_497, "say \"x; {y}\"\\")),
        ("2001:db8::/32", json!({ "name": "no number" })),
    ];
    let project = Project::new();
    project.write("x.mmdb", ours(&rows));
    let export = |more: &[&str]| {
        project.run(&[&["export", "x.mmdb", "--to"], more].concat()).expect_code(0).stdout
    };
    assert_eq!(export(&["netset"]), "192.0.2.0/24\n198.51.100.0/24\n2001:db8::/32\n");
    assert_eq!(export(&["netset", "--family", "v6"]), "2001:db8::/32\n");
    assert_eq!(export(&["netset", "--where", "asn == 1"]), "");
    assert_eq!(
        export(&["csv", "--family", "v4"]),
        "network,asn,name\n192.0.2.0/25,64496,a\n192.0.2.128/25,64496,b\n\
         198.51.100.0/24,64497,\"say \"\"x; {y}\"\"\\\"\n"
    );
    // What has no such value is left out.
    let expected = "192.0.2.0/24 64496;\n198.51.100.0/24 64497;\n";
    assert_eq!(export(&["nginx-map", "--value", "asn"]), expected);
    assert_eq!(export(&["haproxy-map", "--value", "asn"]), expected.replace(';', ""));
    let named = export(&["nginx-map", "--value", "name", "--where", "asn == 64497"]);
    assert_eq!(named, "198.51.100.0/24 \"say \\\"x; {y}\\\"\\\\\";\n");
    assert_eq!(export(&["haproxy-map", "--family", "v6"]), "2001:db8::/32 1\n");
    assert_eq!(
        export(&["ipset"]),
        "create ipmint-v4 hash:net family inet maxelem 65536\n\
         create ipmint-v6 hash:net family inet6 maxelem 65536\n\
         add ipmint-v4 192.0.2.0/24\nadd ipmint-v4 198.51.100.0/24\nadd ipmint-v6 2001:db8::/32\n"
    );
    assert_eq!(
        export(&["nftables", "--family", "v4"]),
        "table inet ipmint {\n\tset v4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t}\n}\n\
         flush set inet ipmint v4\n\
         add element inet ipmint v4 {\n\t192.0.2.0/24,\n\t198.51.100.0/24\n}\n"
    );
}

#[test]
fn whoever_wrote_the_file_the_export_is_the_same() {
    let rows = [
        ("192.0.2.0/24", json!({ "a": { "b": 1 }, "list": ["x", true] })),
        ("198.51.100.7/32", json!({ "a": { "c": 0.5 } })),
    ];
    let expected = ndjson(&ours(&rows));
    assert_eq!(expected.len(), 2);
    for size in [RecordSize::Bits24, RecordSize::Bits28, RecordSize::Bits32] {
        for version in [IpVersion::V4, IpVersion::V6] {
            assert_eq!(ndjson(&theirs(&rows, version, size)), expected);
        }
    }
}

#[test]
fn all_of_a_family_is_one_prefix_and_two_entries() {
    let project = Project::new();
    project.write("x.mmdb", ours(&[("0.0.0.0/0", json!({ "a": 1 }))]));
    let list = ["export", "x.mmdb", "--family", "v4", "--to"];
    let netset = project.run(&[&list[..], &["netset"]].concat()).expect_code(0).stdout;
    assert_eq!(netset, "0.0.0.0/0\n");
    // A hash:net takes no prefix of length 0.
    let ipset = project.run(&[&list[..], &["ipset"]].concat()).expect_code(0).stdout;
    assert!(ipset.ends_with("add ipmint-v4 0.0.0.0/1\nadd ipmint-v4 128.0.0.0/1\n"), "{ipset}");
}

#[test]
fn mistakes_are_told_before_anything_is_written() {
    let project = Project::with_sample();
    let check = |more: &[&str], said: &[&str]| {
        let ended = project.run(&[&["export", FULL, "--to"], more].concat()).expect_code(2);
        assert_eq!(ended.stdout, "");
        ended.expect_stderr(said);
    };
    check(&["csv", "--where", "score >"], &["--where: column 8: expected a key or a value\n"]);
    check(&["csv", "--where", "is_vnp"], &["column 1", "did you mean signals.is_vpn?", "\n  ^"]);
    check(&["csv", "--where", "a and is_vpn"], &["column 1: no record has a key `a`"]);
    check(&["nginx-map", "--value", "scor"], &["--value: no record has a key `scor`"]);
    check(&["csv", "--value", "score"], &["--value is for maps"]);
    check(&["svg"], &["invalid value 'svg'", "haproxy-map"]);
    project.write("junk", "junk");
    let ended = project.run(&["export", "junk", "--to", "csv"]).expect_code(1);
    ended.expect_stderr(&["`junk` cannot be exported: no metadata"]);
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let project = Project::with_sample();
    let out = ["export", FULL, "--to", "netset", "--out", "list.txt"];
    project.write("list.txt", "old");
    project.run(&[&out[..], &["--where", "is_torr"]].concat()).expect_code(2);
    assert_eq!(fs::read(project.path("list.txt")).expect("there"), b"old");
    assert_eq!(project.run(&out).expect_code(0).stdout, "");
    let printed = project.run(&out[..4]).expect_code(0).stdout;
    assert_eq!(fs::read_to_string(project.path("list.txt")).expect("there"), printed);
    assert_eq!(project.names("."), ["data", "feeds", "list.txt", "output"]);
    // A device stays one.
    let null = [&out[..4], &["--out", "/dev/null"]].concat();
    project.run(&null).expect_code(0);
    assert!(!fs::metadata("/dev/null").expect("there").is_file());
    let ended = project.run(&[&out[..4], &["--out", "none/list.txt"]].concat()).expect_code(1);
    ended.expect_stderr(&["cannot write `none/list.txt`"]);
}

/// Runs somebody's program; one that is not there fails the test.
#[track_caller]
fn accepts(command: &mut Command) -> String {
    let sbin = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let output = command.env("PATH", sbin).output().unwrap_or_else(|error| {
        panic!("cannot start {command:?}: {error}; run `cargo xtask setup`")
    });
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

fn write(project: &Project, format: &str, more: &[&str]) -> std::path::PathBuf {
    let out = format!("out.{format}");
    let args = [&["export", FULL, "--to", format, "--out", &out], more].concat();
    project.run(&args).expect_code(0);
    project.path(&out)
}

#[test]
fn nftables_accepts_its_sets() {
    let project = Project::with_sample();
    let is_root = accepts(Command::new("id").arg("-u")).trim() == "0";
    for more in [&[][..], &["--where", "is_tor"], &["--where", "score > 200"], &["--family", "v6"]]
    {
        let file = write(&project, "nftables", more);
        // Even a check asks the kernel what there is, which takes an administrator's rights.
        let mut nft = if is_root {
            Command::new("nft")
        } else {
            let mut unshare = Command::new("unshare");
            unshare.args(["--user", "--map-root-user", "--net", "nft"]);
            unshare
        };
        accepts(nft.arg("--check").arg("--file").arg(&file));
    }
}

#[test]
fn nginx_accepts_its_map() {
    let project = Project::with_sample();
    for value in ["as_name", "attributions", "score"] {
        let map = write(&project, "nginx-map", &["--value", value]);
        let folder = project.path(".");
        let folder = folder.display();
        let config = format!(
            "pid {folder}/pid; error_log stderr; events {{}}\n\
             http {{\n  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};\n\
             fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n\
             geo $said {{\n    default \"\";\n    include {};\n  }}\n}}\n",
            map.display()
        );
        project.write("nginx.conf", config);
        accepts(Command::new("nginx").arg("-t").arg("-c").arg(project.path("nginx.conf")));
    }
}

#[test]
fn haproxy_accepts_its_map() {
    let project = Project::with_sample();
    let map = write(&project, "haproxy-map", &["--value", "as_name"]);
    let config = format!(
        "defaults\n  mode http\n  timeout client 1s\n  timeout server 1s\n  timeout connect 1s\n\
         frontend f\n  bind 127.0.0.1:1\n  http-request set-header X-AS %[src,map_ip({})]\n\
         default_backend b\nbackend b\n  server s 127.0.0.1:1\n",
        map.display()
    );
    project.write("haproxy.cfg", config);
    accepts(Command::new("haproxy").args(["-c", "-f"]).arg(project.path("haproxy.cfg")));
}

#[test]
fn ipset_has_a_set_for_each_entry() {
    let project = Project::with_sample();
    let text = fs::read_to_string(write(&project, "ipset", &[])).expect("written");
    let bytes = fs::read(project.path(FULL)).expect("published");
    let mut maxelem = [0, 0];
    let mut networks: Vec<IpNet> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["create", "ipmint-v4", "hash:net", "family", "inet", "maxelem", n] => {
                maxelem[0] = n.parse().expect("a number");
            }
            ["create", "ipmint-v6", "hash:net", "family", "inet6", "maxelem", n] => {
                maxelem[1] = n.parse().expect("a number");
            }
            ["add", "ipmint-v4", net] => networks.push(net.parse::<Ipv4Net>().expect("v4").into()),
            ["add", "ipmint-v6", net] => networks.push(net.parse::<Ipv6Net>().expect("v6").into()),
            _ => panic!("{line}"),
        }
    }
    assert_eq!(networks, netset(&bytes, None));
    assert!(maxelem.into_iter().all(|n| n >= networks.len()), "{maxelem:?}");
}

/// Rows as Arrow reads them, and the types of the columns.
fn parquet(file: &Path) -> (Value, Vec<Value>) {
    let mut python = Command::new(root().join(".tools/venv/bin/python"));
    python.arg(root().join("tests/it/readers/parquet.py")).arg(file);
    let text = accepts(&mut python);
    let mut lines = text.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let types = lines.next().expect("the types");
    (types, lines.collect())
}

#[test]
fn parquet_has_the_rows_of_ndjson_in_typed_columns() {
    let project = Project::with_sample();
    let bytes = fs::read(project.path(FULL)).expect("published");
    let (types, rows) = parquet(&write(&project, "parquet", &[]));
    for (name, kind) in [
        ("network", "string"),
        ("network.asn", "int64"),
        ("signals.is_vpn", "bool"),
        ("geo.latitude", "double"),
        ("geo.country_code", "string"),
        ("attributions", "string"),
    ] {
        // Not every edition of the sample knows coordinates.
        assert!(types[name] == kind || name == "geo.latitude", "{name}: {types}");
    }
    let expected = ndjson(&bytes);
    assert_eq!(rows.len(), expected.len());
    for (row, (network, record)) in rows.iter().zip(&expected) {
        for (name, cell) in row.as_object().expect("a row") {
            let value = name.split('.').try_fold(record, |value, key| value.get(key));
            let expected = match value {
                _ if name == "network" => network.to_string().into(),
                None => Value::Null,
                Some(list @ Value::Array(_)) => list.to_string().into(),
                Some(value) => value.clone(),
            };
            assert_eq!(*cell, expected, "{network} {name}");
        }
    }
}

#[test]
fn parquet_columns_are_as_wide_as_what_stands_there() {
    let wide = u64::MAX;
    let rows = [
        ("192.0.2.0/25", json!({ "n": 1, "d": 0.5, "m": 1, "big": wide, "is": true, "x": "a" })),
        (
            "192.0.2.128/25",
            json!({ "n": 2, "d": 2, "m": "b", "big": 1, "is": false, "network": 7 }),
        ),
        ("198.51.100.0/24", json!({})),
    ];
    let project = Project::new();
    project.write("x.mmdb", ours(&rows));
    project.run(&["export", "x.mmdb", "--to", "parquet", "--out", "x.parquet"]).expect_code(0);
    let (types, rows) = parquet(&project.path("x.parquet"));
    assert_eq!(
        types,
        json!({ "network": "string", "big": "string", "d": "double", "is": "bool", "m": "string",
            "n": "int64", "record.network": "int64", "x": "string" })
    );
    assert_eq!(
        rows,
        [
            json!({ "network": "192.0.2.0/25", "big": wide.to_string(), "d": 0.5, "is": true,
                "m": "1", "n": 1, "record.network": null, "x": "a" }),
            json!({ "network": "192.0.2.128/25", "big": "1", "d": 2.0, "is": false, "m": "b",
                "n": 2, "record.network": 7, "x": null }),
            json!({ "network": "198.51.100.0/24", "big": null, "d": null, "is": null, "m": null,
                "n": null, "record.network": null, "x": null }),
        ]
    );
    // No network is a file all the same.
    let none = ["export", "x.mmdb", "--to", "parquet", "--out", "x.parquet", "--where", "n == 9"];
    project.run(&none).expect_code(0);
    assert_eq!(parquet(&project.path("x.parquet")).1, [] as [Value; 0]);
}

#[test]
fn parquet_is_not_written_to_a_terminal() {
    let project = Project::with_sample();
    let script =
        "import os, pty, sys\nsys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let binary = env!("CARGO_BIN_EXE_ipmint");
    let output = Command::new(root().join(".tools/venv/bin/python"))
        .args(["-c", script, binary, "export", FULL, "--to", "parquet"])
        .current_dir(project.path("."))
        .stdin(std::process::Stdio::null())
        .output()
        .expect("python starts; run `cargo xtask setup`");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains("name a file with --out"), "{shown}");
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn no_damage_makes_it_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = theirs(
            &[
                ("192.0.2.0/24", json!({ "a": { "b": 1, "c": "text" }, "list": [0.5, "text"] })),
                ("2001:db8::/40", json!({ "a": { "b": 2 } })),
            ],
            IpVersion::V6,
            RecordSize::Bits28,
        );
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(export) = Export::open(&bytes) {
            let out = &mut Vec::new();
            export.write_ipset(out).expect("walked before");
            export.write_ndjson(out).expect("walked before");
            export.write_csv(out).expect("walked before");
            export.write_parquet(out).expect("walked before");
        }
    }
}
