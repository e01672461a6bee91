//! `ipmint inspect`: what is in a database file.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Context as _;

use crate::cli::Exit;
use crate::cli::args::InspectArgs;
use crate::cli::database;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::table::{Side, Table, grouped};
use crate::mmdb::Value;
use crate::query::{self, FamilySummary, Summary};

/// How many lengths and keys are shown; the JSON object has all.
const MAX_SHOWN: usize = 12;

pub(super) fn run(args: &InspectArgs) -> anyhow::Result<Exit> {
    let bytes = database::map(&args.file)?;
    let cannot_read = || format!("`{}` cannot be read", args.file.display());
    let summary = query::inspect(&bytes).with_context(cannot_read)?;
    let mut out = stdout();
    if args.json {
        let mut json = summary.to_json();
        json["file"] = args.file.to_string_lossy().into();
        write_json(&mut out, &json)?;
    } else {
        write!(out, "{}", text(&summary))?;
    }
    finish(out)?;
    Ok(Exit::Done)
}

fn text(summary: &Summary) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        writeln!(text, "{name:<15} {value}").expect("a string takes everything");
    };
    let metadata = |key: &str| summary.metadata.get(key);
    if let Some(name) = metadata("database_type").and_then(Value::as_str) {
        line("database_type", name.escape_debug().to_string());
    }
    if let Some(Value::Map(texts)) = metadata("description") {
        for (language, text) in texts {
            let text = text.as_str().unwrap_or_default().escape_debug();
            line("description", format!("{text} ({})", language.escape_debug()));
        }
    }
    if let Some(Value::Array(languages)) = metadata("languages") {
        let languages: Vec<&str> = languages.iter().filter_map(Value::as_str).collect();
        line("languages", languages.join(", ").escape_debug().to_string());
    }
    if let Some(epoch) = metadata("build_epoch").and_then(Value::as_unsigned) {
        let day = u64::try_from(epoch).map(|epoch| crate::base::BuildEpoch(epoch).day());
        let day = day.map_or_else(|_| "never".to_owned(), |day| day.to_string());
        line("build_epoch", format!("{epoch} ({day})"));
    }
    if let Some(version) = metadata("ip_version").and_then(Value::as_unsigned) {
        line("ip_version", version.to_string());
    }
    line("nodes", grouped(summary.nodes));
    line("record_size", format!("{} bits", summary.record_size));
    line("records", grouped(summary.records));
    line("data", format!("{} bytes", grouped(summary.data_bytes)));
    line("file", format!("{} bytes", grouped(summary.bytes)));
    for (name, family) in [("IPv4", &summary.v4), ("IPv6", &summary.v6)] {
        let FamilySummary { networks, coverage, .. } = family;
        let networks = grouped(networks);
        line(name, format!("{networks} networks, {} addresses", grouped(coverage)));
        if !family.lengths.is_empty() {
            line("  lengths", lengths(family));
        }
    }
    if !summary.keys.is_empty() {
        let mut table = Table::new(&[("key", Side::Left), ("networks", Side::Right)]);
        for (key, n_networks) in summary.keys.iter().take(MAX_SHOWN) {
            table.row([key.escape_debug().to_string(), grouped(n_networks)]);
        }
        let _ = write!(text, "\n{table}");
        if summary.keys.len() > MAX_SHOWN {
            let _ = writeln!(text, "and {} more", summary.keys.len() - MAX_SHOWN);
        }
    }
    text
}

/// The most common lengths: `/24 1 234`.
fn lengths(family: &FamilySummary) -> String {
    let mut lengths: Vec<(u8, u64)> = family.lengths.iter().map(|(len, n)| (*len, *n)).collect();
    lengths.sort_by_key(|&(len, n)| (std::cmp::Reverse(n), len));
    let rest = lengths.len().saturating_sub(MAX_SHOWN);
    let shown = lengths.iter().take(MAX_SHOWN);
    let mut parts: Vec<String> = shown.map(|(len, n)| format!("/{len} {}", grouped(n))).collect();
    if rest > 0 {
        parts.push(format!("and {rest} more"));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use crate::cli::inspect::lengths;
    use crate::query::FamilySummary;

    #[test]
    fn common_lengths_come_first() {
        let lengths_of = [(32, 5), (24, 1234), (16, 5)].into();
        let family = FamilySummary { lengths: lengths_of, ..FamilySummary::default() };
        assert_eq!(lengths(&family), "/24 1 234, /16 5, /32 5");
    }
}
