//! The clients of README's "Ask it", taken out of it and run against a server over the sample: they print what it says.

use std::fs;

use crate::serve::questions::Sample;
use crate::serve::running::{client, ended};
use crate::world::root;

/// Where README has its server.
const SERVER: &str = "http://127.0.0.1:8080";

/// The blocks of the section in a language.
fn block(language: &str) -> String {
    let readme = fs::read_to_string(root().join("README.md")).expect("a README");
    let (_, section) = readme.split_once("\n## Ask it\n").expect("the section");
    let section = section.split("\n## ").next().expect("to the next");
    let (_, block) = section.split_once(&format!("```{language}\n")).expect("a block");
    block.split("```").next().expect("its end").to_owned()
}

/// Whether a line is as shown; `…` stands for whatever there is.
fn fits(line: &str, shown: &str) -> bool {
    let Some((first, others)) = shown.split_once('…') else { return line == shown };
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = others.split('…').collect();
    let last = parts.pop().expect("one at least");
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// A block of a language in which a server is asked, and what it says that it prints: the ends of its lines.
fn program(language: &str, comment: &str, sample: &Sample) -> (String, Vec<String>) {
    let block = block(language).replace(SERVER, &sample.server.url);
    let printed = block.lines().filter_map(|line| line.split_once(&format!(" {comment} ")));
    let printed: Vec<String> = printed.map(|(_, printed)| printed.to_owned()).collect();
    assert_eq!(printed.len(), 4, "a look-up, a batch, a scan, an explanation");
    (block, printed)
}

/// Runs a program from a file.
#[track_caller]
fn check(language: &str, comment: &str, file: &str, run: &[&str]) {
    let sample = Sample::serve_fresh();
    let (program, expected) = program(language, comment, &sample);
    sample.project.write(file, program);
    let [program, args @ ..] = run else { unreachable!("a program") };
    let mut command = client(program);
    // What Go builds stays where the next test does not build it again.
    command.args(args).arg(file).current_dir(sample.project.path(""));
    command.env("GOCACHE", root().join("target/go")).env("GO111MODULE", "off");
    let ended = ended(&mut command).expect_code(0);
    assert_eq!(ended.stdout.lines().collect::<Vec<_>>(), expected, "{}", ended.stderr);
}

#[test]
fn python_prints_what_readme_says() {
    check("python", "#", "ask.py", &["python3"]);
}

#[test]
fn node_prints_what_readme_says() {
    check("javascript", "//", "ask.mjs", &["node"]);
}

#[test]
fn go_prints_what_readme_says() {
    check("go", "//", "ask.go", &["go", "run"]);
}

#[test]
fn curl_prints_what_readme_says() {
    let sample = Sample::serve_fresh();
    let block = block("console").replace(SERVER, &sample.server.url);
    let commands: Vec<&str> = block.split("$ ").skip(1).collect();
    assert_eq!(commands.len(), 5, "a look-up, a batch, a scan, an explanation, a history");
    for command in commands {
        let (line, shown) = command.split_once('\n').expect("what it prints");
        let ended = ended(client("sh").args(["-c", line])).expect_code(0);
        let found: Vec<&str> = ended.stdout.lines().collect();
        let shown: Vec<&str> = shown.lines().collect();
        assert_eq!(found.len(), shown.len(), "{line}");
        for (found, shown) in found.into_iter().zip(shown) {
            assert!(fits(found, shown), "{line}\n{found}\n{shown}");
        }
    }
}

#[test]
fn an_ellipsis_stands_for_anything() {
    for (line, shown, expected) in [
        ("abc", "abc", true),
        ("abcd", "abc", false),
        ("abcd", "a…d", true),
        ("abcde", "a…d", false),
        ("abc", "a…", true),
        ("abc", "b…", false),
        ("a1b2c", "a…b…c", true),
        ("a1c2b", "a…b…c", false),
    ] {
        assert_eq!(fits(line, shown), expected, "{line} {shown}");
    }
}
