//! What changed from one database to another, range by range.

use std::io::Write;

use crate::query::comparison::{ChangeKind, Comparison, DiffError};
use crate::query::fields::{Fields, Sides};
use crate::query::kept::Kept;

/// Writes a JSON object a line for each changed range, IPv4 first, in address order:
/// `{"network","change","old","new"}`, of both records only the fields that differ.
///
/// Memory does not grow with the number of ranges.
///
/// # Errors
/// If the records differ in more fields than can be looked through, or `out` takes no more.
pub fn write_changes(comparison: &Comparison<'_>, out: &mut impl Write) -> Result<(), DiffError> {
    let mut fields = Fields::new(comparison.interner());
    let mut kept: Kept<Sides> = Kept::new();
    comparison.all_ranges(&mut |range, sides| {
        let mut line = serde_json::Value::from(range.to_json()).to_string();
        line.pop();
        let rest = kept.get(sides, || rest(&mut fields, sides).map(String::into_bytes))?;
        out.write_all(line.as_bytes()).and_then(|()| out.write_all(rest)).map_err(DiffError::Write)
    })
}

/// What follows the range in a line.
fn rest(fields: &mut Fields<'_>, sides: Sides) -> Result<String, DiffError> {
    let change = ChangeKind::of(sides).name();
    let [old, new] = fields.pruned(sides)?.map(Option::unwrap_or_default);
    Ok(format!(",\"change\":\"{change}\",\"old\":{old},\"new\":{new}}}\n"))
}
