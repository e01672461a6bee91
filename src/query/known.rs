//! A record of the edition `full`, read where it lies.

use crate::feed::Category;
use crate::mmdb::{Cursor, FormatError, Reader};
use crate::query::record::RecordVerdict;
use crate::score::Signals;

/// What `full` says of an address, but for who says so: texts are the database's own, nothing is copied.
/// What is of another type than the schema's counts as not said, as what is of another version does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known<'a> {
    /// Whose network it is.
    pub network: KnownNetwork<'a>,
    /// Where it is.
    pub geo: KnownGeo<'a>,
    /// 0 to 100.
    pub score: u8,
    /// 0 to 100.
    pub confidence: u8,
    /// The signals that are true, those of a crawler and of a sanctioned country included.
    pub signals: Signals,
    /// The crawler it is.
    pub bot: Option<KnownBot<'a>>,
}

/// `network` of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownNetwork<'a> {
    /// Origin AS.
    pub asn: Option<u32>,
    /// Its name.
    pub as_name: Option<&'a str>,
    /// Its domain.
    pub as_domain: Option<&'a str>,
    /// The holder of the network.
    pub organization: Option<&'a str>,
    /// The AS's name where that is an access provider.
    pub isp: Option<&'a str>,
    /// `datacenter`, `mobile`, `education`, `government` or `business`.
    pub connection_type: Option<&'a str>,
    /// The regional registry.
    pub registry: Option<&'a str>,
    /// ISO 3166-1 alpha-2.
    pub registered_country: Option<&'a str>,
    /// `YYYY-MM-DD`.
    pub registered: Option<&'a str>,
    /// A mailbox.
    pub abuse_contact: Option<&'a str>,
    /// Whether it is used in the country it was registered in.
    pub native: Option<bool>,
}

/// `geo` of a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownGeo<'a> {
    /// ISO 3166-1 alpha-2.
    pub country_code: Option<&'a str>,
    /// English short name.
    pub country: Option<&'a str>,
    /// Two letters.
    pub continent_code: Option<&'a str>,
    /// Name of the first-level subdivision.
    pub region: Option<&'a str>,
    /// ISO 3166-2, without the country.
    pub region_code: Option<&'a str>,
    /// Name.
    pub city: Option<&'a str>,
    /// Postal code.
    pub postal_code: Option<&'a str>,
    /// Degrees, -90 to 90.
    pub latitude: Option<f64>,
    /// Degrees, -180 to 180.
    pub longitude: Option<f64>,
    /// IANA name.
    pub timezone: Option<&'a str>,
    /// Whether its country is under a sanction programme.
    pub is_sanctioned: bool,
    /// Which.
    pub sanction_lists: Vec<&'a str>,
}

/// `bot` of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownBot<'a> {
    /// `chatgpt_user`.
    pub id: Option<&'a str>,
    /// `ChatGPT-User`.
    pub name: Option<&'a str>,
    /// `OpenAI`.
    pub operator: Option<&'a str>,
    /// `AI bot`.
    pub class: Option<&'a str>,
}

impl<'a> Known<'a> {
    /// Reads the record at an offset of a data section.
    ///
    /// # Errors
    /// If the database is damaged there.
    pub fn read(reader: &Reader<'a>, offset: usize) -> Result<Self, FormatError> {
        Self::of(reader.cursor(offset))
    }

    /// Reads the record at a cursor.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn of(mut cursor: Cursor<'a>) -> Result<Self, FormatError> {
        let mut known = Self::default();
        let mut verdict = RecordVerdict::default();
        cursor.map(|key, value| match key {
            b"network" => known.network.read(value),
            b"geo" => verdict.geo(value, |key, value| known.geo.read(key, value)),
            b"threat" => verdict.threat(value),
            b"signals" => verdict.signals(value),
            b"bot" => {
                verdict.bot(value, |key, value| known.bot.get_or_insert_default().read(key, value))
            }
            _ => Ok(()),
        })?;
        known.geo.is_sanctioned = verdict.signals.contains(Category::Sanctioned);
        Ok(Self {
            score: verdict.score,
            confidence: verdict.confidence,
            signals: verdict.signals,
            ..known
        })
    }
}

impl<'a> KnownNetwork<'a> {
    fn read(&mut self, value: &mut Cursor<'a>) -> Result<(), FormatError> {
        value.map(|key, value| {
            let field = match key {
                b"asn" => {
                    self.asn = value.unsigned()?.and_then(|asn| asn.try_into().ok());
                    return Ok(());
                }
                b"native" => {
                    self.native = value.bool()?;
                    return Ok(());
                }
                b"as_name" => &mut self.as_name,
                b"as_domain" => &mut self.as_domain,
                b"organization" => &mut self.organization,
                b"isp" => &mut self.isp,
                b"connection_type" => &mut self.connection_type,
                b"registry" => &mut self.registry,
                b"registered_country" => &mut self.registered_country,
                b"registered" => &mut self.registered,
                b"abuse_contact" => &mut self.abuse_contact,
                _ => return Ok(()),
            };
            *field = value.text()?;
            Ok(())
        })
    }
}

impl<'a> KnownGeo<'a> {
    fn read(&mut self, key: &[u8], value: &mut Cursor<'a>) -> Result<(), FormatError> {
        let field = match key {
            b"latitude" => {
                self.latitude = value.double()?;
                return Ok(());
            }
            b"longitude" => {
                self.longitude = value.double()?;
                return Ok(());
            }
            b"sanction_lists" => {
                return value.array(|item| {
                    self.sanction_lists.extend(item.text()?);
                    Ok(())
                });
            }
            b"country_code" => &mut self.country_code,
            b"country" => &mut self.country,
            b"continent_code" => &mut self.continent_code,
            b"region" => &mut self.region,
            b"region_code" => &mut self.region_code,
            b"city" => &mut self.city,
            b"postal_code" => &mut self.postal_code,
            b"timezone" => &mut self.timezone,
            _ => return Ok(()),
        };
        *field = value.text()?;
        Ok(())
    }
}

impl<'a> KnownBot<'a> {
    fn read(&mut self, key: &[u8], value: &mut Cursor<'a>) -> Result<(), FormatError> {
        let field = match key {
            b"id" => &mut self.id,
            b"name" => &mut self.name,
            b"operator" => &mut self.operator,
            b"class" => &mut self.class,
            _ => return Ok(()),
        };
        *field = value.text()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::feed::Category;
    use crate::mmdb::{Pool, Reader};
    use crate::query::fixture::{file, intern};
    use crate::query::{Known, KnownGeo};

    #[track_caller]
    fn check(record: &serde_json::Value, expected: impl FnOnce(&Known<'_>) -> bool) {
        let mut pool = Pool::new();
        let id = intern(&mut pool, record);
        let bytes = file(&pool, &[id]);
        let reader = Reader::open(&bytes).expect("sound");
        let found = reader.lookup("192.0.2.0".parse().expect("an address")).expect("sound");
        let known = Known::read(&reader, found.offset.expect("listed")).expect("sound");
        assert!(expected(&known), "{known:?}");
    }

    #[test]
    fn a_record_is_read_where_it_lies() {
        let record = json!({
            "attributions": [{ "feed": "a", "category": "vpn" }],
            "network": { "asn": 64496, "as_name": "Example", "native": false },
            "geo": {
                "country_code": "DE", "latitude": 50.5, "is_sanctioned": true,
                "sanction_lists": ["EU", "UN"],
            },
            "threat": { "score": 65, "confidence": 75, "categories": ["vpn"] },
            "signals": { "is_vpn": true, "is_hosting": false, "is_new": true },
            "bot": { "id": "gptbot", "class": "AI bot" },
        });
        check(&record, |known| {
            let signals: Vec<Category> = known.signals.iter().collect();
            let bot = known.bot.expect("there");
            (known.network.asn, known.network.as_name) == (Some(64496), Some("Example"))
                && known.network.native == Some(false)
                && known.geo.country_code == Some("DE")
                && known.geo.latitude == Some(50.5)
                && known.geo.sanction_lists == ["EU", "UN"]
                && (known.score, known.confidence) == (65, 75)
                && known.geo.is_sanctioned
                && signals == [Category::Vpn, Category::Bot, Category::Sanctioned]
                && (bot.id, bot.name, bot.class) == (Some("gptbot"), None, Some("AI bot"))
        });
    }

    #[test]
    fn what_is_of_another_type_is_not_said() {
        let record = json!({
            "network": { "asn": "AS64496", "as_name": { "en": "Example" }, "isp": "x" },
            "geo": ["DE"], "threat": { "score": 300 }, "signals": true, "bot": "gptbot",
        });
        check(&record, |known| {
            (known.network.asn, known.network.as_name, known.network.isp) == (None, None, Some("x"))
                && known.geo == KnownGeo::default()
                && known.score == 100
                && known.signals.is_empty()
                && known.bot.is_none()
        });
    }
}
