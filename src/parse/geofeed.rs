//! `geofeed`: self-published geolocation, `prefix,country,region,city,postal` (RFC 8805).

use crate::feed::{Column, Feed};
use crate::parse::csv;
use crate::parse::file::File;
use crate::parse::reading::Reading;
use crate::parse::row::Rules;

/// RFC 8805 §2.1.1, in order after the prefix; the postal code is deprecated and still common.
const COLUMNS: [Column; 4] = [Column::Country, Column::Region, Column::City, Column::PostalCode];

/// The columns of a geofeed.
pub(super) fn rules(feed: &Feed) -> Rules<'_> {
    Rules::with_columns(feed, COLUMNS.to_vec())
}

/// Reads a geofeed.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    csv::read_fixed(file, rules, reading);
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Format, Kind};
    use crate::parse::fixture::check;

    #[test]
    fn places_come_with_their_country() {
        let mut feed = feed(Format::Geofeed, Kind::Assignment);
        feed.attributes = vec![Column::Country, Column::City];
        check(
            &feed,
            "\u{feff}192.0.2.0/24,DE,DE-BY,Nuremberg,90402\n# x ,,,,\n2001:db8::/32,us,,,\n\
             198.51.100.0/24,,,,\n192.0.2.0.24,DE,,,\n203.0.113.0/24\n",
            &[
                "192.0.2.0/24 DE DE-BY Nuremberg 90402",
                "2001:db8::/32 US",
                "f:5: `192.0.2.0.24,DE,,,`: unexpected text after the address",
                "2 valueless",
            ],
        );
    }
}
