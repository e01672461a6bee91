//! Installs what the tests need, and says nothing about what is already there.
//!
//! Programs come from Debian; libraries of other languages go below `.tools/`,
//! so that nothing outside the repository depends on our pins.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{self, cargo, command, output, root, which};
use crate::geoipupdate;

/// A program some test starts, and the Debian package it comes in.
const PROGRAMS: [(&str, &str); 21] = [
    ("curl", "curl"),           // the judge of the server that fetching is tested with
    ("openssl", "openssl"),     // certifies the server that TLS is tested with
    ("mmdblookup", "mmdb-bin"), // libmaxminddb itself: the judge in C
    ("minisign", "minisign"),   // the judge of signatures
    ("nft", "nftables"),        // nft, nginx and haproxy check what `export` writes for them
    ("nginx", "nginx"),
    ("haproxy", "haproxy"),
    ("python3", "python3"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("go", "golang-go"), // with curl, Python and Node.js: clients of README's examples
    ("strace", "strace"), // kills and fails system calls
    ("valgrind", "valgrind"), // counts instructions where seconds wander
    ("zstd", "zstd"),    // the judge of deltas that it can apply
    ("wget", "wget"),    // with aria2c and curl: who downloads from the server
    ("aria2c", "aria2"),
    ("wrk", "wrk"),         // loads it
    ("iprange", "iprange"), // set operations, beside ours
    ("slowhttptest", "slowhttptest"),
    ("chromium", "chromium"),  // the browser that the page is tested in
    ("fc-list", "fontconfig"), // tells whether it can write Chinese
];

/// A font with Chinese letters: without one they would all look the same.
const CHINESE_FONT: &str = "fonts-noto-cjk";

/// Where Debian keeps programs that are not on everybody's `PATH`.
const SBIN: &str = "/usr/sbin";

/// Installs packages without starting the servers that some of them are: nobody asked for a web
/// server. Debian asks this file (`invoke-rc.d(8)`, `deb-systemd-invoke(1p)`), 101 means no.
const INSTALL: &str = "\
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT INT TERM
    printf '#!/bin/sh\\nexit 101\\n' > $policy
    chmod 755 $policy
fi
apt-get -q install --yes --no-install-recommends \"$@\"";

/// What the C extension of `maxminddb` is built with where no wheel brings it.
const BUILD_PACKAGES: [&str; 3] = ["gcc", "python3-dev", "libmaxminddb-dev"];

/// Python distributions, pinned. `pyarrow` is the judge of Parquet files.
const PYTHON: [(&str, &str); 3] =
    [("maxminddb", "3.2.0"), ("geoip2", "5.3.0"), ("pyarrow", "26.0.1")];

/// The judge of the server's headers, pinned, and what it judges with.
const REDBOT: [(&str, &str); 3] =
    [("redbot", "2.7.1"), ("httplint", "2026.10.4"), ("thor", "0.17.0")];

/// Asks the server whatever its OpenAPI document allows, pinned, and what it judges answers with.
const SCHEMATHESIS: [(&str, &str); 3] =
    [("schemathesis", "4.32.5"), ("jsonschema-rs", "0.60.3"), ("hypothesis", "6.170.15")];

/// npm packages, pinned: readers, who moves the browser, and the judge of whether everybody can use
/// the page. They pin their own dependencies, or have none.
const NODE: [(&str, &str); 4] = [
    ("maxmind", "5.0.7"),
    ("mmdb-lib", "3.0.3"),
    ("playwright-core", "1.65.1"), // brings no browser
    ("axe-core", "4.14.1"),
];

/// The test runner's version where it has to be installed.
const NEXTEST: &str = "0.9.143";

/// The fuzzer's version where it has to be installed.
const CARGO_FUZZ: &str = "0.13.2";

/// Installs whatever is missing.
pub(crate) fn run() -> Result<()> {
    programs()?;
    python()?;
    redbot()?;
    schemathesis()?;
    node()?;
    geoipupdate::install(&tools())?;
    nextest()
}

fn programs() -> Result<()> {
    let mut missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, _)| which(program).is_none() && !Path::new(SBIN).join(program).is_file())
        .map(|(_, package)| *package)
        .collect();
    // Debian's Python comes without what `python3 -m venv` needs.
    let mut venv = command("python3", &["-c", "import ensurepip, venv"]);
    if which("python3").is_none() || output(&mut venv).is_err() {
        missing.push("python3-venv");
    }
    if !writes_chinese() {
        missing.push(CHINESE_FONT);
    }
    install_debian(&missing)
}

/// Whether some font has Chinese letters; without `fc-list` nobody knows.
fn writes_chinese() -> bool {
    let mut fonts = command("fc-list", &[":lang=zh", "family"]);
    output(&mut fonts).is_ok_and(|families| !families.trim().is_empty())
}

fn install_debian(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    ensure!(
        which("apt-get").is_some(),
        "missing programs, and no apt-get to install them; install by hand what Debian calls: {names}"
    );
    println!("installing Debian packages: {names}");
    quietly(as_root(&["apt-get", "-q", "update"]))
        .and_then(|()| {
            let mut install = as_root(&["sh", "-c", INSTALL, "install"]);
            install.args(packages);
            quietly(install)
        })
        .with_context(|| {
            format!("Debian packages {names}: install them by hand, then run `cargo xtask setup`")
        })
}

/// A command of the administrator's, through `sudo` where we are not root.
fn as_root(args: &[&str]) -> Command {
    let is_root = output(&mut command("id", &["-u"])).is_ok_and(|id| id.trim() == "0");
    let [program, args @ ..] = args else { unreachable!("a command has a name") };
    let mut as_root = if is_root {
        command(program, args)
    } else {
        let mut sudo = command("sudo", &["DEBIAN_FRONTEND=noninteractive", program]);
        sudo.args(args);
        // A developer's sudo may ask for a password.
        sudo.stdin(Stdio::inherit());
        sudo
    };
    as_root.env("DEBIAN_FRONTEND", "noninteractive");
    as_root
}

fn quietly(mut command: Command) -> Result<()> {
    output(&mut command).map(drop)
}

fn tools() -> PathBuf {
    root().join(".tools")
}

fn python() -> Result<()> {
    let venv = tools().join("venv");
    let python = venv.join("bin/python");
    if python_is_ready(&python) {
        return Ok(());
    }
    let names = PYTHON.map(|(name, version)| format!("{name}=={version}")).join(" ");
    println!("installing Python packages: {names}");
    let advice = || {
        format!(
            "Python packages {names}: see that pip reaches its index, then run `cargo xtask setup`"
        )
    };
    quietly(command("python3", &["-m", "venv", "--clear", &venv.to_string_lossy()]))
        .with_context(advice)?;
    pip_install(&python, &PYTHON, &[]).with_context(advice)?;
    if !python_is_ready(&python) {
        // The wheel is pure Python here: build the extension.
        install_debian(&BUILD_PACKAGES)?;
        let from_source = ["--force-reinstall", "--no-deps", "--no-binary", "maxminddb"];
        pip_install(&python, &PYTHON, &from_source).with_context(advice)?;
    }
    if !python_is_ready(&python) {
        bail!(
            "maxminddb came without its C extension; install {} and run `cargo xtask setup`",
            BUILD_PACKAGES.join(" ")
        );
    }
    Ok(())
}

/// REDbot in a virtual environment of its own: what it needs is its own affair.
fn redbot() -> Result<()> {
    of_its_own("redbot", &REDBOT, &[])
}

/// The same for Schemathesis. Wheels only: nothing of it is to be compiled.
fn schemathesis() -> Result<()> {
    of_its_own("schemathesis", &SCHEMATHESIS, &["--only-binary", ":all:"])
}

/// Installs packages in a virtual environment with the name of a module that they bring.
fn of_its_own(module: &str, packages: &[(&str, &str)], options: &[&str]) -> Result<()> {
    let venv = tools().join(module);
    let python = venv.join("bin/python");
    if has_versions(&python, module, packages) {
        return Ok(());
    }
    let names = pinned(packages).join(" ");
    println!("installing Python packages: {names}");
    quietly(command("python3", &["-m", "venv", "--clear", &venv.to_string_lossy()]))
        .and_then(|()| pip_install(&python, packages, options))
        .with_context(|| {
            format!(
                "Python packages {names}: see that pip reaches its index, then run `cargo xtask setup`"
            )
        })
}

fn pinned(packages: &[(&str, &str)]) -> Vec<String> {
    packages.iter().map(|(name, version)| format!("{name}=={version}")).collect()
}

fn pip_install(python: &Path, packages: &[(&str, &str)], options: &[&str]) -> Result<()> {
    let mut pip =
        command(python, &["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.args(options).args(pinned(packages));
    quietly(pip)
}

/// Whether the pinned versions are there, `maxminddb` with its C extension.
fn python_is_ready(python: &Path) -> bool {
    has_versions(python, "maxminddb.extension", &PYTHON)
}

/// Whether a module can be imported, and packages have their versions.
fn has_versions(python: &Path, module: &str, packages: &[(&str, &str)]) -> bool {
    let script = format!(
        "import sys, {module}\n\
         from importlib.metadata import version\n\
         sys.exit(any(version(a[0]) != a[1] for a in (b.split('==') for b in sys.argv[1:])))"
    );
    let mut check = command(python, &["-c", &script]);
    check.args(pinned(packages));
    python.is_file() && output(&mut check).is_ok()
}

fn node() -> Result<()> {
    let dir = tools().join("node");
    if NODE.iter().all(|(name, version)| node_version(&dir, name).as_deref() == Some(version)) {
        return Ok(());
    }
    let names = NODE.map(|(name, version)| format!("{name}@{version}"));
    println!("installing npm packages: {}", names.join(" "));
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let mut npm = command("npm", &["install", "--no-audit", "--no-fund", "--no-save", "--silent"]);
    npm.arg("--prefix").arg(&dir).args(&names);
    quietly(npm).with_context(|| {
        let names = names.join(" ");
        format!(
            "npm packages {names}: see that npm reaches its registry, then run `cargo xtask setup`"
        )
    })
}

fn node_version(dir: &Path, name: &str) -> Option<String> {
    let manifest = fs::read(dir.join("node_modules").join(name).join("package.json")).ok()?;
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).ok()?;
    manifest["version"].as_str().map(str::to_owned)
}

fn nextest() -> Result<()> {
    cargo_install("nextest", NEXTEST, "https://nexte.st")
}

/// Installs what `cargo xtask fuzz` needs; nothing else does, so [`run`] leaves it out.
pub(crate) fn cargo_fuzz() -> Result<()> {
    cargo_install("fuzz", CARGO_FUZZ, "https://github.com/rust-fuzz/cargo-fuzz")
}

/// Installs a subcommand of cargo.
fn cargo_install(name: &str, version: &str, site: &str) -> Result<()> {
    if output(&mut cargo(&[name, "--version"])).is_ok() {
        return Ok(());
    }
    println!("installing cargo-{name} {version}; this takes some minutes");
    let package = format!("cargo-{name}");
    command::run(&mut cargo(&["install", &package, "--locked", "--version", version]))
        .with_context(|| format!("{package} {version}: see {site} for other ways to install it"))
}
