//! What changed from one database to another, range by range.

use std::io::Write;

use hashbrown::HashMap;

use crate::query::comparison::{ChangeKind, Comparison, DiffError};
use crate::query::fields::{Fields, Sides};

/// How many bytes of JSON are kept for pairs of records that may come again.
const MAX_KEPT_BYTES: usize = 64 << 20;

/// Writes a JSON object a line for each changed range, IPv4 first, in address order:
/// `{"network","change","old","new"}`, of both records only the fields that differ.
///
/// Memory does not grow with the number of ranges.
///
/// # Errors
/// If the records differ in more fields than can be looked through, or `out` takes no more.
pub fn write_changes(comparison: &Comparison<'_>, out: &mut impl Write) -> Result<(), DiffError> {
    let mut fields = Fields::new(comparison.interner());
    let mut kept: HashMap<Sides, Box<str>> = HashMap::new();
    let mut bytes_left = MAX_KEPT_BYTES;
    comparison.all_ranges(&mut |range, sides| {
        if !kept.contains_key(&sides) {
            let rest = rest(&mut fields, sides)?;
            if rest.len() > bytes_left {
                kept.clear();
                bytes_left = MAX_KEPT_BYTES;
            }
            bytes_left = bytes_left.saturating_sub(rest.len());
            kept.insert(sides, rest.into());
        }
        let mut line = serde_json::Value::from(range.to_json()).to_string();
        line.pop();
        line.push_str(&kept[&sides]);
        out.write_all(line.as_bytes()).map_err(DiffError::Write)
    })
}

/// What follows the range in a line.
fn rest(fields: &mut Fields<'_>, sides: Sides) -> Result<String, DiffError> {
    let change = ChangeKind::of(sides).name();
    let [old, new] = fields.pruned(sides)?.map(Option::unwrap_or_default);
    Ok(format!(",\"change\":\"{change}\",\"old\":{old},\"new\":{new}}}\n"))
}
