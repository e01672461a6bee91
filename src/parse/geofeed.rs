//! `geofeed`: self-published geolocation, `prefix,country,region,city,postal` (RFC 8805).

use crate::feed::{Column, Feed};
use crate::parse::csv;
use crate::parse::file::File;
use crate::parse::part::Part;
use crate::parse::row::Rules;

/// RFC 8805 §2.1.1, in order after the prefix; the postal code is deprecated and still common.
const COLUMNS: [Column; 4] =
    [Column::Country, Column::Region, Column::City, Column::PostalCode];

/// The columns of a geofeed.
pub(super) fn rules(feed: &Feed) -> Rules<'_> {
    Rules::with_columns(feed, COLUMNS.to_vec())
}

/// Reads a geofeed.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>) -> Vec<Part<'r>> {
    csv::read_fixed(file, rules, |column| match column {
        Column::Network => Some(0),
        _ => COLUMNS.iter().position(|other| *other == column).map(|column_idx| column_idx + 1),
    })
}
