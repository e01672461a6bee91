//! What the cells of a row say beside its block: cells to a [`Label`], or to nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::base::{Asn, CountryCode};
use crate::feed::{Category, Column, Feed, Kind};
use crate::parse::address::Reason;
use crate::parse::contact::mailbox;
use crate::parse::labels::Tables;
use crate::parse::lines::{LONG_CELL, MAX_CELL};
use crate::parse::{Label, Place};

const NO_ASN: Reason = "expected an AS number";
const NO_COUNTRY: Reason = "expected a country code of two letters";
const NO_CATEGORY: Reason = "no category, and `values` does not map it to one";

/// How the rows of a feed are read, made once from its definition.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    /// The definition.
    pub(super) feed: &'a Feed,
    /// The columns that make up a label, in the order of the cells given to
    /// [`Rules::label`]; of kinds `asn` and `country` the key comes first.
    pub(super) columns: Vec<Column>,
    values: Vec<Option<&'a BTreeMap<String, String>>>,
    /// The largest IPv4 block that is believed, as addresses less one.
    pub(super) max_span_v4: u32,
    /// The same for IPv6.
    pub(super) max_span_v6: u128,
    /// Labels met so far.
    pub(super) tables: Tables,
}

impl<'a> Rules<'a> {
    /// Takes the label's columns from the definition.
    pub(super) fn new(feed: &'a Feed) -> Self {
        let key = key_column(feed.kind);
        let mapped = feed.columns.keys().copied();
        let is_block = |column| {
            matches!(column, Column::Network | Column::First | Column::Last | Column::Count)
        };
        let others = mapped.filter(|column| !is_block(*column) && Some(*column) != key);
        Self::with_columns(feed, key.into_iter().chain(others).collect())
    }

    /// Takes the columns that the format itself has.
    pub(super) fn with_columns(feed: &'a Feed, columns: Vec<Column>) -> Self {
        let guards = &feed.guards;
        Self {
            values: columns.iter().map(|column| feed.values.get(column)).collect(),
            columns,
            feed,
            tables: Tables::default(),
            max_span_v4: u32::MAX.checked_shr(guards.min_prefix_v4.into()).unwrap_or(0),
            max_span_v6: u128::MAX.checked_shr(guards.min_prefix_v6.into()).unwrap_or(0),
        }
    }

    /// Whether rows are about AS numbers or countries, not about addresses.
    pub(super) fn is_keyed(&self) -> bool {
        key_column(self.feed.kind).is_some()
    }

    /// Decodes the cells of a row, one for each of the columns; `None` claims nothing.
    pub(super) fn label<T: AsRef<[u8]>>(&self, cells: &[T]) -> Result<Option<Label>, Reason> {
        let mut label = Label::default();
        let mut place = Place::default();
        for ((column, values), cell) in self.columns.iter().zip(&self.values).zip(cells) {
            let cell = cell.as_ref();
            if cell.len() > MAX_CELL {
                return Err(LONG_CELL);
            }
            // Nearly always valid, which this finds out several times faster.
            let text = match std::str::from_utf8(cell) {
                Ok(text) => Cow::Borrowed(text),
                Err(_) => String::from_utf8_lossy(cell),
            };
            let text = values.and_then(|values| values.get(&*text)).map_or(&*text, |to| to.trim());
            if is_nothing(text) {
                continue;
            }
            let words = || Some(Box::from(text));
            match column {
                Column::Asn => {
                    let asn: Asn = text.parse().map_err(|_| NO_ASN)?;
                    label.asn = Some(asn).filter(|asn| asn.0 != 0);
                }
                Column::Country => {
                    let country: CountryCode = text.parse().map_err(|_| NO_COUNTRY)?;
                    label.country = Some(country).filter(|country| country.as_str() != "ZZ");
                }
                Column::Category => {
                    label.category = Some(text.parse::<Category>().map_err(|_| NO_CATEGORY)?);
                }
                Column::Provider => label.provider = words(),
                Column::Service => label.service = words(),
                // A day that cannot be read is no reason to disbelieve the address.
                Column::LastSeen => label.last_seen = text.parse().ok(),
                Column::Name => label.name = words(),
                Column::Domain => label.domain = words(),
                Column::Type => label.network_type = words(),
                // A list of people, a form or a masked name is nobody to write to.
                Column::AbuseContact => label.abuse_contact = mailbox(text).map(Box::from),
                Column::Region => place.region = words(),
                Column::City => place.city = words(),
                Column::PostalCode => place.postal_code = words(),
                Column::Latitude => place.latitude = micro_degrees(text, 90),
                Column::Longitude => place.longitude = micro_degrees(text, 180),
                Column::Timezone => place.timezone = words(),
                Column::Network | Column::First | Column::Last | Column::Count => {}
            }
        }
        label.place = Some(place).filter(|place| *place != Place::default()).map(Box::new);
        Ok(self.judge(label))
    }

    /// Returns the label, unless it claims nothing in a feed of this kind.
    pub(super) fn judge(&self, label: Label) -> Option<Label> {
        let attributes = &self.feed.attributes;
        let has_category = label.category.is_some() || self.feed.category.is_some();
        let has_value = || attributes.iter().any(|column| has(&label, *column));
        let claims = match self.feed.kind {
            Kind::Membership => has_category,
            Kind::Assignment => attributes.is_empty() || has_value(),
            Kind::Asn => {
                label.asn.is_some() && (attributes.is_empty() || has_category || has_value())
            }
            Kind::Country => {
                label.country.is_some() && (attributes.is_empty() || has_category || has_value())
            }
        };
        claims.then_some(label)
    }
}

/// The column that rows without a range are about.
pub(super) fn key_column(kind: Kind) -> Option<Column> {
    match kind {
        Kind::Asn => Some(Column::Asn),
        Kind::Country => Some(Column::Country),
        Kind::Membership | Kind::Assignment => None,
    }
}

/// What feeds write where they know nothing.
fn is_nothing(text: &str) -> bool {
    matches!(text, "" | "-" | "??" | "-0-" | "None")
}

fn has(label: &Label, column: Column) -> bool {
    let place = |field: fn(&Place) -> bool| label.place.as_deref().is_some_and(field);
    match column {
        Column::Asn => label.asn.is_some(),
        Column::Country => label.country.is_some(),
        Column::Category => label.category.is_some(),
        Column::Provider => label.provider.is_some(),
        Column::Service => label.service.is_some(),
        Column::LastSeen => label.last_seen.is_some(),
        Column::Name => label.name.is_some(),
        Column::Domain => label.domain.is_some(),
        Column::Type => label.network_type.is_some(),
        Column::AbuseContact => label.abuse_contact.is_some(),
        Column::Region => place(|place| place.region.is_some()),
        Column::City => place(|place| place.city.is_some()),
        Column::PostalCode => place(|place| place.postal_code.is_some()),
        Column::Latitude => place(|place| place.latitude.is_some()),
        Column::Longitude => place(|place| place.longitude.is_some()),
        Column::Timezone => place(|place| place.timezone.is_some()),
        Column::Network | Column::First | Column::Last | Column::Count => false,
    }
}

/// Reads decimal degrees as millionths; further digits are cut off, not rounded.
fn micro_degrees(text: &str, limit: i32) -> Option<i32> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() > 3 || whole.len() + part.len() == 0 || !digits(whole) || !digits(part) {
        return None;
    }
    let part = format!("{part:0<6}");
    let whole: i32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let micro = whole * 1_000_000 + part[..6].parse::<i32>().ok()?;
    (micro <= limit * 1_000_000).then_some(sign * micro)
}

#[cfg(test)]
mod tests {
    use crate::parse::row::micro_degrees;

    #[track_caller]
    fn check(text: &str, expected: Option<i32>) {
        assert_eq!(micro_degrees(text, 90), expected, "{text}");
    }

    #[test]
    fn degrees_are_read_without_floats() {
        check("52.52", Some(52_520_000));
        check("-33.8688197", Some(-33_868_819));
        check("90", Some(90_000_000));
        check(".5", Some(500_000));
        check("90.000001", None);
        check("1e3", None);
        check("1.é", None);
        check("-", None);
        check(".", None);
        check("", None);
    }
}
