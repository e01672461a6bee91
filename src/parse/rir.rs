//! `rir`: delegations of a regional registry, plain and extended.
//!
//! `registry|cc|type|start|value|date|status[|opaque-id]`, after a version line and
//! summary lines ("RIR Statistics Exchange Format", and its extended form). The value
//! of IPv4 is a count of addresses, any count; of IPv6 a prefix length.

use std::borrow::Cow;

use crate::feed::{Column, Feed};
use crate::parse::Label;
use crate::parse::address::Reason;
use crate::parse::block;
use crate::parse::file::{File, data_line};
use crate::parse::lines::{Cursor, trim};
use crate::parse::part::Part;
use crate::parse::reading::Reading;
use crate::parse::row::Rules;

const SHORT: Reason = "expected registry|cc|type|start|value|date|status";
const TYPE: Reason = "expected a record of type ipv4, ipv6 or asn";

/// The columns of a delegation; registry and date are of this format alone.
pub(super) fn rules(feed: &Feed) -> Rules<'_> {
    Rules::with_columns(feed, vec![Column::Country])
}

/// Reads a statistics file.
pub(super) fn read<'r>(file: &File<'_>, rules: &'r Rules<'r>, reading: &mut Reading<'_, 'r>) {
    file.in_chunks(rules, 0, reading, records);
}

fn records(cursor: &mut Cursor<'_>, part: &mut Part<'_>) {
    while !cursor.is_done() {
        let Some((line, text)) = data_line(cursor, part) else {
            continue;
        };
        let mut cells = text.split(|byte| *byte == b'|').map(trim);
        let mut record = [b"".as_slice(); 7];
        let n_cells = record.iter_mut().zip(&mut cells).map(|(to, cell)| *to = cell).count();
        // The version line begins with its number; a summary has no seventh cell.
        if record[0].first().is_some_and(u8::is_ascii_digit) || record[5] == b"summary" {
            continue;
        }
        let text = || Cow::Borrowed(text);
        if n_cells < 7 {
            part.fault(line, SHORT, text);
            continue;
        }
        let [registry, country, kind, start, value, date, status] = record;
        let is_claimed = matches!(status, b"allocated" | b"assigned")
            && !matches!(country, b"" | b"ZZ" | b"zz" | b"*");
        let read = match kind {
            b"asn" => {
                part.valueless();
                continue;
            }
            b"ipv4" => block::counted(start, value),
            b"ipv6" => block::with_length(start, value),
            _ => Err(TYPE),
        };
        match read {
            // Free and reserved pools are far broader than any delegation, and claim nothing.
            Ok(_) if !is_claimed => part.valueless(),
            Ok(read) => match part.admit(read) {
                Ok(read) => {
                    let rules = part.rules;
                    let cells = [registry, b"|", country, b"|", date].concat();
                    let label = || label(rules, registry, country, date);
                    let meaning = part.labels.meaning(&cells, label);
                    part.entry(line, read, meaning, text);
                }
                Err(reason) => part.fault(line, reason, text),
            },
            Err(reason) => part.fault(line, reason, text),
        }
    }
}

fn label(
    rules: &Rules<'_>,
    registry: &[u8],
    country: &[u8],
    date: &[u8],
) -> Result<Option<Label>, Reason> {
    let registry = String::from_utf8_lossy(registry).to_lowercase();
    let label = rules.label(&[country])?.map(|label| Label {
        registry: (!registry.is_empty()).then(|| registry.into()),
        // 00000000 stands for no date, and is none.
        registered: std::str::from_utf8(date).ok().and_then(|date| date.parse().ok()),
        ..label
    });
    Ok(label)
}

#[cfg(test)]
mod tests {
    use crate::feed::fixture::feed;
    use crate::feed::{Column, Format, Kind};
    use crate::parse::fixture::check;

    #[test]
    fn delegations_are_read_and_pools_claim_nothing() {
        let mut feed = feed(Format::Rir, Kind::Assignment);
        feed.attributes = vec![Column::Country];
        check(
            &feed,
            "2|lacnic|20260822|5|19870101|20260822|-0300\nlacnic|*|ipv4|*|17013|summary\n\
             lacnic|BR|ipv4|192.0.2.0|100|20170224|allocated|261330\n\
             lacnic|CL|ipv6|2001:db8::|32|00000000|assigned\n\
             lacnic|BR|asn|64496|1|20170224|allocated|x\n\
             lacnic||ipv4|0.0.0.0|4294967296||available|\n\
             lacnic|ZZ|ipv4|198.51.100.0|256||reserved\n\
             lacnic|BR|ipv4|192.0.2.0|0|20170224|allocated|x\n\
             lacnic|BR|ipv4\n",
            &[
                "192.0.2.0-192.0.2.99 BR lacnic 2017-02-24",
                "2001:db8::/32 CL lacnic",
                "f:8: `lacnic|BR|ipv4|192.0.2.0|0|20170224|allocated|x`: expected a count of addresses",
                "f:9: `lacnic|BR|ipv4`: expected registry|cc|type|start|value|date|status",
                "3 valueless",
            ],
        );
    }
}
