//! The command line does what README and `--help` say.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::json;

use crate::support::{Ended, Project};

#[test]
fn the_sample_is_built_looked_up_and_explained() {
    let project = Project::new();
    let built = project.run(&["build", "--sample"]).expect_code(0);
    assert!(built.stdout.contains("release 20261121.1: "), "{}", built.stdout);
    assert_eq!(built.stderr, "");
    let looked_up = project.run(&["lookup", "185.220.101.45"]).expect_code(0);
    assert!(looked_up.stdout.contains("signals.is_tor"), "{}", looked_up.stdout);
    let explained = project.run(&["explain", "185.220.101.45"]).expect_code(0);
    for part in ["Score 90 of 100, critical risk: block.", "tor_exit", "floor 90 of tor_exit"] {
        assert!(explained.stdout.contains(part), "{part}: {}", explained.stdout);
    }
}

#[test]
fn the_sample_is_of_its_own_day_whatever_the_clock_says() {
    let project = Project::new();
    let built = project.command(&["build", "--sample"]).env_remove("SOURCE_DATE_EPOCH").output();
    let printed = String::from_utf8(built.expect("runs").stdout).expect("text");
    assert!(printed.contains("release 20261120.1: "), "{printed}");
}

#[test]
fn every_record_of_the_sample_is_explained() {
    let project = Project::with_sample();
    let database = "output/releases/20261121.1/full.mmdb";
    let bytes = std::fs::read(project.path(database)).expect("published");
    let reader = ipmint::mmdb::Reader::open(&bytes).expect("sound");
    let mut offsets = std::collections::BTreeSet::new();
    for network in reader.networks() {
        let (prefix, offset) = network.expect("sound");
        if !offsets.insert(offset) {
            continue;
        }
        let addr = std::net::Ipv6Addr::from_bits(prefix.addr());
        let ip = match u32::try_from(prefix.addr()) {
            Ok(v4) if prefix.len() >= 96 => std::net::Ipv4Addr::from_bits(v4).to_string(),
            _ => addr.to_string(),
        };
        // The command fails where the score worked out is not the one stored.
        let explained = project.run(&["explain", "--json", &ip]).expect_code(0).json();
        let effects = explained["explanation"]["effects"].as_array().expect("a list").iter();
        let sum: u64 = effects.map(|effect| effect["effect_ppm"].as_u64().expect("a count")).sum();
        assert_eq!(explained["explanation"]["base_ppm"], sum, "{ip}");
    }
    assert!(offsets.len() > 50, "{}", offsets.len());
}

#[test]
fn addresses_come_from_standard_input_when_none_is_given() {
    let project = Project::with_sample();
    let input = b"8.8.8.8\n\n 1.1.1.1 \r\nnonsense\n2001:4860:4860::8888";
    let ended = project.run_with(&["lookup", "--json", "--edition", "asn"], input).expect_code(1);
    let ips: Vec<_> = ended.json_lines().into_iter().map(|line| line["ip"].clone()).collect();
    assert_eq!(ips, ["8.8.8.8", "1.1.1.1", "nonsense", "2001:4860:4860::8888"]);
    let bad = &ended.json_lines()[2];
    assert_eq!(*bad, json!({ "ip": "nonsense", "error": "not an IPv4 or IPv6 address" }));
}

#[test]
fn a_line_that_is_too_long_is_answered_once() {
    let project = Project::with_sample();
    let mut input = vec![b'x'; 1 << 16];
    input.extend(b"1.1.1.1\n8.8.8.8\n");
    input.extend(vec![b'9'; 300_000]);
    let ended = project.run_with(&["lookup", "--json"], &input).expect_code(1);
    let answers = ended.json_lines();
    assert_eq!(answers.len(), 3);
    for (answer, letter) in [(&answers[0], "x"), (&answers[2], "9")] {
        let error = "a line of more than 65536 bytes";
        assert_eq!(*answer, json!({ "ip": letter.repeat(64) + "…", "error": error }));
    }
    assert_eq!(answers[1]["ip"], "8.8.8.8");
    // The last address may end where the input does.
    let mut input = vec![b' '; (1 << 16) - 7];
    input.extend(b"1.1.1.1");
    let answers = project.run_with(&["lookup", "--json"], &input).expect_code(0).json_lines();
    assert_eq!((answers.len(), &answers[0]["ip"]), (1, &json!("1.1.1.1")));
}

#[test]
fn an_answer_comes_before_the_next_question() {
    let project = Project::with_sample();
    let mut child = project
        .command(&["lookup", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut questions = child.stdin.take().expect("piped");
    let mut answers = BufReader::new(child.stdout.take().expect("piped")).lines();
    for ip in ["8.8.8.8", "1.1.1.1"] {
        writeln!(questions, "{ip}").expect("written");
        let answer = answers.next().expect("an answer").expect("text");
        assert!(answer.contains(ip), "{answer}");
    }
    drop(questions);
    assert!(child.wait().expect("ends").success());
}

#[test]
fn a_closed_pipe_is_a_normal_end() {
    let project = Project::with_sample();
    let mut child = project
        .command(&["lookup", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let mut questions = child.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || {
        // The binary goes away meanwhile, and this pipe with it.
        drop(questions.write_all("8.8.8.8\n".repeat(100_000).as_bytes()));
    });
    let output = child.wait_with_output().expect("ends");
    writer.join().expect("no panic");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn only_the_editions_asked_for_are_built() {
    let project = Project::new();
    let args = ["build", "--sample", "--edition", "asn", "--edition", "full", "--edition", "asn"];
    project.run(&args).expect_code(0);
    assert_eq!(project.databases("output/releases/20261121.1"), ["asn.mmdb", "full.mmdb"]);
    let unknown = "no edition `fulll`; there are anonymous";
    let ended = project.run(&["build", "--sample", "--edition", "fulll"]).expect_code(2);
    ended.expect_stderr(&[unknown]);
    let unknown = "release 20261121.1 has no edition `city`; it has asn, full";
    project
        .run(&["lookup", "--edition", "city", "1.1.1.1"])
        .expect_code(1)
        .expect_stderr(&[unknown]);
}

#[test]
fn threads_and_repetition_do_not_change_a_byte() {
    let project = Project::new();
    for threads in ["1", "2", "7"] {
        let args = ["build", "--sample", "--output", threads, "--threads", threads];
        project.run(&args).expect_code(0);
    }
    let files = |output: &str| -> Vec<(String, Vec<u8>)> {
        let folder = format!("{output}/releases/20261121.1");
        let read = |name: String| {
            let bytes = std::fs::read(project.path(&format!("{folder}/{name}"))).expect("there");
            (name, bytes)
        };
        project.names(&folder).into_iter().map(read).collect()
    };
    let one = files("1");
    // The database and four packed forms of nine editions, NOTICE and manifest.
    assert_eq!(one.len(), 9 * 5 + 2);
    for output in ["2", "7"] {
        for (one, other) in one.iter().zip(files(output)) {
            assert!(*one == other, "{} differs with {output} threads", one.0);
        }
    }
}

#[test]
fn inspect_and_verify_tell_what_a_file_holds() {
    let project = Project::with_sample();
    let file = "output/releases/20261121.1/asn.mmdb";
    let inspected = project.run(&["inspect", "--json", file]).expect_code(0).json();
    assert_eq!(inspected["metadata"]["database_type"], "ipmint-ASN");
    let keys = inspected["keys"].as_object().expect("a map");
    assert!(keys.contains_key("autonomous_system_number"), "{keys:?}");
    let text = project.run(&["inspect", file]).expect_code(0).stdout;
    assert!(text.contains("ipmint-ASN") && text.contains("(2026-11-21)"), "{text}");

    project.write("junk", "junk");
    let verified = project.run(&["verify", "--json", file, "junk", "none", "output"]);
    let verified = verified.expect_code(1).json_lines();
    assert_eq!(verified[0], json!({ "file": file, "ok": true, "problems": [] }));
    assert_eq!(verified.iter().filter(|line| line["ok"] == false).count(), 3);
    let all: Vec<String> = project
        .databases("output/releases/20261121.1")
        .into_iter()
        .map(|name| format!("output/releases/20261121.1/{name}"))
        .collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let ended = project.run(&[&["verify"], all.as_slice()].concat()).expect_code(0);
    assert_eq!(ended.stdout.lines().filter(|line| line.ends_with(": ok")).count(), 9);
}

#[test]
fn feeds_are_listed_shown_and_checked() {
    let project = Project::with_sample();
    let listed = project.run(&["feeds", "list", "--sample", "--json"]).expect_code(0).json();
    assert_eq!(listed["feeds"]["tor-exit-addresses"]["state"], "fresh");
    let text = project.run(&["feeds", "list", "--sample"]).expect_code(0).stdout;
    assert!(text.lines().any(|line| line.starts_with("tor_exit ")), "{text}");
    let shown = project.run(&["feeds", "show", "--sample", "tor-exit-addresses"]).expect_code(0);
    assert!(shown.stdout.contains("tor-exits") && shown.stdout.contains("guards.min_rows"));
    let ended = project.run(&["feeds", "show", "--sample", "tor-exit"]).expect_code(2);
    ended.expect_stderr(&["no feed `tor-exit`; did you mean tor-exit-addresses"]);
    let checked = project.run(&["feeds", "check", "--sample"]).expect_code(0).stdout;
    assert!(checked.starts_with("ok: "), "{checked}");
}

#[test]
fn feeds_of_a_folder_are_built_with_its_policy() {
    let project = Project::new();
    project.list("mine", "");
    project.write("data/mine.txt", "192.0.2.0/24\n198.51.100.7\n");
    project.write("feeds/policy.toml", "category.vpn = { weight = 1000, floor = 0 }\n");
    let report = project.build(&["--json"]).expect_code(0).json();
    assert_eq!(report["feeds"]["mine"]["rows"], 2);
    assert_eq!(report["feeds"]["mine"]["coverage_v4"], 257);
    let record = project.run(&["lookup", "--json", "192.0.2.9"]).expect_code(0).json();
    assert_eq!(record["network"], "192.0.2.0/24");
    // 1000 ‰ of a feed that is right half the time, a day old: S is just under 50.
    assert_eq!(record["record"]["threat"]["score"], 49);
    let explained = project.run(&["explain", "--json", "192.0.2.9"]).expect_code(0).json();
    assert_eq!(explained["explanation"]["floors"], json!([]));
}

#[test]
fn a_snapshot_ages_from_the_day_a_build_first_saw_it() {
    let project = Project::new();
    let definition = crate::support::definition("x.txt", "list", "");
    let undated: String = definition
        .lines()
        .filter(|line| !line.starts_with("as_of"))
        .map(|l| format!("{l}\n"))
        .collect();
    project.write("feeds/x.toml", undated);
    project.write("data/x.txt", "192.0.2.1\n");
    let age = |epoch: &str| {
        let status = project
            .command(&["build", "--feeds", "feeds", "--root", "data", "--json"])
            .env("SOURCE_DATE_EPOCH", epoch)
            .output()
            .expect("runs");
        assert!(status.status.success(), "{status:?}");
        let explained = project.run(&["explain", "--json", "192.0.2.1"]).expect_code(0).json();
        explained["claims"][0]["age_days"].as_u64().expect("a count")
    };
    assert_eq!(age("1795219200"), 0);
    assert_eq!(age("1796083200"), 10);
    project.write("data/x.txt", "192.0.2.1\n192.0.2.2\n");
    assert_eq!(age("1796083200"), 0);
}

#[test]
fn completions_and_help_name_the_commands() {
    let project = Project::new();
    let script = project.run(&["completions", "bash"]).expect_code(0).stdout;
    assert!(script.contains("lookup"));
    let help = project.run(&["--help"]).expect_code(0).stdout;
    for command in [
        "build",
        "lookup",
        "explain",
        "inspect",
        "verify",
        "diff",
        "export",
        "feeds",
        "completions",
    ] {
        assert!(help.contains(command), "{command}");
    }
    project.run(&["biuld"]).expect_code(2).expect_stderr(&["similar", "'build'"]);
    project.run(&["build", "--thread", "2"]).expect_code(2).expect_stderr(&["--threads"]);
}

#[test]
fn strict_tells_a_degraded_build_by_its_code() {
    let project = Project::new();
    project.list("good", "");
    project.write("data/good.txt", "192.0.2.1\n");
    project.list("gone", "");
    let said = ["warning: feed `gone`", "missing", "gone.txt"];
    project.build(&[]).expect_code(0).expect_stderr(&said);
    project.build(&["--strict"]).expect_code(4).expect_stderr(&said);
}

#[test]
fn a_canary_stops_the_release_unless_forced() {
    let project = Project::new();
    project.list("vpn", "");
    project.write("data/vpn.txt", "192.0.2.0/24\n");
    let policy = "[[canary]]\nnetwork = '192.0.2.7/32'\nmust_not = ['is_vpn']\n";
    project.write("feeds/policy.toml", policy);
    let said = ["canaries", "192.0.2.7/32", "is_vpn is true of 192.0.2.0/24"];
    project.build(&[]).expect_code(3).expect_stderr(&said);
    assert!(!project.path("output/index.json").exists());
    project.build(&["--force", "canaries"]).expect_code(0);
    let release = "output/releases/20261121.1/manifest.json";
    let manifest = std::fs::read(project.path(release)).expect("published");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    let gates = manifest["gates"].as_array().expect("a list");
    assert!(gates.iter().any(|gate| gate["name"] == "canaries" && gate["forced"] == true));
}

#[test]
fn canaries_are_asked_of_the_full_edition_even_when_it_is_not_published() {
    let project = Project::new();
    project.list("vpn", "");
    project.write("data/vpn.txt", "192.0.2.0/24\n");
    project
        .write("feeds/policy.toml", "[[canary]]\nnetwork = '192.0.2.7'\nmust_not = ['is_vpn']\n");
    let said = ["canaries", "192.0.2.7", "is_vpn is true of 192.0.2.0/24"];
    let anonymous = ["--edition", "anonymous"];
    project.build(&anonymous).expect_code(3).expect_stderr(&said);
    assert!(!project.path("output/index.json").exists());

    project.write("feeds/policy.toml", "[[canary]]\nnetwork = '192.0.2.7'\nmust = ['is_vpn']\n");
    let report = project.build(&[&anonymous[..], &["--json"]].concat()).expect_code(0).json();
    assert_eq!(report["editions"].as_object().expect("a map").len(), 1);
    let release = "output/releases/20261121.1";
    assert_eq!(project.databases(release), ["anonymous.mmdb"]);
    let bytes = |below: &str| std::fs::read(project.path(below)).expect("published");
    let manifest: serde_json::Value =
        serde_json::from_slice(&bytes(&format!("{release}/manifest.json"))).expect("JSON");
    assert_eq!(manifest["editions"].as_object().expect("a map").len(), 1);
    let gates = manifest["gates"].as_array().expect("a list");
    assert!(gates.iter().any(|gate| gate["name"] == "canaries" && gate["edition"] == "full"));
    // Beside other editions it has the same bytes.
    project.build(&[]).expect_code(0);
    let beside = bytes("output/releases/20261121.2/anonymous.mmdb");
    assert_eq!(bytes(&format!("{release}/anonymous.mmdb")), beside);
}

#[test]
fn an_empty_store_says_what_to_do() {
    let check = |ended: Ended| {
        ended
            .expect_code(1)
            .expect_stderr(&["no release in `output`; run `ipmint build --sample`"]);
    };
    let project = Project::new();
    check(project.run(&["lookup", "1.1.1.1"]));
    check(project.run(&["explain", "1.1.1.1"]));
}
