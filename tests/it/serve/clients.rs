//! curl, wget and aria2 have a published file in the end, whatever happened on the way.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::serve::running::{EDITION, Nightly, Running, client, ended, expect_same};
use crate::serve::server::until;

/// A database of a megabyte and a half: more than a client gets before it is cut off.
const N_LISTED: u32 = 3_000;

/// What lies here when a client is cut off.
const CUT_AT: u64 = 16_384;

/// Packs nothing: these clients ask for the database alone.
const UNPACKED: &str = "variants = []\ndeltas = 0\npatches = 0";

/// Who resumes a download.
#[derive(Clone, Copy, Debug)]
enum Resuming {
    /// `curl -C -`
    Curl,
    /// `wget -c`
    Wget,
}

impl Resuming {
    /// A download to a file named for the last part of the URL, so slow that it can be cut off.
    fn slowly(self, folder: &Path, url: &str) -> Command {
        let mut command = match self {
            Self::Curl => client("curl"),
            Self::Wget => client("wget"),
        };
        match self {
            // It takes a hundred times that at once before it waits.
            Self::Curl => command.args(["-s", "-f", "-O", "--limit-rate", "4k", url]),
            Self::Wget => command.args(["-q", "--tries=1", "--limit-rate=64k", url]),
        };
        command.current_dir(folder);
        command
    }

    /// What continues it.
    fn on(self, folder: &Path, url: &str) -> Command {
        let mut command = match self {
            Self::Curl => client("curl"),
            Self::Wget => client("wget"),
        };
        match self {
            Self::Curl => command.args(["-s", "-S", "-f", "-O", "-C", "-", url]),
            Self::Wget => command.args(["-nv", "--tries=1", "-c", url]),
        };
        command.current_dir(folder);
        command
    }
}

/// Lets a client begin a download and cuts it off; returns the file with what came.
#[track_caller]
fn cut(tool: Resuming, folder: &Path, url: &str) -> PathBuf {
    fs::create_dir_all(folder).expect("created");
    let file = folder.join(url.rsplit('/').next().expect("a name"));
    let mut command = tool.slowly(folder, url);
    let mut child = command
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{tool:?}: {error}; `cargo xtask setup` installs it"));
    until("a part of the file", || {
        let length = fs::metadata(&file).map_or(0, |file| file.len());
        let running = child.try_wait().expect("ours").is_none();
        assert!(running || length >= CUT_AT, "{tool:?} ended with {length} bytes");
        length >= CUT_AT
    });
    child.kill().expect("ours");
    child.wait().expect("ours");
    file
}

#[test]
fn curl_asks_by_etag_and_gets_only_what_is_new() {
    let nightly = Nightly::new(50, UNPACKED);
    let server = Running::start(&nightly.project, &[]);
    let folder = nightly.project.path("curl");
    fs::create_dir(&folder).expect("created");
    let ask = |is_first: bool| {
        let mut curl = client("curl");
        curl.args(["-s", "-S", "--etag-save", "etag"]);
        if !is_first {
            curl.args(["--etag-compare", "etag"]);
        }
        curl.args(["-o", "file", "-w", "%{http_code} %{size_download}"]);
        curl.arg(server.newest(EDITION)).current_dir(&folder);
        ended(&mut curl).expect_code(0).stdout
    };
    let first = nightly.database(&nightly.current());
    assert_eq!(ask(true), format!("200 {}", first.len()));
    assert_eq!(ask(false), "304 0");
    expect_same(&nightly.read("curl/file"), &first);
    let version = nightly.publish();
    server.wait_for(&version);
    let second = nightly.database(&version);
    assert_eq!(ask(false), format!("200 {}", second.len()));
    expect_same(&nightly.read("curl/file"), &second);
    assert_eq!(ask(false), "304 0");
}

#[test]
fn an_interrupted_download_is_resumed() {
    let nightly = Nightly::new(N_LISTED, UNPACKED);
    let server = Running::start(&nightly.project, &[]);
    let version = nightly.current();
    let database = nightly.database(&version);
    for tool in [Resuming::Curl, Resuming::Wget] {
        for url in [server.newest(EDITION), server.versioned(EDITION, &version)] {
            let folder = nightly.project.path(&format!("{tool:?}"));
            let file = cut(tool, &folder, &url);
            let n_before = fs::metadata(&file).expect("there").len();
            assert!(n_before < database.len() as u64, "{tool:?} was not cut off");
            ended(&mut tool.on(&folder, &url)).expect_code(0);
            expect_same(&fs::read(&file).expect("there"), &database);
            // Resuming what is whole changes nothing, whatever the client calls it.
            ended(&mut tool.on(&folder, &url));
            expect_same(&fs::read(&file).expect("there"), &database);
        }
    }
}

#[test]
fn no_resumed_download_is_of_two_releases() {
    let nightly = Nightly::new(N_LISTED, UNPACKED);
    let server = Running::start(&nightly.project, &[]);
    for tool in [Resuming::Curl, Resuming::Wget] {
        let old = nightly.current();
        let folder = nightly.project.path(&format!("{tool:?}"));
        let urls = [server.newest(EDITION), server.versioned(EDITION, &old)];
        let files = urls.each_ref().map(|url| cut(tool, &folder, url));
        let new = nightly.publish();
        server.wait_for(&new);
        let published = [nightly.database(&old), nightly.database(&new)];
        assert!(published[0] != published[1]);

        // By its version, the old one is the old one.
        ended(&mut tool.on(&folder, &urls[1])).expect_code(0);
        expect_same(&fs::read(&files[1]).expect("there"), &published[0]);
        // The newest: either of them, or the client does not go on.
        let before = fs::read(&files[0]).expect("there");
        let resumed = ended(&mut tool.on(&folder, &urls[0]));
        let after = fs::read(&files[0]).expect("there");
        if resumed.code == 0 {
            assert!(
                published.contains(&after),
                "{tool:?}: {} bytes of no release: {resumed:?}",
                after.len()
            );
        } else {
            expect_same(&after, &before);
        }
        // Who begins anew gets the new one.
        let other = nightly.project.path(&format!("{tool:?}-anew"));
        fs::create_dir(&other).expect("created");
        ended(&mut tool.on(&other, &urls[0])).expect_code(0);
        expect_same(&fs::read(other.join(EDITION)).expect("there"), &published[1]);
    }
}

/// A download in four parts at once; `limit` is of all bytes a second.
fn aria2(folder: &Path, url: &str, limit: &str) -> Command {
    let mut aria2 = client("aria2c");
    aria2.args(["--no-conf", "-x4", "-s4", "--min-split-size=1M", "--file-allocation=none"]);
    aria2.args(["--allow-overwrite=true", "--auto-file-renaming=false", "--max-tries=2"]);
    aria2.args(["--quiet", "--out=file", &format!("--max-overall-download-limit={limit}")]);
    aria2.arg("--dir").arg(folder).arg(url);
    aria2
}

#[test]
fn a_download_in_parts_is_of_one_release() {
    // aria2 makes no parts of less than a megabyte.
    let nightly = Nightly::new(4 * N_LISTED, UNPACKED);
    let server = Running::start(&nightly.project, &[]);
    let folder = nightly.project.path("aria2");
    let mut published = vec![nightly.database(&nightly.current())];
    assert!(published[0].len() > 4 << 20, "{} bytes", published[0].len());
    let urls = [server.newest(EDITION), server.versioned(EDITION, &nightly.current())];
    for url in &urls {
        ended(&mut aria2(&folder, url, "0")).expect_code(0);
        expect_same(&nightly.read("aria2/file"), &published[0]);
        fs::remove_file(folder.join("file")).expect("there");
    }
    for url in &urls {
        let mut child = aria2(&folder, url, "3M").spawn().expect("aria2c; `cargo xtask setup`");
        until("a file of aria2's", || folder.join("file").exists());
        let version = nightly.publish();
        server.wait_for(&version);
        published.push(nightly.database(&version));
        let status = child.wait().expect("ours");
        let file = nightly.read("aria2/file");
        let is_whole = status.success() && !folder.join("file.aria2").exists();
        assert!(
            !is_whole || published.contains(&file),
            "{} bytes of no release from {url}",
            file.len()
        );
        if *url == urls[1] {
            assert!(is_whole, "{status} of a release that is there");
            expect_same(&file, &published[0]);
        }
        fs::remove_file(folder.join("file")).expect("there");
        // It stays behind where a download failed.
        let _ = fs::remove_file(folder.join("file.aria2"));
    }
}
