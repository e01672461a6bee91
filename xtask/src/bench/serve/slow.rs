//! slowhttptest: who never ends his headers is shown the door.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use crate::bench::serve::server::{Kind, Place, Server};
use crate::bench::serve::site::Site;
use crate::command::{command, output};

/// The figures of its report.
const FIGURES: [&str; 5] = ["initializing", "pending", "connected", "error", "closed"];

/// Runs it against ours; returns what it said last.
pub(super) fn run(site: &Site, (n_connections, seconds): (usize, u32)) -> Result<String> {
    let server = Server::start(site, Kind::Ours { threads: None }, Place::Anywhere)?;
    let (n_connections, seconds) = (n_connections.to_string(), seconds.to_string());
    let mut test = command("slowhttptest", &["-c", &n_connections, "-l", &seconds]);
    test.args(["-H", "-i", "5", "-r", "200", "-x", "24", "-p", "3", "-u", &server.url()]);
    let told = plain(&output(&mut test)?);
    let mut line = format!("\nslowhttptest, {n_connections} connections for {seconds} s:");
    for name in FIGURES {
        let last = told.lines().rev().find_map(|line| figure(line, name));
        write!(line, " {name} {}", last.with_context(|| format!("no {name} in {told}"))?)?;
    }
    for name in ["service available", "Exit status"] {
        let last = told.lines().rev().find_map(|line| figure(line, name)).unwrap_or("?");
        write!(line, "; {}: {last}", name.to_lowercase())?;
    }
    Ok(line + "\n")
}

fn figure<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    Some(line.trim().strip_prefix(name)?.trim_start().strip_prefix(':')?.trim())
}

/// Without the colours of a terminal (ECMA-48 §5.4: from ESC `[` to a letter).
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain += part.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, rest)| rest);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{figure, plain};

    #[test]
    fn the_report_is_read_through_its_colours() {
        let report = "\u{1b}[1;32mconnected:           \u{1b}[0m \u{1b}[1;34m12\u{1b}[0m\n";
        assert_eq!(figure(&plain(report), "connected"), Some("12"));
        assert_eq!(figure("error: 1", "connected"), None);
    }
}
