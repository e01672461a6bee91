//! Has the crate compiled anew when a file under `feeds/` or `schemas/` comes or goes, names the code that reads
//! feeds, and lists the files of the page.
//!
//! `feed::embedded` takes both folders in; the compiler itself notices changed files only.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads the crate's own files and what cargo says"
)]

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsStr;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What decides what is read of a snapshot: the code, and the crates it calls.
const PARSER: [&str; 7] = [
    "Cargo.lock",
    "src/algebra",
    "src/base",
    "src/claim/guard.rs",
    "src/feed",
    "src/fetch/unpack.rs",
    "src/parse",
];

/// Where the page's files are, beside the module that has them served.
const PAGE: &str = "src/serve/page";

/// What a page is made of.
const MEDIA_TYPES: [(&str, &str); 4] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("svg", "image/svg+xml"),
];

fn main() {
    println!("cargo::rerun-if-changed=feeds");
    println!("cargo::rerun-if-changed=schemas");
    let mut digest = DefaultHasher::new();
    for path in PARSER {
        println!("cargo::rerun-if-changed={path}");
        for file in files(Path::new(path)) {
            file.hash(&mut digest);
            fs::read(&file).expect("a file of the crate").hash(&mut digest);
        }
    }
    println!("cargo::rustc-env=IPMINT_PARSER={:016x}", digest.finish());
    list_page();
}

/// Writes `page.rs`, an expression: name, media type and content of each file of the page, by name.
fn list_page() {
    println!("cargo::rerun-if-changed={PAGE}");
    let variable = |name: &str| PathBuf::from(env::var_os(name).expect("cargo sets it"));
    let page = variable("CARGO_MANIFEST_DIR").join(PAGE);
    let mut rows = Vec::new();
    for path in files(&page) {
        let kind = path.extension().and_then(OsStr::to_str).unwrap_or_default();
        if kind == "rs" {
            continue;
        }
        let found = MEDIA_TYPES.iter().find(|(known, _)| *known == kind);
        let Some((_, media_type)) = found else {
            panic!("{}: a page is made of .html, .js, .css and .svg", path.display());
        };
        let parts = path.strip_prefix(&page).expect("below it").iter();
        let parts: Vec<&str> = parts.map(|part| part.to_str().expect("a name in UTF-8")).collect();
        let path = path.to_str().expect("a path in UTF-8");
        rows.push((parts.join("/"), format!("{media_type:?}, include_bytes!({path:?})")));
    }
    rows.sort();
    let rows = rows.iter().map(|(name, rest)| format!("    ({name:?}, {rest}),\n"));
    let table = format!("&[\n{}]\n", rows.collect::<String>());
    fs::write(variable("OUT_DIR").join("page.rs"), table).expect("the build's own folder");
}

/// Every file below a path, sorted.
fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        // The lock does not travel with a packaged crate.
        return if path.is_file() { vec![path.to_owned()] } else { Vec::new() };
    }
    let entries = fs::read_dir(path).expect("a folder of the crate");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| files(path)).collect()
}
