//! The help texts of every command.

use std::collections::BTreeSet;

use crate::golden::{check_text, is_blessing, path};
use crate::support::{Project, names};

#[test]
fn every_command_helps_as_reviewed() {
    let project = Project::new();
    let mut found = BTreeSet::new();
    let mut open = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let text = help(&project, &command);
        for name in subcommands(&text) {
            let mut below = command.clone();
            below.push(name);
            open.push(below);
        }
        let file = format!("{}.txt", [&["ipmint".to_owned()], &command[..]].concat().join("-"));
        check_text(&format!("help/{file}"), &text);
        found.insert(file);
    }
    assert!(found.len() > 8, "{found:?}");
    let known: BTreeSet<String> = names(&path("help")).into_iter().collect();
    for gone in known.difference(&found) {
        assert!(is_blessing(), "tests/golden/help/{gone} is of no command");
        std::fs::remove_file(path("help").join(gone)).expect("removed");
    }
}

fn help(project: &Project, command: &[String]) -> String {
    let args: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
    // Without a terminal and this variable, clap wraps at 100 columns.
    let output = project.command(&args).env_remove("COLUMNS").output().expect("runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// The names that a help text lists as commands.
fn subcommands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    listed
        .take_while(|line| !line.is_empty())
        // Names stand two columns in; what they mean, wrapped, further in.
        .filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}
