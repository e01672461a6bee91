//! What a scan counts of a record.

use crate::feed::Category;
use crate::mmdb::{Cost, Cursor, FormatError, Reader};
use crate::query::record::{RecordVerdict, recorded_signals};
use crate::score::Signals;

/// The longest name of a provider that is one.
const MAX_PROVIDER_BYTES: usize = 256;

/// What a scan counts of a record; records that differ in other things alone have equal facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::query) struct Facts {
    /// The signals that are true.
    pub(in crate::query) signals: Signals,
    /// Origin AS; 0 where none is said.
    pub(super) asn: u32,
    /// Number of the set of providers in the table; 0 is none.
    pub(super) providers: u32,
    /// The two letters; zeros where none is said.
    pub(super) country: [u8; 2],
    /// 0 to 100.
    pub(in crate::query) score: u8,
}

impl Facts {
    /// Whether a signal of an anonymizer or of abuse is true.
    pub(super) fn is_listed(self) -> bool {
        !self.signals.intersection(Signals::anonymizers().union(Signals::abuse())).is_empty()
    }

    /// What a run has in common.
    pub(super) fn verdict(self) -> (u8, Signals) {
        (self.score, self.signals)
    }
}

/// What a record tells, its texts where they lie.
#[derive(Clone, Debug, Default)]
pub(in crate::query) struct Told<'a> {
    /// Without its providers.
    pub(in crate::query) facts: Facts,
    /// Whether the AS has a name.
    pub(super) has_as_name: bool,
    /// Name of the country.
    pub(super) country: Option<&'a str>,
    /// Providers of anonymizers and of hosting, sorted.
    pub(super) providers: Vec<&'a str>,
}

impl<'a> Told<'a> {
    /// Reads the record at an offset of the data section, and tells what that cost.
    pub(super) fn read(reader: &Reader<'a>, offset: u32) -> Result<(Self, Cost), FormatError> {
        let mut told = Self::default();
        let mut verdict = RecordVerdict::default();
        let mut cursor = reader.cursor(offset as usize);
        cursor.map(|key, value| match key {
            b"network" => value.map(|key, value| {
                match key {
                    b"asn" => {
                        let asn = value.unsigned()?.and_then(|asn| asn.try_into().ok());
                        told.facts.asn = asn.unwrap_or(0);
                    }
                    b"as_name" => told.has_as_name = value.text()?.is_some(),
                    _ => {}
                }
                Ok(())
            }),
            b"geo" => verdict.geo(value, |key, value| {
                match key {
                    b"country_code" => told.facts.country = value.text()?.map_or([0; 2], letters),
                    b"country" => told.country = value.text()?,
                    _ => {}
                }
                Ok(())
            }),
            b"threat" => verdict.threat(value),
            b"signals" => verdict.signals(value),
            b"bot" => verdict.bot(value, |_, _| Ok(())),
            b"attributions" => value.array(|item| {
                told.providers.extend(provider(item)?);
                Ok(())
            }),
            _ => Ok(()),
        })?;
        told.facts.score = verdict.score;
        told.facts.signals = verdict.signals.intersection(recorded_signals());
        told.providers.sort_unstable();
        told.providers.dedup();
        Ok((told, cursor.cost()))
    }
}

/// Two letters in upper case; zeros for any other text.
fn letters(text: &str) -> [u8; 2] {
    match *text.as_bytes() {
        [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
            [a.to_ascii_uppercase(), b.to_ascii_uppercase()]
        }
        _ => [0; 2],
    }
}

/// The provider that an attribution names, if it is one of an anonymizer or of hosting and nothing took its place.
fn provider<'a>(item: &mut Cursor<'a>) -> Result<Option<&'a str>, FormatError> {
    let (mut is_counted, mut is_suppressed, mut provider) = (false, false, None);
    item.map(|key, value| {
        match key {
            b"category" => {
                let category = value.text()?.and_then(|text| text.parse::<Category>().ok());
                is_counted = category.is_some_and(|category| {
                    category.is_anonymizer() || category == Category::Hosting
                });
            }
            b"suppressed_by" => is_suppressed = true,
            b"provider" => provider = value.text()?.filter(|name| name.len() <= MAX_PROVIDER_BYTES),
            _ => {}
        }
        Ok(())
    })?;
    Ok(provider.filter(|_| is_counted && !is_suppressed))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::mmdb::{Pool, Reader};
    use crate::query::fixture::{file, intern};
    use crate::query::scan::facts::Told;

    #[track_caller]
    fn check(record: &serde_json::Value, expected: &str) {
        let mut pool = Pool::new();
        let id = intern(&mut pool, record);
        let bytes = file(&pool, &[id]);
        let reader = Reader::open(&bytes).expect("sound");
        let found = reader.lookup("192.0.2.0".parse().expect("an address")).expect("sound");
        let offset = found.offset.expect("listed") as u32;
        let (told, _) = Told::read(&reader, offset).expect("sound");
        let facts = told.facts;
        let country = String::from_utf8_lossy(&facts.country).into_owned();
        let seen = format!(
            "{} {:?} {} {} {:?} {:?}",
            facts.asn, facts.signals, facts.score, country, told.country, told.providers
        );
        assert_eq!(seen, expected);
    }

    #[test]
    fn what_is_counted_is_read() {
        let record = json!({
            "attributions": [
                { "feed": "a", "category": "vpn", "provider": "Q" },
                { "feed": "b", "category": "hosting", "provider": "P" },
                { "feed": "c", "category": "vpn", "provider": "Q" },
                { "feed": "d", "category": "vpn", "provider": "R", "suppressed_by": "tor_replaces_vpn" },
                { "feed": "e", "category": "bot", "provider": "S" },
            ],
            "network": { "asn": 64496, "as_name": "Example" },
            "geo": { "country_code": "de", "country": "Germany", "is_sanctioned": true },
            "threat": { "score": 65 },
            "signals": { "is_vpn": true, "is_hosting": false, "is_new": true, "is_denied": true },
            "bot": { "id": "gptbot" },
        });
        check(
            &record,
            r#"64496 {"is_vpn", "is_bot", "is_sanctioned"} 65 DE Some("Germany") ["P", "Q"]"#,
        );
    }

    #[test]
    fn what_is_of_another_type_is_not_said() {
        let record = json!({
            "attributions": { "vpn": true }, "network": { "asn": "AS1" }, "signals": ["is_vpn"],
            "geo": { "country_code": "Germany", "is_sanctioned": 1 }, "bot": true, "threat": { "score": 300 },
        });
        check(&record, "0 {} 100 \0\0 None []");
    }
}
