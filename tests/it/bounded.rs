//! More feeds than memory: `--memory` sends to files what does not fit, and the release is the same.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};

use ipmint::base::Digest;

use crate::operator::UNPACKED;
use crate::support::{Ended, Project};

/// Addresses of each list, eight apart: much tree, few records.
const N_ROWS: u32 = 600_000;

fn project() -> Project {
    let project = Project::new();
    project.write("feeds/policy.toml", format!("canary = []\n{UNPACKED}"));
    for (n, id) in (0_u32..).zip(["one", "two"]) {
        let mut text = String::new();
        for row in 0..N_ROWS {
            // From the last to the first, so that they have to be sorted.
            let addr = 0x2D00_0000 + n + 8 * (N_ROWS - row);
            let _ = writeln!(text, "{}", std::net::Ipv4Addr::from_bits(addr));
        }
        project.write(&format!("data/{id}.txt"), text);
        project.list(id, "");
    }
    project
}

/// Builds within a limit of the system on private memory; returns the digest of the database.
fn built(project: &Project, limit_mib: u64, more: &[&str]) -> Result<Digest, Ended> {
    let _ = fs::remove_dir_all(project.path("output"));
    let _ = fs::remove_dir_all(project.path("cache"));
    let build =
        ["build", "--feeds", "feeds", "--root", "data", "--edition", "full", "--threads", "2"];
    let of_project = project.command(&[&build, more].concat());
    let output = Command::new("prlimit")
        .arg(format!("--data={}", limit_mib << 20))
        .arg(of_project.get_program())
        .args(of_project.get_args())
        .current_dir(project.path(""))
        .envs(of_project.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null())
        .output()
        .expect("util-linux is on every Debian");
    if output.status.code() != Some(0) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        return Err(Ended { code: output.status.code().unwrap_or(-1), stdout, stderr });
    }
    let releases = project.names("output/releases");
    let path = project.path("output/releases").join(&releases[0]).join("full.mmdb");
    Ok(Digest::of(&fs::read(path).expect("published")))
}

#[test]
fn where_nothing_can_be_written_nothing_is_published() {
    let project = project();
    project.write("cache/spill", "a file where a folder is due");
    let ended = project.build(&["--edition", "full", "--memory", "1M"]).expect_code(1);
    ended.expect_stderr(&["cannot write what does not fit in memory", "--memory"]);
    assert!(!project.path("output/index.json").exists());
}

#[test]
fn what_does_not_fit_in_memory_goes_to_files() {
    const LIMIT_MIB: u64 = 52;
    let project = project();
    let whole = built(&project, 4096, &[]).expect("memory enough");
    let failed = built(&project, LIMIT_MIB, &[]).expect_err("the limit means something");
    assert!(failed.stderr.contains("memory allocation"), "{}", failed.stderr);
    let bounded = built(&project, LIMIT_MIB, &["--memory", "16M"]).expect("bounded");
    assert_eq!(bounded, whole);
    assert_eq!(project.names("cache/spill"), [""; 0], "files have no names");
}
