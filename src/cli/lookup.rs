//! `ipmint lookup`: what is known of addresses.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::IpAddr;

use anyhow::Context as _;
use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::LookupArgs;
use crate::cli::database;
use crate::cli::output::{Stdout, finish, stdout, write_json};
use crate::cli::past::{self, OnDay};
use crate::mmdb::{Reader, Value};
use crate::query::{self, Answer};

/// The longest line of standard input that is read as one.
const MAX_LINE_BYTES: u64 = 1 << 16;

/// How much of a longer one its answer repeats.
const MAX_SHOWN_BYTES: usize = 64;

pub(super) fn run(args: &LookupArgs) -> anyhow::Result<Exit> {
    if let Some(date) = &args.date {
        return ask(args, Source::OnDay(&past::open(&args.database, date)?));
    }
    let opened = database::open(&args.database, &args.edition)?;
    ask(args, Source::Database(opened.reader()?))
}

fn ask(args: &LookupArgs, source: Source<'_>) -> anyhow::Result<Exit> {
    let mut session = Session { source, json: args.json, out: stdout(), n_bad: 0, n_asked: 0 };
    if args.ips.is_empty() {
        session.ask_lines()?;
    } else {
        args.ips.iter().try_for_each(|ip| session.ask(ip))?;
    }
    finish(session.out)?;
    Ok(if session.n_bad == 0 { Exit::Done } else { Exit::Failed })
}

/// What is asked.
enum Source<'a> {
    Database(Reader<'a>),
    OnDay(&'a OnDay),
}

struct Session<'a> {
    source: Source<'a>,
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
            match read_line(&mut lines, &mut line).context("cannot read standard input")? {
                Line::End => return Ok(()),
                Line::Whole => {
                    let text = String::from_utf8_lossy(&line);
                    let text = text.trim();
                    if !text.is_empty() {
                        self.ask(text)?;
                    }
                }
                Line::Cut => self.refuse_line(&line)?,
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
            return self.refuse(text, "not an IPv4 or IPv6 address");
        };
        let cannot_look_up = || format!("cannot look {ip} up; try `ipmint verify` on the file");
        match &self.source {
            Source::Database(reader) => {
                let answer = query::lookup(reader, ip).with_context(cannot_look_up)?;
                if self.json {
                    write_json(&mut self.out, &answer.to_json())?;
                } else {
                    self.show(&answer, "")?;
                }
            }
            Source::OnDay(day) => {
                let snapshot = day.ask(ip)?;
                if self.json {
                    write_json(&mut self.out, &snapshot.to_json()?)?;
                } else {
                    self.show(&snapshot.answer()?, &past::said(&snapshot))?;
                }
            }
        }
        Ok(())
    }

    /// Answers a line that was not read to its end.
    fn refuse_line(&mut self, line: &[u8]) -> anyhow::Result<()> {
        self.n_asked += 1;
        let shown = String::from_utf8_lossy(&line[..line.len().min(MAX_SHOWN_BYTES)]);
        let error = format!("a line of more than {MAX_LINE_BYTES} bytes");
        self.refuse(&format!("{}…", shown.trim_start()), &error)
    }

    fn refuse(&mut self, text: &str, error: &str) -> anyhow::Result<()> {
        self.n_bad += 1;
        if self.json {
            write_json(&mut self.out, &json!({ "ip": text, "error": error }))?;
        } else {
            self.separate()?;
            writeln!(self.out, "{}  {error}", text.escape_debug())?;
        }
        Ok(())
    }

    fn show(&mut self, answer: &Answer, when: &str) -> anyhow::Result<()> {
        self.separate()?;
        writeln!(self.out, "{}  ({}){when}", answer.ip, answer.network)?;
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

/// What came of reading a line.
enum Line {
    /// It is read, with its end.
    Whole,
    /// It is too long: its beginning is read, the rest passed over.
    Cut,
    /// There are no more.
    End,
}

fn read_line(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    if lines.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', line)? == 0 {
        return Ok(Line::End);
    }
    let is_full = line.len() as u64 == MAX_LINE_BYTES && !line.ends_with(b"\n");
    Ok(if is_full && lines.skip_until(b'\n')? > 0 { Line::Cut } else { Line::Whole })
}

/// A record as dotted keys and values; scalars of one array share a line.
fn flatten(value: &Value, path: String, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Map(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(value, format!("{path}{dot}{}", plain(key)), rows);
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
        Value::Utf8(text) => plain(text),
        Value::Array(values) => values.iter().map(one_line).collect::<Vec<_>>().join(", "),
        Value::Map(entries) => {
            let pair =
                |(key, value): &(String, Value)| format!("{}={}", plain(key), one_line(value));
            entries.iter().map(pair).collect::<Vec<_>>().join(" ")
        }
        _ => value.to_json().to_string(),
    }
}

/// Text without control characters, which would let a feed's text move the cursor.
fn plain(text: &str) -> String {
    let shown = |letter: char| -> String {
        if letter.is_control() { letter.escape_default().collect() } else { letter.into() }
    };
    text.chars().map(shown).collect()
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
