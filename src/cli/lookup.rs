//! `ipmint lookup`: what is known of addresses.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::IpAddr;

use anyhow::Context as _;
use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::LookupArgs;
use crate::cli::database;
use crate::cli::output::{Stdout, finish, stdout, write_json};
use crate::mmdb::{Reader, Value};
use crate::query::{self, Answer};

/// The longest line of standard input that is read as one.
const MAX_LINE_BYTES: u64 = 1 << 16;

pub(super) fn run(args: &LookupArgs) -> anyhow::Result<Exit> {
    let opened = database::open(&args.database, &args.edition)?;
    let mut session =
        Session { reader: opened.reader()?, json: args.json, out: stdout(), n_bad: 0, n_asked: 0 };
    if args.ips.is_empty() {
        session.ask_lines()?;
    } else {
        args.ips.iter().try_for_each(|ip| session.ask(ip))?;
    }
    finish(session.out)?;
    Ok(if session.n_bad == 0 { Exit::Done } else { Exit::Failed })
}

struct Session<'a> {
    reader: Reader<'a>,
    json: bool,
    out: Stdout,
    n_bad: u64,
    n_asked: u64,
}

impl Session<'_> {
    fn ask_lines(&mut self) -> anyhow::Result<()> {
        // Our own buffer, because the locked handle does not show how much of it is left.
        let mut lines = BufReader::new(io::stdin().lock());
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
            if read.context("cannot read standard input")? == 0 {
                return Ok(());
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim();
            if !text.is_empty() {
                self.ask(text)?;
            }
            // Whoever asks one address at a time waits for its answer.
            if lines.buffer().is_empty() {
                self.out.flush()?;
            }
        }
    }

    fn ask(&mut self, text: &str) -> anyhow::Result<()> {
        self.n_asked += 1;
        let Ok(ip) = text.parse::<IpAddr>() else {
            self.n_bad += 1;
            return self.refuse(text);
        };
        let cannot_look_up = || format!("cannot look {ip} up; try `ipmint verify` on the file");
        let answer = query::lookup(&self.reader, ip).with_context(cannot_look_up)?;
        if self.json {
            write_json(&mut self.out, &answer.to_json())?;
        } else {
            self.show(&answer)?;
        }
        Ok(())
    }

    fn refuse(&mut self, text: &str) -> anyhow::Result<()> {
        let error = "not an IPv4 or IPv6 address";
        if self.json {
            write_json(&mut self.out, &json!({ "ip": text, "error": error }))?;
        } else {
            self.separate()?;
            writeln!(self.out, "{}  {error}", text.escape_debug())?;
        }
        Ok(())
    }

    fn show(&mut self, answer: &Answer) -> anyhow::Result<()> {
        self.separate()?;
        writeln!(self.out, "{}  ({})", answer.ip, answer.network)?;
        let mut rows = Vec::new();
        match &answer.record {
            Some(record) => {
                flatten(record, String::new(), &mut rows);
                // Claims are long: what they come to stands first.
                rows.sort_by_key(|(key, _)| key.ends_with(']'));
            }
            None => rows.push((String::new(), "nothing is known of it".to_owned())),
        }
        let width = rows.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
        for (key, value) in rows {
            writeln!(self.out, "  {key:<width$}  {value}")?;
        }
        Ok(())
    }

    fn separate(&mut self) -> io::Result<()> {
        if self.n_asked > 1 { self.out.write_all(b"\n") } else { Ok(()) }
    }
}

/// A record as dotted keys and values; scalars of one array share a line.
fn flatten(value: &Value, path: String, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(value, format!("{path}{dot}{key}"), rows);
            }
        }
        Value::Map(_) => rows.push((path, "{}".to_owned())),
        Value::Array(values) if values.iter().any(|value| matches!(value, Value::Map(_))) => {
            for (idx, value) in values.iter().enumerate() {
                rows.push((format!("{path}[{idx}]"), one_line(value)));
            }
        }
        _ => rows.push((path, one_line(value))),
    }
}

fn one_line(value: &Value) -> String {
    match value {
        // Control characters would let a feed's text move the cursor.
        Value::Utf8(text) => text.chars().flat_map(shown).collect(),
        Value::Array(values) => values.iter().map(one_line).collect::<Vec<_>>().join(", "),
        Value::Map(entries) => {
            let pair = |(key, value): &(String, Value)| format!("{key}={}", one_line(value));
            entries.iter().map(pair).collect::<Vec<_>>().join(" ")
        }
        _ => value.to_json().to_string(),
    }
}

fn shown(letter: char) -> Vec<char> {
    if letter.is_control() { letter.escape_default().collect() } else { vec![letter] }
}

#[cfg(test)]
mod tests {
    use crate::cli::lookup::flatten;
    use crate::mmdb::Value;

    #[test]
    fn records_become_dotted_lines() {
        let text = |text: &str| Value::Utf8(text.to_owned());
        let map = |entries: &[(&str, Value)]| {
            Value::Map(entries.iter().map(|(key, v)| ((*key).to_owned(), v.clone())).collect())
        };
        let claim = map(&[("feed", text("a")), ("age_days", Value::Uint16(3))]);
        let record = map(&[
            ("geo", map(&[("city", text("a\u{1b}[2J")), ("is", Value::Bool(true))])),
            ("lists", Value::Array(vec![text("x"), text("y")])),
            ("claims", Value::Array(vec![claim])),
            ("none", map(&[])),
        ]);
        let mut rows = Vec::new();
        flatten(&record, String::new(), &mut rows);
        let lines: Vec<String> =
            rows.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let expected = [
            "geo.city: a\\u{1b}[2J",
            "geo.is: true",
            "lists: x, y",
            "claims[0]: feed=a age_days=3",
            "none: {}",
        ];
        assert_eq!(lines, expected);
    }
}
