//! Addresses for the tests of views: claims, and the record and manifest that come of them.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use crate::feed::Category;
use crate::mmdb::{Pool, Reader};
use crate::query::{Explained, Known, explain, fixture};
use crate::release::Manifest;
use crate::score::{Assessor, Evidence, Policy, Via, Witness};

/// An address under some claims, each by a feed of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Case {
    /// What the record holds beside verdict and claims.
    record: Map<String, Value>,
    claims: Vec<Claim>,
}

#[derive(Clone, Debug)]
struct Claim {
    category: Category,
    reliability: u16,
    age_days: u16,
    via: Via,
    provider: Option<&'static str>,
    prefix_length: Option<u8>,
}

/// A case as a database has it.
pub(super) struct Built {
    pub(super) bytes: Vec<u8>,
    pub(super) manifest: Manifest,
}

/// The address of every case.
pub(super) fn ip() -> IpAddr {
    "192.0.2.0".parse().expect("an address")
}

impl Case {
    /// Adds a claim by the feed `<category>-<n>`, with n claims before it.
    pub(super) fn claim(mut self, category: Category, reliability: u16, age_days: u16) -> Self {
        let (via, provider, prefix_length) = (Via::Prefix, None, Some(24));
        let claim = Claim { category, reliability, age_days, via, provider, prefix_length };
        self.claims.push(claim);
        self
    }

    /// Has the last claim come through the AS.
    pub(super) fn by_asn(mut self) -> Self {
        let last = self.claims.last_mut().expect("a claim");
        (last.via, last.prefix_length) = (Via::Asn, None);
        self
    }

    /// Has the last claim name a provider, of a network of that length.
    pub(super) fn of(mut self, provider: &'static str, prefix_length: u8) -> Self {
        let last = self.claims.last_mut().expect("a claim");
        (last.provider, last.prefix_length) = (Some(provider), Some(prefix_length));
        self
    }

    /// Has the record say more.
    pub(super) fn with(mut self, key: &str, value: Value) -> Self {
        self.record.insert(key.to_owned(), value);
        self
    }

    /// Assesses the claims and writes record and manifest.
    pub(super) fn build(&self) -> Built {
        let ids: Vec<String> = (0..)
            .zip(&self.claims)
            .map(|(n, claim)| format!("{}-{n}", claim.category.name()))
            .collect();
        let witnesses: Vec<Witness> = (0..)
            .zip(&self.claims)
            .map(|(group, claim)| Witness { reliability: claim.reliability, group })
            .collect();
        let evidence: Vec<Evidence> = (0..)
            .zip(&self.claims)
            .map(|(feed, claim)| {
                let Claim { category, via, age_days, .. } = *claim;
                Evidence { category, feed, via, age_days }
            })
            .collect();
        let policy = Policy::default();
        let verdict = Assessor::new(&policy, &witnesses).assess(&evidence);
        let mut record = self.record.clone();
        let attribution = |(idx, claim): (usize, &Claim)| {
            let mut json = json!({
                "feed": ids[idx], "category": claim.category.name(), "via": claim.via.name(),
                "age_days": claim.age_days,
            });
            let mut add = |key: &str, value: Option<Value>| {
                if let Some(value) = value {
                    json[key] = value;
                }
            };
            add("provider", claim.provider.map(|provider| json!(provider)));
            add("prefix_length", claim.prefix_length.map(|len| json!(len)));
            let suppressed_by = verdict.suppressed_by(evidence[idx]);
            add("suppressed_by", suppressed_by.map(|by| json!(by.name())));
            json
        };
        if verdict.signals.contains(Category::Bot) {
            let bot = json!({
                "id": "chatgpt_user", "name": "ChatGPT-User", "operator": "OpenAI", "class": "AI bot",
            });
            record.insert("bot".to_owned(), bot);
        }
        let signals = verdict.signals.iter().filter(|&category| category != Category::Bot);
        let signals = signals.map(|category| (category.signal().to_owned(), json!(true)));
        record.insert("signals".to_owned(), Value::Object(signals.collect()));
        let threat = json!({ "score": verdict.score, "confidence": verdict.confidence });
        record.insert("threat".to_owned(), threat);
        let attributions: Vec<Value> = self.claims.iter().enumerate().map(attribution).collect();
        record.insert("attributions".to_owned(), json!(attributions));

        let mut pool = Pool::new();
        let id = fixture::intern(&mut pool, &Value::Object(record));
        let feeds: Vec<(&str, u16)> = ids
            .iter()
            .zip(&self.claims)
            .map(|(id, claim)| (id.as_str(), claim.reliability))
            .collect();
        Built { bytes: fixture::file(&pool, &[id]), manifest: fixture::manifest(&feeds) }
    }

    /// Asks a view of the case.
    pub(super) fn ask<T>(&self, view: impl FnOnce(&Explained, &Known<'_>) -> T) -> T {
        let built = self.build();
        let reader = Reader::open(&built.bytes).expect("sound");
        let offset = reader.lookup(ip()).expect("sound").offset.expect("listed");
        let known = Known::read(&reader, offset).expect("sound");
        let explained = explain(&reader, Some(&built.manifest), ip()).expect("explained");
        view(&explained, &known)
    }
}
