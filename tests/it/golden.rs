//! Golden files: what is published, byte for byte as it was reviewed last.
//!
//! `cargo xtask bless` rewrites `tests/golden/`; the diff is reviewed like code.

mod database;
mod dump;
mod help;
mod release;

use std::fs;
use std::path::PathBuf;

/// How many lines before and after a difference are shown.
const AROUND: usize = 3;

/// The folder of golden files, or a file in it.
fn path(name: &str) -> PathBuf {
    at(&format!("tests/golden/{name}"))
}

/// A file of the checkout.
fn at(below: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(below)
}

fn is_blessing() -> bool {
    std::env::var_os("IPMINT_BLESS").is_some_and(|value| value == "1")
}

/// Compares with a golden file, or writes it; `neighbourhood` shows what lies at an offset
/// of the bytes found.
#[track_caller]
fn check_bytes(name: &str, found: &[u8], neighbourhood: impl Fn(usize) -> String) {
    check_at(&format!("tests/golden/{name}"), found, neighbourhood);
}

/// The same with a file anywhere in the checkout.
#[track_caller]
fn check_at(below: &str, found: &[u8], neighbourhood: impl Fn(usize) -> String) {
    if is_blessing() {
        return fs::write(at(below), found).expect("written");
    }
    let golden = fs::read(at(below))
        .unwrap_or_else(|error| panic!("{below}: {error}; `cargo xtask bless` writes it"));
    if let Some(at) = first_difference(&golden, found) {
        panic!(
            "{below} differs at offset {at:#x} ({} bytes, found {}):\n{}\nif it is \
             meant, run `cargo xtask bless` and review the diff",
            golden.len(),
            found.len(),
            neighbourhood(at),
        );
    }
}

/// Compares text with a golden file, or writes it.
#[track_caller]
fn check_text(name: &str, found: &str) {
    check_file(&format!("tests/golden/{name}"), found);
}

/// The same with a file anywhere in the checkout.
#[track_caller]
pub(crate) fn check_file(below: &str, found: &str) {
    check_at(below, found.as_bytes(), |offset| {
        let golden = fs::read(at(below)).expect("read before");
        let golden = String::from_utf8_lossy(&golden).into_owned();
        let line = memchr::memchr_iter(b'\n', &found.as_bytes()[..offset.min(found.len())]).count();
        format!("golden:\n{}found:\n{}", lines_around(&golden, line), lines_around(found, line))
    });
}

fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    (common < a.len() || common < b.len()).then_some(common)
}

/// The line of that index with its neighbours, numbered.
fn lines_around(text: &str, line: usize) -> String {
    let shown = (1..).zip(text.lines()).skip(line.saturating_sub(AROUND)).take(2 * AROUND + 1);
    shown
        .map(|(number, text)| {
            let mark = if number == line + 1 { '>' } else { ' ' };
            format!("{mark}{number:5}  {text}\n")
        })
        .collect()
}

#[test]
fn a_difference_is_shown_with_its_neighbours() {
    assert_eq!(first_difference(b"same", b"same"), None);
    assert_eq!(first_difference(b"same", b"sane"), Some(2));
    assert_eq!(first_difference(b"same", b"same and more"), Some(4));
    assert_eq!(lines_around("a\nb\nc", 1), "     1  a\n>    2  b\n     3  c\n");
}
