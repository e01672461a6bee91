//! What was read of a snapshot is kept: later builds read what changed, and say the same.

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use ipmint::base::Digest;

use crate::operator::Operator;
use crate::operator::UNPACKED;
use crate::origin::{Answer, list};
use crate::support::Project;

/// A list long enough to be worth keeping, every third address from there on.
fn addresses(first: u32) -> String {
    (0..5000).map(|n| format!("{}\n", Ipv4Addr::from_bits(first + 3 * n))).collect()
}

/// Two lists and a table, with values of every kind.
fn project() -> Project {
    let project = Project::new();
    project.write("feeds/policy.toml", format!("canary = []\n{UNPACKED}"));
    project.list("one", "");
    project.list("two", "provider = 'Example VPN'");
    project.write("data/one.txt", addresses(0x2D00_0000));
    project.write("data/two.txt", addresses(0x2D00_0001));
    let table = "title = 'A table'\npath = 'table.csv'\nformat = 'csv'\nkind = 'assignment'\n\
                 attributes = ['asn', 'country', 'city', 'latitude', 'longitude']\nreserved = 'keep'\nas_of = '2026-11-20'\n\
                 licence = { id = 'CC0-1.0' }\n\
                 columns = { network = 1, asn = 2, country = 3, city = 4, latitude = 5, longitude = 6 }\n";
    project.write("feeds/table.toml", table);
    let row = |n: u32| {
        let network = Ipv4Addr::from_bits(0x2D00_0000 + (n << 6));
        format!("{network}/26,{},DE,\"Città {}\",{}.5,-{n}.25\n", 64_496 + n % 7, n % 90, n % 90)
    };
    project.write("data/table.csv", (0..1200).map(row).collect::<String>() + "broken,1,DE,,,\n");
    project
}

/// Builds into a new store and returns what the release says and is.
#[track_caller]
fn built(project: &Project, cache: &str) -> (Vec<(String, Digest)>, String) {
    let _ = fs::remove_dir_all(project.path("output"));
    let ended = project.build(&["--json", "--cache", cache]).expect_code(0);
    let report = ended.json();
    let folder = project.path("output/releases").join(report["version"].as_str().expect("text"));
    let names = project.databases(&format!("{}", folder.display()));
    let digest = |name: String| {
        let bytes = fs::read(folder.join(&name)).expect("listed");
        (name, Digest::of(&bytes))
    };
    (names.into_iter().map(digest).collect(), report["feeds"].to_string())
}

fn maps(project: &Project) -> Vec<PathBuf> {
    let entries = fs::read_dir(project.path("cache/maps")).expect("kept");
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn a_build_of_what_was_kept_is_a_clean_build() {
    let project = project();
    let clean = built(&project, "cache");
    assert_eq!(maps(&project).len(), 3);
    assert_eq!(built(&project, "cache"), clean);
    assert_eq!(maps(&project).len(), 3);

    // One of three changes, and a definition of another.
    project.write("data/one.txt", addresses(0x2D00_0007));
    project.list("two", "provider = 'Another VPN'");
    let night = built(&project, "cache");
    assert_ne!(night, clean);
    assert_eq!(maps(&project).len(), 5);
    assert_eq!(built(&project, "elsewhere"), night);
}

#[test]
fn a_damaged_map_is_made_again() {
    let project = project();
    let clean = built(&project, "cache");
    let whole: Vec<(PathBuf, Vec<u8>)> = maps(&project)
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).expect("read")))
        .collect();
    for (n, (path, bytes)) in whole.iter().enumerate() {
        let mut damaged = bytes.clone();
        match n {
            0 => damaged[bytes.len() / 2] ^= 0x40,
            1 => damaged.truncate(bytes.len() / 2),
            _ => damaged.clear(),
        }
        fs::write(path, damaged).expect("damaged");
    }
    assert_eq!(built(&project, "cache"), clean);
    for (path, bytes) in whole {
        assert_eq!(fs::read(&path).expect("made again"), bytes);
    }
}

#[test]
fn what_cannot_be_kept_stops_nothing() {
    let project = project();
    let clean = built(&project, "cache");
    project.write("file", "");
    let _ = fs::remove_dir_all(project.path("output"));
    let ended = project.build(&["--cache", "file/cache"]).expect_code(0);
    assert!(ended.stderr.contains("could not be kept"), "{}", ended.stderr);
    assert_eq!(built(&project, "file/cache"), clean);
}

/// A snapshot that is in the cache whole is not opened if its map is there; one that is gone is fetched.
#[test]
fn fetched_feeds_are_kept_too() {
    let operator = Operator::with_list(vec![Answer::content(list(0, 4000)); 3]);
    let first = operator.report(&[]);
    assert_eq!(first.report["feeds"]["list"]["state"], "fresh");
    let kept = maps(&operator.project);
    assert_eq!(kept.len(), 1);
    let night = operator.next_night();
    assert_eq!(night.report["feeds"]["list"]["state"], "unchanged");
    assert_eq!(night.report["feeds"]["list"]["rows"], first.report["feeds"]["list"]["rows"]);
    assert_eq!(maps(&operator.project), kept);
}
