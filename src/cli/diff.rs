//! `ipmint diff`: what changed from one database to another.

use std::fmt::Write as _;
use std::io::Write as _;

use crate::base::Coverage;
use crate::cli::Exit;
use crate::cli::args::DiffArgs;
use crate::cli::database;
use crate::cli::output::{finish, stdout, write_json};
use crate::cli::table::{Side, Table, grouped};
use crate::query::{self, Comparison, Difference, LargeRange};

/// How many fields are shown; the JSON object has all.
const MAX_FIELDS: usize = 40;

/// How many fields of one range are named.
const MAX_NAMED: usize = 4;

pub(super) fn run(args: &DiffArgs) -> anyhow::Result<Exit> {
    let (old, new) = (database::map(&args.old)?, database::map(&args.new)?);
    let comparison = Comparison::between(&old, &new)?;
    let mut out = stdout();
    if args.ndjson {
        query::write_changes(&comparison, &mut out)?;
    } else {
        let difference = Difference::of(&comparison)?;
        if args.json {
            write_json(&mut out, &difference.to_json())?;
        } else {
            write!(out, "{}", text(&difference))?;
        }
    }
    finish(out)?;
    Ok(Exit::Done)
}

fn text(difference: &Difference) -> String {
    let Difference { added, removed, changed, addresses, by_field, largest } = difference;
    let n_ranges = added + removed + changed;
    if n_ranges == 0 {
        return "no difference\n".to_owned();
    }
    let mut text = format!(
        "{} ranges: {} added, {} removed, {} changed\n{} IPv4 addresses, {} IPv6 addresses\n",
        grouped(n_ranges),
        grouped(added),
        grouped(removed),
        grouped(changed),
        grouped(addresses.v4),
        grouped(addresses.v6),
    );
    if !by_field.is_empty() {
        let mut table = Table::new(&[
            ("field", Side::Left),
            ("ranges", Side::Right),
            ("IPv4", Side::Right),
            ("gained", Side::Right),
            ("lost", Side::Right),
            ("IPv6", Side::Right),
            ("gained", Side::Right),
            ("lost", Side::Right),
        ]);
        let mut fields: Vec<_> = by_field.iter().collect();
        fields.sort_by_key(|(_, field)| std::cmp::Reverse(field.ranges));
        for (name, field) in fields.iter().take(MAX_FIELDS) {
            table.row([
                shown(name),
                grouped(field.ranges),
                count(field.addresses.v4),
                count(field.gained.v4),
                count(field.lost.v4),
                count(field.addresses.v6),
                count(field.gained.v6),
                count(field.lost.v6),
            ]);
        }
        let _ = write!(text, "\n{table}");
        if fields.len() > MAX_FIELDS {
            let _ = writeln!(text, "and {} more", fields.len() - MAX_FIELDS);
        }
    }
    let mut table =
        Table::new(&[("largest", Side::Left), ("change", Side::Left), ("fields", Side::Left)]);
    for LargeRange { range, kind, fields } in largest {
        let mut names: Vec<String> =
            fields.iter().take(MAX_NAMED).map(|name| shown(name)).collect();
        if fields.len() > MAX_NAMED {
            names.push(format!("and {} more", fields.len() - MAX_NAMED));
        }
        table.row([range.to_string(), kind.name().to_owned(), names.join(", ")]);
    }
    let _ = write!(text, "\n{table}");
    text
}

/// A field's name; a record that is no map has but itself.
fn shown(field: &str) -> String {
    if field.is_empty() { "(record)".to_owned() } else { field.escape_debug().to_string() }
}

/// A count, or nothing for 0, so that columns without counts vanish.
fn count(coverage: Coverage) -> String {
    if coverage.is_zero() { String::new() } else { grouped(coverage) }
}
