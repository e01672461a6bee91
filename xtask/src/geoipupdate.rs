//! Installs two versions of `geoipupdate`, MaxMind's own client, the judge of the server that it is
//! pointed at.
//!
//! Debian has it in its contrib area, which few machines are set up for, and in one version a suite.
//! So apt is asked with sources and lists of our own below `.tools/`: what it is set up with outside
//! stays as it is, and neither root nor a password is needed. The mirror is the one that apt has
//! Debian from; that the packages are Debian's, apt checks by the keys of the archive.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::command::{command, output};

/// A suite of Debian's, and the version it has: bookworm's asks as the clients up to 6 do, trixie's
/// as those from 7 on.
const SUITES: [(&str, &str); 2] = [("bookworm", "4.10"), ("trixie", "7.1")];

/// The keys of Debian's archive, where the package of that name has them.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Installs what is missing, each as `geoipupdate-<version>` in a folder of tools.
pub(crate) fn install(tools: &Path) -> Result<()> {
    for (suite, version) in SUITES {
        let folder = tools.join(format!("geoipupdate-{version}"));
        if folder.join("usr/bin/geoipupdate").is_file() {
            continue;
        }
        println!("installing geoipupdate {version} of Debian's {suite}");
        one(tools, suite, version, &folder).with_context(|| {
            format!(
                "geoipupdate {version}: unpack Debian's package of {suite} (contrib) into {}, \
                 then run `cargo xtask setup`",
                folder.display()
            )
        })?;
    }
    Ok(())
}

fn one(tools: &Path, suite: &str, version: &str, folder: &Path) -> Result<()> {
    let apt = tools.join(format!("apt-{suite}"));
    for below in ["lists/partial", "cache/archives/partial"] {
        let folder = apt.join(below);
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    ensure!(
        Path::new(KEYRING).is_file(),
        "no {KEYRING}; Debian's package is debian-archive-keyring"
    );
    let sources = format!(
        "Types: deb\nURIs: {}\nSuites: {suite}\nComponents: contrib\nSigned-By: {KEYRING}\n",
        mirror()?
    );
    fs::write(apt.join("debian.sources"), sources).context("cannot write debian.sources")?;

    output(apt_get(&apt).args(["-q", "update"]))?;
    let trusted = command("apt-get", &[]);
    let trusted = output(options(trusted, &apt).args(["indextargets", "--format", "$(TRUSTED)"]))?;
    ensure!(
        !trusted.is_empty() && trusted.lines().all(|line| line == "yes"),
        "the lists of {suite} are not signed by a key of {KEYRING}"
    );
    // Refuses what the signed lists do not vouch for.
    output(apt_get(&apt).args(["-q", "download", "geoipupdate"]).current_dir(&apt))?;
    let package = package(&apt, version)?;
    let unfinished = folder.with_extension("part");
    let paths = [&package, &unfinished].map(|path| path.to_string_lossy().into_owned());
    output(&mut command("dpkg-deb", &["-x", &paths[0], &paths[1]]))?;
    fs::rename(&unfinished, folder)
        .and_then(|()| fs::remove_dir_all(&apt))
        .with_context(|| format!("cannot set up {}", folder.display()))
}

/// Where apt has Debian's main area from.
fn mirror() -> Result<String> {
    let format = "$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(REPO_URI)";
    let targets = output(&mut command("apt-get", &["indextargets", "--format", format]))?;
    let mirror = targets.lines().find_map(|line| line.strip_prefix("Debian|Debian|main|"));
    mirror.map(str::to_owned).context("apt has no source of Debian's, or was never updated")
}

fn apt_get(folder: &Path) -> Command {
    options(command("apt-get", &[]), folder)
}

/// Has apt work below a folder, and take nothing that is not signed.
fn options(mut apt: Command, folder: &Path) -> Command {
    for (name, value) in [
        ("Dir::Etc::sourcelist", folder.join("debian.sources")),
        ("Dir::Etc::sourceparts", PathBuf::from("/dev/null")),
        ("Dir::State::lists", folder.join("lists")),
        ("Dir::Cache", folder.join("cache")),
    ] {
        apt.arg("-o").arg(format!("{name}={}", value.display()));
    }
    for option in [
        "Acquire::AllowInsecureRepositories=false",
        "Acquire::AllowWeakRepositories=false",
        "APT::Get::AllowUnauthenticated=false",
        "APT::Update::Error-Mode=any",
        // As root it would become another user, who may not write here.
        "APT::Sandbox::User=root",
    ] {
        apt.args(["-o", option]);
    }
    apt
}

/// The package that was downloaded, if it is of that version.
fn package(folder: &Path, version: &str) -> Result<PathBuf> {
    let names =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths = names.filter_map(|entry| Some(entry.ok()?.path()));
    let start = format!("geoipupdate_{version}.");
    let is_it = |path: &PathBuf| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        stem.starts_with(&start) && path.extension().is_some_and(|kind| kind == "deb")
    };
    paths.find(is_it).with_context(|| format!("Debian has no {start}* any more"))
}
