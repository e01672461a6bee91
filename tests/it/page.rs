//! The page in a real browser: each flow of tests/page against a server of its own, on stores as operators have them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::serve::running::{Running, client, ended};
use crate::support::{Ended, Project};
use crate::world::{corpus_folder, files_below, root};

/// 2026-11-20T00:00:00Z: the day of the sample is the first night.
const FIRST_NIGHT: u64 = 1_795_132_800;

/// 2026-08-23, the day after the corpus's newest files.
const CORPUS_EPOCH: &str = "1787443200";

/// Addresses of every kind that the sample and the corpus know: a Tor exit, infrastructure, a bot, IPv6.
const ADDRESSES: [&str; 4] = ["185.220.101.45", "8.8.8.8", "20.204.24.249", "2606:4700:4700::1111"];

/// What stands where a list is due when its host asks for a password.
const LOGIN: &str = "<!doctype html><html><body>Sign in</body></html>";

/// Plays a flow to its end.
#[track_caller]
fn play(flow: &str, project: &Project, server: &Running, args: &[&str]) {
    let script = root().join("tests/page").join(format!("{flow}.mjs"));
    let mut node = client("node");
    node.arg(script).arg(&server.url).args(args).env("HOME", project.path(""));
    node.env("IPMINT_NODE", root().join(".tools/node"));
    node.env("IPMINT_BIN", env!("CARGO_BIN_EXE_ipmint"));
    let key = project.path("ipmint.pub");
    if key.is_file() {
        node.env("IPMINT_PUB", key);
    }
    let Ended { code, stdout, stderr } = ended(&mut node);
    eprintln!("{flow}\n{stdout}");
    assert_eq!(code, 0, "{flow}; `cargo xtask setup` installs browser and packages\n{stderr}");
}

/// The sample as an operator's own feeds.
fn own_sample() -> Project {
    let project = Project::new();
    let sample = root().join("feeds/sample");
    for name in files_below(&sample) {
        project.write(&format!("feeds/{name}"), fs::read(sample.join(&name)).expect("listed"));
    }
    project
}

/// Builds a night of it.
fn build(project: &Project, night: u64, more: &[&str]) {
    let own = ["build", "--feeds", "feeds", "--root", "feeds"];
    let mut command = project.command(&[&own, more].concat());
    command.env("SOURCE_DATE_EPOCH", (FIRST_NIGHT + night * 86_400).to_string());
    Ended::of(command.stdin(Stdio::null()).output().expect("the binary starts")).expect_code(0);
}

/// Three nights: in the second a list is rejected and another grows, in the third the first is back, a second is
/// rejected, and spam is reported of more addresses.
fn three_nights() -> Project {
    let project = own_sample();
    let hosting = "feeds/hosting/hosting-networks.txt";
    let grow = |path: &str, more: &str| {
        let text = fs::read_to_string(project.path(path)).expect("text");
        project.write(path, text + more);
    };
    build(&project, 0, &[]);
    let kept = fs::read(project.path(hosting)).expect("there");
    project.write(hosting, LOGIN);
    grow("feeds/network/cgnat.txt", "203.0.113.128/25\n2001:db8:77::/48\n");
    build(&project, 1, &[]);
    project.write(hosting, kept);
    project.write("feeds/proxy/public-a.txt", LOGIN);
    grow("feeds/abuse/spam.csv", "198.51.100.131,2026-11-21\n185.220.101.46,2026-11-21\n");
    build(&project, 2, &[]);
    project
}

/// Plays a flow over [`three_nights`].
#[track_caller]
fn play_nights(flow: &str, args: &[&str]) {
    let project = three_nights();
    let server = Running::start(&project, &[]);
    play(flow, &project, &server, args);
}

#[test]
fn an_address_is_looked_up() {
    play_nights("lookup", &ADDRESSES);
}

#[test]
fn networks_are_mapped() {
    play_nights("networks", &[]);
}

#[test]
fn releases_are_shown_and_their_commands_work() {
    play_nights("releases", &["unsigned"]);
}

#[test]
fn of_a_signed_store_it_is_said() {
    let project = Project::new();
    project.run(&["keys", "sign", "new"]).expect_code(0);
    project.run(&["build", "--sample", "--sign-key", "ipmint.key"]).expect_code(0);
    let server = Running::start(&project, &[]);
    play("releases", &project, &server, &["signed"]);
}

#[test]
fn feeds_are_sorted_and_filtered() {
    play_nights("feeds", &[]);
}

#[test]
fn every_operation_can_be_tried() {
    play_nights("api", &[]);
}

#[test]
fn languages_colours_keyboard_and_weight() {
    play_nights("shell", &[]);
}

#[test]
fn an_empty_store_says_what_to_do_next() {
    let project = Project::new();
    let server = Running::start(&project, &[]);
    let folder = project.path("");
    play("empty", &project, &server, &[folder.to_str().expect("text")]);
}

#[test]
fn a_key_is_asked_for_and_kept() {
    let project = Project::with_sample();
    project.write("plans.toml", "default = 'all'\n[plan.all]\nendpoints = '*'\n");
    let made = project.run(&["keys", "new", "--plans", "plans.toml", "--plan", "all"]);
    let key = made.expect_code(0).stdout;
    let server = Running::start(&project, &["--keys", "keys.sqlite", "--plans", "plans.toml"]);
    play("keys", &project, &server, &[key.trim()]);
}

#[test]
fn a_server_that_is_gone_is_told_in_words() {
    let project = Project::with_sample();
    let server = Running::start(&project, &[]);
    play("gone", &project, &server, &[&server.pid().to_string()]);
}

/// Real feeds where there are any. Without optimisation they take too long: then it is the sample.
fn corpus() -> Option<PathBuf> {
    let folder = corpus_folder().filter(|_| !cfg!(debug_assertions));
    if folder.is_none() {
        eprintln!("no corpus, or no release build; the page shows the sample (set IPMINT_CORPUS)");
    }
    folder
}

#[test]
fn real_feeds_are_shown() {
    let project = Project::new();
    let definitions = root().join("tests/corpus");
    let mut build = match corpus() {
        Some(folder) => {
            let mut build = project.command(&["build", "--feeds"]);
            build.arg(definitions).arg("--root").arg(folder);
            build.env("SOURCE_DATE_EPOCH", CORPUS_EPOCH);
            build
        }
        None => project.command(&["build", "--sample"]),
    };
    Ended::of(build.stdin(Stdio::null()).output().expect("the binary starts")).expect_code(0);
    let server = Running::start(&project, &[]);
    play("lookup", &project, &server, &ADDRESSES);
    play("networks", &project, &server, &[]);
    play("releases", &project, &server, &["unsigned"]);
    play("feeds", &project, &server, &[]);
}

#[test]
fn every_script_is_played() {
    let here = fs::read_to_string(root().join("tests/it/page.rs")).expect("this file");
    let scripts = files_below(Path::new(&root().join("tests/page")));
    for script in scripts.iter().filter(|name| !name.contains('/') && *name != "shots.mjs") {
        let flow = script.strip_suffix(".mjs").expect("a script");
        assert!(here.contains(&format!("\"{flow}\"")), "nobody plays {script}");
    }
}
