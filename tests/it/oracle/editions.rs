//! The nine records of SCHEMAS, written by hand.

use ipmint::base::{CountryCode, Day};
use ipmint::feed::Category;
use ipmint::score::Replacement;
use serde_json::{Map, Value, json};

use crate::oracle::Records;
use crate::oracle::knowledge::{Claim, Knowledge};

/// What every edition has to say; null where that is nothing but `false`.
pub(super) fn records(known: &Knowledge<'_>) -> Records {
    let anonymous = known.anonymous();
    let anonymous_plus = merged(&anonymous, &known.anonymizer());
    let risk = merged(&json!({ "ip_risk": known.ip_risk() }), &anonymous_plus);
    let records = [
        ("anonymous", anonymous),
        ("anonymous-plus", anonymous_plus),
        ("asn", known.asn_record()),
        ("city", known.city()),
        ("country", known.country_record()),
        ("flat", known.flat()),
        ("full", known.full()),
        ("privacy", known.privacy()),
        ("risk", risk),
    ];
    records.map(|(edition, record)| (edition, said(record).unwrap_or(Value::Null))).into()
}

/// A record without what has nothing to say: null, and maps and lists of nothing.
fn said(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::Array(values) => {
            let values: Vec<Value> = values.into_iter().filter_map(said).collect();
            (!values.is_empty()).then_some(Value::Array(values))
        }
        Value::Object(map) => {
            let map: Map<String, Value> =
                map.into_iter().filter_map(|(key, value)| Some((key, said(value)?))).collect();
            (!map.is_empty()).then_some(Value::Object(map))
        }
        value => Some(value),
    }
}

fn merged(first: &Value, second: &Value) -> Value {
    let entries = [first, second].map(|map| map.as_object().expect("records are maps").clone());
    Value::Object(entries.into_iter().flatten().collect())
}

/// Present only when true.
fn flag(is_true: bool) -> Option<bool> {
    is_true.then_some(true)
}

impl Knowledge<'_> {
    fn is(&self, category: Category) -> bool {
        self.verdict.signals.contains(category)
    }

    fn any_is(&self, categories: &[Category]) -> bool {
        categories.iter().any(|category| self.is(*category))
    }

    /// Whether scoring was told anything at all.
    fn is_scored(&self) -> bool {
        !self.claims.is_empty()
    }

    fn score(&self) -> Option<u8> {
        self.is_scored().then_some(self.verdict.score)
    }

    fn level(&self) -> Option<[&'static str; 2]> {
        Some(match self.score()? {
            0..=30 => ["low", "allow"],
            31..=60 => ["medium", "review"],
            61..=85 => ["high", "challenge"],
            _ => ["critical", "block"],
        })
    }

    fn ip_risk(&self) -> Option<f64> {
        Some(f64::from(self.score()?).clamp(0.01, 99.0))
    }

    fn anonymous(&self) -> Value {
        use Category::{Hosting, MobileProxy, Proxy, ResidentialProxy, TorExit, Vpn};
        json!({
            "is_anonymous":
                flag(self.any_is(&[TorExit, Vpn, Proxy, ResidentialProxy, MobileProxy, Hosting])),
            "is_anonymous_vpn": flag(self.is(Vpn)),
            "is_hosting_provider": flag(self.is(Hosting)),
            "is_public_proxy": flag(self.is(Proxy)),
            "is_residential_proxy": flag(self.is(ResidentialProxy)),
            "is_tor_exit_node": flag(self.is(TorExit)),
        })
    }

    /// The largest confidence among anonymizers, 1 to 99.
    fn confidence(&self) -> Option<u32> {
        use Category::{MobileProxy, Proxy, ResidentialProxy, TorExit, Vpn};
        let largest = [TorExit, Vpn, Proxy, ResidentialProxy, MobileProxy]
            .map(|category| self.verdict.confidences_ppm[category as usize])
            .into_iter()
            .max()?;
        (largest > 0).then(|| ((largest + 5_000) / 10_000).clamp(1, 99))
    }

    fn anonymizer(&self) -> Value {
        let stands = |claim: &&Claim| {
            self.is(claim.category) && self.verdict.suppressed_by(claim.evidence()).is_none()
        };
        let last_seen = self.claims.iter().filter(stands).filter_map(|claim| claim.seen).max();
        json!({
            "anonymizer_confidence": self.confidence(),
            "network_last_seen": last_seen.map(date),
            "provider_name": self.provider(),
        })
    }

    /// Of claims that stand: by kind, then the freshest, then by name.
    fn provider(&self) -> Option<&str> {
        use Category::{MobileProxy, Proxy, Relay, ResidentialProxy, TorExit, Vpn};
        [TorExit, ResidentialProxy, MobileProxy, Vpn, Proxy, Relay].into_iter().find_map(|kind| {
            let stand = self.claims.iter().filter(|claim| {
                claim.category == kind
                    && self.is(kind)
                    && self.verdict.suppressed_by(claim.evidence()).is_none()
            });
            let providers =
                stand.filter_map(|claim| Some((claim.age_days, claim.provider.as_deref()?)));
            providers.min().map(|(_, provider)| provider)
        })
    }

    fn asn_record(&self) -> Value {
        json!({
            "autonomous_system_number": self.asn.map(|asn| asn.0),
            "autonomous_system_organization": self.as_name,
        })
    }

    fn registered_country(&self) -> Option<CountryCode> {
        self.registration.as_ref()?.country
    }

    fn sanction_lists(&self) -> Vec<&str> {
        let of_sanctions =
            self.claims.iter().filter(|claim| claim.category == Category::Sanctioned);
        let mut lists: Vec<&str> =
            of_sanctions.filter_map(|claim| claim.provider.as_deref()).collect();
        lists.sort_unstable();
        lists.dedup();
        lists
    }

    fn countries(&self) -> Value {
        let facts = self.country.and_then(country);
        json!({
            "continent": {
                "code": facts.map(|facts| facts.continent),
                "names": { "en": facts.map(|facts| continent(facts.continent)) },
            },
            "country": country_map(self.country),
            "registered_country": country_map(self.registered_country()),
        })
    }

    fn country_record(&self) -> Value {
        let sanctions = json!({
            "is_sanctioned": flag(self.is(Category::Sanctioned)),
            "sanction_lists": self.sanction_lists(),
        });
        merged(&self.countries(), &sanctions)
    }

    fn region(&self) -> Option<&str> {
        self.place.as_ref()?.region.as_deref()
    }

    fn city(&self) -> Value {
        let place = self.place.clone().unwrap_or_default();
        let point = self.point.clone().unwrap_or_default();
        let below = json!({
            "subdivisions": [{
                "iso_code": self.region().and_then(region_code),
                "names": { "en": self.region().filter(|region| region_code(region).is_none()) },
            }],
            "city": { "names": { "en": place.city } },
            "postal": { "code": place.postal_code },
            "location": {
                "latitude": point.latitude.map(degrees),
                "longitude": point.longitude.map(degrees),
                "time_zone": point.timezone,
            },
        });
        merged(&self.countries(), &below)
    }

    fn privacy(&self) -> Value {
        use Category::{Hosting, MobileProxy, Proxy, Relay, ResidentialProxy, TorExit, Vpn};
        let proxies = [Proxy, ResidentialProxy, MobileProxy];
        if !self.any_is(&[Hosting, Relay, TorExit, Vpn]) && !self.any_is(&proxies) {
            return Value::Null;
        }
        json!({
            "hosting": self.is(Hosting),
            "proxy": self.any_is(&proxies),
            "relay": self.is(Relay),
            "tor": self.is(TorExit),
            "vpn": self.is(Vpn),
            "service": self.provider(),
        })
    }

    /// `is_vpn` … of the first categories, up to and with `last`.
    fn signals(&self, last: Category) -> Value {
        let upto = Category::ALL.iter().filter(|category| **category <= last);
        let flags =
            upto.map(|category| (category.signal().to_owned(), flag(self.is(*category)).into()));
        Value::Object(flags.collect())
    }

    fn flat(&self) -> Value {
        let signals = self.signals(Category::Mobile);
        let rest = json!({
            "score": self.score(),
            "risk": self.level().map(|level| level[0]),
            "is_sanctioned": flag(self.is(Category::Sanctioned)),
            "asn": self.asn.map(|asn| asn.0),
            "as_name": self.as_name,
            "country": self.country.map(|code| code.as_str().to_owned()),
            "provider": self.provider(),
        });
        merged(&signals, &rest)
    }

    /// What kind of line it is; what feeds say of the range comes first, what they
    /// say of the AS last.
    fn connection_type(&self) -> Option<&'static str> {
        let word = |text: &str| match text {
            "hosting" | "datacenter" => Some("datacenter"),
            "mobile" => Some("mobile"),
            "education" => Some("education"),
            "government" => Some("government"),
            "business" => Some("business"),
            _ => None,
        };
        let signals = [
            (Category::Hosting, "datacenter"),
            (Category::Mobile, "mobile"),
            (Category::Education, "education"),
            (Category::Government, "government"),
            (Category::Business, "business"),
        ];
        let signal = signals.into_iter().find(|(category, _)| self.is(*category));
        self.network_type
            .as_deref()
            .and_then(word)
            .or(signal.map(|(_, word)| word))
            .or_else(|| self.as_type.as_deref().and_then(word))
    }

    fn full(&self) -> Value {
        let facts = self.country.and_then(country);
        let place = self.place.clone().unwrap_or_default();
        let point = self.point.clone().unwrap_or_default();
        let registration = self.registration.as_ref();
        let native = self.country.zip(self.registered_country()).map(|(a, b)| a == b);
        let mut signals = self.signals(Category::Business);
        // A bot has a map of its own.
        signals.as_object_mut().expect("made as one").remove("is_bot");
        let categories = Category::ALL.iter().filter(|one| one.is_scored() && self.is(**one));
        json!({
            "network": {
                "asn": self.asn.map(|asn| asn.0),
                "as_name": self.as_name,
                "as_domain": self.as_domain,
                "organization": self.organization,
                "isp": self.as_name.as_ref().filter(|_| self.as_type.as_deref() == Some("isp")),
                "connection_type": self.connection_type(),
                "registry": registration.map(|registration| &registration.registry),
                "registered_country": code(self.registered_country()),
                "registered": registration.and_then(|registration| registration.day).map(date),
                "abuse_contact": self.abuse_contact.as_ref().or(self.as_abuse_contact.as_ref()),
                "native": native,
            },
            "geo": {
                "country_code": code(self.country),
                "country": facts.map(|facts| facts.name),
                "continent_code": facts.map(|facts| facts.continent),
                "region": self.region().filter(|region| region_code(region).is_none()),
                "region_code": self.region().and_then(region_code),
                "city": place.city,
                "postal_code": place.postal_code,
                "latitude": point.latitude.map(degrees),
                "longitude": point.longitude.map(degrees),
                "timezone": point.timezone,
                "is_sanctioned": flag(self.is(Category::Sanctioned)),
                "sanction_lists": self.sanction_lists(),
            },
            "threat": {
                "score": self.score(),
                "risk_level": self.level().map(|level| level[0]),
                "recommendation": self.level().map(|level| level[1]),
                "confidence": self.score().map(|_| self.verdict.confidence),
                "categories": categories.map(|category| category.name()).collect::<Vec<_>>(),
            },
            "signals": signals,
            "bot": self.bot(),
            "attributions": self.attributions(),
        })
    }

    /// The first crawler that has a name. Feeds name bots by their id, or else in
    /// words of their own.
    fn bot(&self) -> Value {
        let mut bots = self.claims.iter().filter(|claim| claim.category == Category::Bot);
        let Some((claim, provider)) =
            bots.find_map(|claim| Some((claim, claim.provider.as_deref()?)))
        else {
            return Value::Null;
        };
        let id: String = provider
            .chars()
            .map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
            .collect();
        let rows = table(include_str!("../../../feeds/rules/bots.tsv"));
        if let Some(row) = rows.iter().find(|row| row[0] == id) {
            return json!({ "id": id, "name": row[1], "operator": row[2], "class": row[3] });
        }
        json!({ "id": id, "name": provider, "operator": claim.operator, "class": claim.service })
    }

    fn attributions(&self) -> Vec<Value> {
        let attribution = |claim: &Claim| {
            let suppressed_by = self.verdict.suppressed_by(claim.evidence());
            json!({
                "feed": self.feeds[claim.feed as usize].feed.id.as_str(),
                "category": claim.category.name(),
                "provider": claim.provider,
                "service": claim.service,
                "via": claim.via.name(),
                "prefix_length": claim.prefix_length,
                "age_days": claim.age_days,
                "suppressed_by": suppressed_by.map(Replacement::name),
            })
        };
        let mut told = Vec::new();
        for attribution in self.claims.iter().map(attribution) {
            if !told.contains(&attribution) {
                told.push(attribution);
            }
        }
        told
    }
}

fn code(country: Option<CountryCode>) -> Option<String> {
    country.map(|code| code.as_str().to_owned())
}

fn date(day: Day) -> String {
    day.to_string()
}

fn degrees(millionths: i32) -> f64 {
    f64::from(millionths) / 1_000_000.0
}

/// `HE` of `DE-HE` (ISO 3166-2); nothing of a region's name.
fn region_code(region: &str) -> Option<&str> {
    let is_code = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    let (country, code) = region.split_once('-')?;
    let is_region = country.len() == 2 && (1..=3).contains(&code.len());
    (is_region && is_code(country) && is_code(code)).then_some(code)
}

#[derive(Clone, Copy)]
struct Facts {
    name: &'static str,
    continent: &'static str,
    is_in_european_union: bool,
    geoname_id: Option<u32>,
}

fn country(code: CountryCode) -> Option<Facts> {
    let rows = table(include_str!("../../../feeds/rules/countries.tsv"));
    let row = rows.into_iter().find(|row| row[0] == code.as_str())?;
    Some(Facts {
        name: row[1],
        continent: row[2],
        is_in_european_union: row[3] == "1",
        geoname_id: row[4].parse().ok(),
    })
}

fn country_map(code: Option<CountryCode>) -> Value {
    let facts = code.and_then(country);
    json!({
        "iso_code": code.map(|code| code.as_str().to_owned()),
        "geoname_id": facts.as_ref().and_then(|facts| facts.geoname_id),
        "is_in_european_union":
            facts.as_ref().and_then(|facts| flag(facts.is_in_european_union)),
        "names": { "en": facts.map(|facts| facts.name) },
    })
}

fn continent(code: &str) -> &'static str {
    match code {
        "AF" => "Africa",
        "AN" => "Antarctica",
        "AS" => "Asia",
        "EU" => "Europe",
        "NA" => "North America",
        "OC" => "Oceania",
        "SA" => "South America",
        other => panic!("no continent {other}"),
    }
}

/// The cells of every row but the first, which names the columns.
fn table(text: &'static str) -> Vec<Vec<&'static str>> {
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|row| row.split('\t').collect()).collect()
}
