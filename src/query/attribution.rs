//! The claims of a `full` record, read back.

use std::net::IpAddr;

use serde::Serialize;

use crate::feed::Category;
use crate::mmdb::Value;
use crate::query::lookup::network;
use crate::score::Via;

/// One claim behind a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attribution {
    /// Whose it is.
    pub feed: String,
    /// What it says.
    pub category: String,
    /// Provider of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Service of the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The way it came.
    pub via: Via,
    /// The network that was listed; absent for a range that is no prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Its age, floored to a step.
    pub age_days: u16,
    /// What took its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressed_by: Option<String>,
}

impl Attribution {
    /// The claims of a record about `ip`; `None` if the record carries none.
    pub fn all(record: &Value, ip: IpAddr) -> Option<Vec<Self>> {
        let Value::Array(values) = record.get("attributions")? else { return None };
        values.iter().map(|value| Self::read(value, ip)).collect()
    }

    /// The category, if this version knows it.
    pub fn known_category(&self) -> Option<Category> {
        self.category.parse().ok()
    }

    fn read(value: &Value, ip: IpAddr) -> Option<Self> {
        let text = |key| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let number = |key| value.get(key).and_then(Value::as_unsigned);
        let via = match value.get("via").and_then(Value::as_str) {
            Some(word) => Via::from_name(word)?,
            None => Via::Prefix,
        };
        let prefix_len = number("prefix_length").and_then(|len| u8::try_from(len).ok());
        Some(Self {
            feed: text("feed")?,
            category: text("category")?,
            provider: text("provider"),
            service: text("service"),
            via,
            network: prefix_len.map(|len| network(ip, len)),
            age_days: number("age_days").and_then(|days| u16::try_from(days).ok()).unwrap_or(0),
            suppressed_by: text("suppressed_by"),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::mmdb::Value;
    use crate::query::Attribution;

    fn text(text: &str) -> Value {
        Value::Utf8(text.to_owned())
    }

    #[track_caller]
    fn check(entries: &[(&str, Value)], expected: Option<&str>) {
        let entries = entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        let attributions = Value::Array(vec![Value::Map(entries.collect())]);
        let record = Value::Map(vec![("attributions".to_owned(), attributions)]);
        let ip = "192.0.2.7".parse().expect("an address");
        let found = Attribution::all(&record, ip)
            .map(|attributions| serde_json::to_string(&attributions).expect("serializable"));
        assert_eq!(found.as_deref(), expected);
    }

    #[test]
    fn attributions_are_read_back() {
        let entries = [
            ("feed", text("a")),
            ("category", text("vpn")),
            ("via", text("asn")),
            ("prefix_length", Value::Uint16(24)),
            ("age_days", Value::Uint16(3)),
        ];
        let expected =
            r#"[{"feed":"a","category":"vpn","via":"asn","network":"192.0.2.0/24","age_days":3}]"#;
        check(&entries, Some(expected));
        check(&[("feed", text("a"))], None);
        check(&[("feed", text("a")), ("category", text("vpn")), ("via", text("x"))], None);
    }
}
