//! slowhttptest: who never ends his headers is shown the door.

use anyhow::{Context, Result};

use crate::bench::serve::server::{Kind, Place, Server};
use crate::bench::serve::site::Site;
use crate::command::{command, output};

/// Runs it against ours; returns when and how it ended.
pub(super) fn run(site: &Site, (n_connections, seconds): (usize, u32)) -> Result<String> {
    let server = Server::start(site, Kind::Ours { threads: None }, Place::Anywhere)?;
    let (n_connections, seconds) = (n_connections.to_string(), seconds.to_string());
    let mut test = command("slowhttptest", &["-c", &n_connections, "-l", &seconds]);
    test.args(["-H", "-i", "5", "-r", "200", "-x", "24", "-p", "3", "-u", &server.url()]);
    let told = plain(&output(&mut test)?);
    let n_unavailable =
        told.lines().filter(|line| figure(line, "service available") == Some("NO")).count();
    let ended = told.lines().find_map(|line| line.trim().strip_prefix("Test ended on "));
    let status = told.lines().find_map(|line| figure(line, "Exit status"));
    Ok(format!(
        "\nslowhttptest, {n_connections} connections, {seconds} s at most: ended on {}, {}; \
         {n_unavailable} times others were not served\n",
        ended.with_context(|| format!("no end in {told}"))?,
        status.with_context(|| format!("no status in {told}"))?.to_lowercase(),
    ))
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
        assert_eq!(
            figure("Exit status: No open connections left", "Exit status"),
            Some("No open connections left")
        );
    }
}
