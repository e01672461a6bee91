//! The policy's file, `feeds/policy.toml`, to a [`Policy`], checked whole.

use crate::base::Variant;
use crate::feed::{CatalogueError, Category, Document, Item, Table, read_fetch, read_profiles};
use crate::score::{Canary, CanaryNetworkError, Combiner, DriftLimit, GatePolicy, Policy};

/// Every key of the file; `schemas/policy.schema.json` has the same.
const KEYS: &[&str] = &[
    "signal_threshold",
    "combiner",
    "via",
    "age_steps_days",
    "category",
    "canary",
    "release",
    "gates",
    "fetch",
    "profile",
];

const VIA_KEYS: &[&str] = &["prefix", "asn", "country"];

const CATEGORY_KEYS: &[&str] = &["weight", "floor", "half_life"];

const CANARY_KEYS: &[&str] = &["network", "must", "must_not"];

const RELEASE_KEYS: &[&str] = &["variants", "deltas", "patches", "history", "grace"];

const GATES_KEYS: &[&str] = &["drift", "size", "max_bytes", "signal"];

const DRIFT_KEYS: &[&str] = &["v4", "v6"];

const SECONDS_PER_DAY: u64 = 86_400;

impl Policy {
    /// Reads a policy; what the text does not say has its default.
    ///
    /// # Errors
    /// Everything that is wrong with the text, at once.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, CatalogueError> {
        let document = Document::parse(file, text);
        let policy = read(&document.root(KEYS));
        document.finish(Some(policy))
    }
}

fn read(root: &Table<'_>) -> Policy {
    let mut policy = Policy::default();
    if let Some(item) = root.get("signal_threshold") {
        // At 0 every signal would be true of every address.
        policy.signal_threshold = item.integer(1..=1000).unwrap_or(policy.signal_threshold);
    }
    if let Some(item) = root.get("combiner") {
        policy.combiner = item.word(Combiner::ALL, Combiner::name).unwrap_or(policy.combiner);
    }
    if let Some(table) = root.get("via").and_then(|item| item.table(VIA_KEYS)) {
        let share = |value: &mut u16, key| {
            *value = table.get(key).and_then(|item| item.per_mille()).unwrap_or(*value);
        };
        share(&mut policy.via.prefix, "prefix");
        share(&mut policy.via.asn, "asn");
        share(&mut policy.via.country, "country");
    }
    if let Some(item) = root.get("age_steps_days") {
        policy.age_steps_days = read_age_steps(&item);
    }
    read_categories(root, &mut policy);
    if let Some(item) = root.get("canary") {
        let items = item.array().unwrap_or_default();
        policy.canaries = items.iter().flat_map(read_canaries).collect();
    }
    if let Some(table) = root.get("release").and_then(|item| item.table(RELEASE_KEYS)) {
        let release = &mut policy.release;
        if let Some(item) = table.get("variants") {
            let items = item.array().unwrap_or_default();
            let word = |item: &Item<'_>| item.word(Variant::PACKED, Variant::name);
            release.variants = items.iter().filter_map(word).collect();
            release.variants.sort_unstable();
            release.variants.dedup();
        }
        // A delta a night for almost three years: past that a full download is the shorter way.
        let deltas = table.get("deltas").and_then(|item| item.integer(0..=1000));
        release.deltas = deltas.unwrap_or(release.deltas);
        let patches = table.get("patches").and_then(|item| item.integer(0..=1000));
        release.patches = patches.unwrap_or(release.patches);
        let history = table.get("history").and_then(|item| item.bool());
        release.history = history.unwrap_or(release.history);
        let grace = table.get("grace").and_then(|item| item.seconds());
        release.grace_seconds = grace.unwrap_or(release.grace_seconds);
    }
    if let Some(table) = root.get("gates").and_then(|item| item.table(GATES_KEYS)) {
        read_gates(&table, &mut policy.gates);
    }
    policy.fetch = read_fetch(root);
    policy.profiles.extend(read_profiles(root));
    policy
}

fn read_gates(table: &Table<'_>, gates: &mut GatePolicy) {
    if let Some(item) = table.get("drift") {
        gates.drift = read_drift(&item, gates.drift);
    }
    let size = table.get("size").and_then(|item| item.per_mille());
    gates.size = size.unwrap_or(gates.size);
    // Records of 32 bits number 2^32 nodes of eight bytes.
    let max_bytes = table.get("max_bytes").and_then(|item| item.integer(1..=1 << 35));
    gates.max_bytes = max_bytes.unwrap_or(gates.max_bytes);
    let signals = table.get("signal").and_then(|item| item.open_table());
    for (signal, item) in signals.iter().flat_map(Table::entries) {
        gates.signals.insert(signal.to_owned(), read_drift(&item, gates.drift));
    }
}

fn read_drift(item: &Item<'_>, default: DriftLimit) -> DriftLimit {
    let Some(table) = item.table(DRIFT_KEYS) else { return default };
    let limit = |key, default| table.get(key).and_then(|item| item.per_mille()).unwrap_or(default);
    DriftLimit { v4: limit("v4", default.v4), v6: limit("v6", default.v6) }
}

fn read_age_steps(item: &Item<'_>) -> Vec<u16> {
    let items = item.array().unwrap_or_default();
    let mut steps: Vec<u16> = Vec::new();
    for item in &items {
        let Some(step) = item.integer(0..=u16::MAX) else { continue };
        match steps.last() {
            None if step != 0 => item.fault(format!("found {step}, the first step is 0")),
            Some(&last) if step <= last => {
                item.fault(format!("found {step} after {last}, steps ascend"));
            }
            _ => {}
        }
        steps.push(step);
    }
    if items.is_empty() {
        item.fault("has no step, expected at least 0");
    }
    steps
}

fn read_categories(root: &Table<'_>, policy: &mut Policy) {
    let scored = &Category::ALL[..Category::N_SCORED];
    let known: Vec<_> = scored.iter().map(|category| category.name()).collect();
    let Some(table) = root.get("category").and_then(|item| item.table(&known)) else { return };
    for (category, values) in scored.iter().zip(&mut policy.categories) {
        let item = table.get(category.name());
        let Some(table) = item.and_then(|item| item.table(CATEGORY_KEYS)) else { continue };
        let weight = table.get("weight").and_then(|item| item.per_mille());
        values.weight = weight.unwrap_or(values.weight);
        let floor = table.get("floor").and_then(|item| item.integer(0..=100));
        values.floor = floor.unwrap_or(values.floor);
        if let Some(item) = table.get("half_life") {
            values.half_life_days = if item.says("never") { None } else { read_days(&item) };
        }
    }
}

/// Ages are whole days, so a half-life is too.
fn read_days(item: &Item<'_>) -> Option<u32> {
    let seconds = item.seconds()?;
    let days = u32::try_from(seconds / SECONDS_PER_DAY).ok();
    let days = days.filter(|days| *days > 0 && seconds % SECONDS_PER_DAY == 0);
    if days.is_none() {
        item.fault("expected whole days, at least 1d, or \"never\"");
    }
    days
}

/// One canary for each network of the table.
fn read_canaries(item: &Item<'_>) -> Vec<Canary> {
    let Some(table) = item.table(CANARY_KEYS) else { return Vec::new() };
    table.require(&["network"]);
    if !table.has("must") && !table.has("must_not") {
        table.fault("must_not", "is missing; a canary has `must`, `must_not` or both");
    }
    let must = read_signals(&table, "must");
    let must_not = read_signals(&table, "must_not");
    if let Some(both) = must.iter().find(|category| must_not.contains(category)) {
        table.fault("must_not", format!("`{}` is in `must` too", both.signal()));
    }
    let mut canaries = Vec::new();
    for (item, text) in table.texts("network") {
        match text.parse() {
            Ok(network) => {
                canaries.push(Canary { network, must: must.clone(), must_not: must_not.clone() });
            }
            Err(CanaryNetworkError { expected }) => {
                item.fault(format!("found `{}`, expected {expected}", text.escape_debug()));
            }
        }
    }
    canaries
}

fn read_signals(table: &Table<'_>, key: &str) -> Vec<Category> {
    let items = table.get(key).and_then(|item| item.array()).unwrap_or_default();
    items.iter().filter_map(|item| item.word(Category::ALL, Category::signal)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::Value;

    use crate::base::Variant;
    use crate::feed::{Category, FETCH_KEYS, PROFILE_KEYS};
    use crate::score::policy_file::{
        CANARY_KEYS, CATEGORY_KEYS, DRIFT_KEYS, GATES_KEYS, KEYS, RELEASE_KEYS, VIA_KEYS,
    };
    use crate::score::{CategoryPolicy, Combiner, DriftLimit, Policy, ViaPolicy};

    /// Reads a policy and compares the faults, none for a good one.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) -> Policy {
        let read = Policy::from_toml("p.toml", text);
        let error = read.as_ref().map_err(ToString::to_string).err().unwrap_or_default();
        assert_eq!(error.lines().collect::<Vec<_>>(), expected);
        read.unwrap_or_default()
    }

    #[test]
    fn the_shipped_file_spells_out_the_defaults() {
        assert_eq!(check(include_str!("../../feeds/policy.toml"), &[]), Policy::default());
        assert_eq!(check("", &[]), Policy::default());
    }

    #[test]
    fn the_shipped_file_leaves_no_key_out() {
        let shipped: toml::Table = include_str!("../../feeds/policy.toml").parse().expect("TOML");
        assert!(KEYS.iter().all(|key| shipped.contains_key(*key)));
        let categories = shipped["category"].as_table().expect("a table");
        assert_eq!(categories.len(), Category::N_SCORED);
        for (name, table) in categories {
            let table = table.as_table().expect("a table");
            assert!(CATEGORY_KEYS.iter().all(|key| table.contains_key(*key)), "{name}");
        }
    }

    #[test]
    fn what_is_said_replaces_the_default() {
        let policy = check(
            "signal_threshold = 300\ncombiner = 'sum'\nvia.asn = 500\nage_steps_days = [0, 7]\n\
             category.vpn = { floor = 0, half_life = 'never' }\ncategory.drop.half_life = '2w'\n\
             release = { deltas = 0, grace = '1h', variants = ['gz', 'zst'], history = false }\n\
             gates = { drift = { v4 = 100 }, signal.is_tor.v6 = 900 }\n[[canary]]\nnetwork = '2001:db8::/32'\n\
             must = ['is_tor']\n",
            &[],
        );
        assert_eq!((policy.signal_threshold, policy.combiner), (300, Combiner::Sum));
        assert_eq!(policy.via, ViaPolicy { prefix: 1000, asn: 500, country: 300 });
        assert_eq!(policy.age_steps_days, [0, 7]);
        let vpn = CategoryPolicy { weight: 350, floor: 0, half_life_days: None };
        assert_eq!(policy.categories[Category::Vpn as usize], vpn);
        assert_eq!(policy.categories[Category::Drop as usize].half_life_days, Some(14));
        assert_eq!((policy.release.deltas, policy.release.grace_seconds), (0, 3600));
        assert_eq!(policy.release.variants, [Variant::Zst, Variant::Gz]);
        assert!(!policy.release.history);
        assert_eq!(policy.gates.drift, DriftLimit { v4: 100, v6: 500 });
        assert_eq!(policy.gates.signals["is_tor"], DriftLimit { v4: 100, v6: 900 });
        assert_eq!(policy.canaries.len(), 1);
        assert_eq!(policy.canaries[0].must, [Category::TorExit]);
        assert_eq!(check("canary = []", &[]).canaries, []);
    }

    #[test]
    fn every_mistake_names_its_line_and_key() {
        check(
            "signal_treshold = 1\nsignal_threshold = 0\ncombiner = 'noisy-or'\nvia.asn = 1001\n\
             age_steps_days = [1, 2, 2]\n[category.vpm]\nweight = 1\n[category.mobile]\n\
             [category.vpn]\nweight = -1\nfloor = 101\nhalf_life = '36h'\n[[canary]]\n\
             network = '192.0.2.1/24'\nmust = ['is_vpn', 'is_vpm']\nmust_not = ['is_vpn']\n\
             [[canary]]\nnetwork = '192.0.2.0/33'\n[release]\ndeltas = 1.5\ngrace = 'never'\n",
            &[
                "p.toml:1: unknown key `signal_treshold`; did you mean `signal_threshold`?",
                "p.toml:2: signal_threshold: found 0, expected 1 to 1000",
                "p.toml:3: combiner: found `noisy-or`; did you mean `noisy_or`?",
                "p.toml:4: via.asn: found 1001, expected 0 to 1000",
                "p.toml:5: age_steps_days[0]: found 1, the first step is 0",
                "p.toml:5: age_steps_days[2]: found 2 after 2, steps ascend",
                "p.toml:6: category: unknown key `vpm`; did you mean `vpn`?",
                "p.toml:8: category: unknown key `mobile`; expected one of tor_exit, tor_relay, \
                 proxy, residential_proxy, mobile_proxy, vpn, relay, hosting, spam, attacker, \
                 drop, c2, botnet, malware",
                "p.toml:10: category.vpn.weight: found -1, expected 0 to 1000",
                "p.toml:11: category.vpn.floor: found 101, expected 0 to 100",
                "p.toml:12: category.vpn.half_life: expected whole days, at least 1d, or \"never\"",
                "p.toml:14: canary[0].network: found `192.0.2.1/24`, expected a prefix whose host \
                 bits are zero (RFC 4632)",
                "p.toml:15: canary[0].must[1]: found `is_vpm`; did you mean `is_vpn`?",
                "p.toml:16: canary[0].must_not: `is_vpn` is in `must` too",
                "p.toml:17: canary[1].must_not: is missing; a canary has `must`, `must_not` or \
                 both",
                "p.toml:18: canary[1].network: found `192.0.2.0/33`, expected an address or a \
                 prefix such as 192.0.2.0/24",
                "p.toml:20: release.deltas: found a float, expected 0 to 1000",
                "p.toml:21: release.grace: found `never`, expected a duration such as \"90m\", \
                 \"1h\" or \"45d\"",
            ],
        );
    }

    #[test]
    fn the_published_schema_knows_the_same_keys() {
        let schema = include_str!("../../schemas/policy.schema.json");
        let schema: Value = serde_json::from_str(schema).expect("JSON");
        let scored: Vec<_> =
            Category::ALL[..Category::N_SCORED].iter().map(|category| category.name()).collect();
        for (pointer, keys) in [
            ("/properties", KEYS),
            ("/properties/via/properties", VIA_KEYS),
            ("/properties/category/properties", scored.as_slice()),
            ("/properties/release/properties", RELEASE_KEYS),
            ("/properties/gates/properties", GATES_KEYS),
            ("/$defs/drift/properties", DRIFT_KEYS),
            ("/properties/fetch/properties", FETCH_KEYS),
            ("/$defs/profile/properties", PROFILE_KEYS),
            ("/$defs/category/properties", CATEGORY_KEYS),
            ("/$defs/canary/properties", CANARY_KEYS),
        ] {
            let object = schema.pointer(pointer).and_then(Value::as_object).expect(pointer);
            let published: BTreeSet<&str> = object.keys().map(String::as_str).collect();
            assert_eq!(published, keys.iter().copied().collect(), "{pointer}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*", key in prop::sample::select(KEYS), value in "\\PC{0,20}") {
            let _ = Policy::from_toml("p.toml", &text);
            let _ = Policy::from_toml("p.toml", &format!("{key} = {value}"));
        }
    }
}
