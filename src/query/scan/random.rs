//! Databases of `full` records made at random, the same each time.

use serde_json::{Value as Json, json};

use crate::base::{Address, Family, Run, V4, V6};
use crate::feed::Category;
use crate::mmdb::{Contents, Metadata, Pool, write};
use crate::query::fixture::intern;
use crate::query::recorded_signals;

/// Where there are networks of IPv4.
pub(super) const V4_STRETCHES: [(u32, u8); 3] = [(0, 10), (0xC000_0000, 12), (0xFFFF_F000, 12)];

/// Where there are networks of IPv6.
pub(super) const V6_STRETCHES: [(u128, u8); 4] =
    [(0x2001_0db8 << 96, 96), (0x2001_0db9 << 96, 12), (0x2a00 << 112, 112), (u128::MAX << 12, 12)];

/// Splitmix64, so that a failure is seen again.
pub(super) struct Random(pub(super) u64);

impl Random {
    /// Any number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below a number that is not 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

fn record(random: &mut Random) -> Json {
    let asn = 64_496 + random.below(60);
    let country = ["DE", "US", "IR", "FR"][random.below(4) as usize];
    let mut signals = serde_json::Map::new();
    let elsewhere = [Category::Bot, Category::Sanctioned].into_iter().collect();
    for category in recorded_signals().difference(elsewhere).iter() {
        if random.below(9) == 0 {
            signals.insert(category.signal().to_owned(), true.into());
        }
    }
    let claim = |random: &mut Random| {
        let category = ["vpn", "hosting", "spam"][random.below(3) as usize];
        let mut claim = json!({ "feed": "a", "category": category });
        if random.below(3) > 0 {
            claim["provider"] = format!("P{}", random.below(40)).into();
        }
        if random.below(8) == 0 {
            claim["suppressed_by"] = "relay_replaces_vpn".into();
        }
        claim
    };
    let claims: Vec<Json> = (0..random.below(4)).map(|_| claim(random)).collect();
    let score = [0, 0, 5, 65, 100][random.below(5) as usize];
    let mut record = json!({
        "network": { "asn": asn, "as_name": format!("Name {asn}") },
        "geo": { "country_code": country, "country": format!("Country {country}") },
        "threat": { "score": score },
        "signals": signals, "attributions": claims,
    });
    if random.below(9) == 0 {
        record["network"] = json!({});
    }
    match random.below(9) {
        0 => record["bot"] = json!({ "id": "gptbot" }),
        1 => record["bot"] = json!("gptbot"),
        2 => record["geo"]["is_sanctioned"] = true.into(),
        3 => record["geo"]["is_sanctioned"] = false.into(),
        _ => {}
    }
    record
}

/// A database of runs between short gaps in each of these stretches: where they begin, and how many bits long.
pub(super) fn database(seed: u64, n_runs: u64, v4: &[(u32, u8)], v6: &[(u128, u8)]) -> Vec<u8> {
    let random = &mut Random(seed);
    let mut pool = Pool::new();
    let records: Vec<u32> =
        (0..=n_runs / 3).map(|_| intern(&mut pool, &record(random)).0).collect();
    let v4 = runs::<V4>(random, v4, n_runs, &records);
    let v6 = runs::<V6>(random, v6, n_runs, &records);
    let metadata = Metadata {
        database_type: "ipmint-full".to_owned(),
        description: "test".to_owned(),
        build_epoch: 1,
    };
    write(Contents { pool: &pool, v4: &v4, v6: &v6 }, &metadata).expect("small").bytes
}

fn runs<F: Family>(
    random: &mut Random,
    stretches: &[(F::Addr, u8)],
    n_runs: u64,
    records: &[u32],
) -> Vec<Run<F>> {
    let mut runs = Vec::new();
    for &(start, bits) in stretches {
        let last = start.set_low(bits).to_u128();
        let mean = (last - start.to_u128()) / u128::from(n_runs) + 8;
        let mut at = start.to_u128();
        loop {
            let gap = if random.below(3) == 0 { random.below(9) } else { 0 };
            let first = at.saturating_add(mean / 8 * u128::from(gap));
            let length = mean / 8 * u128::from(1 + random.below(15));
            let end = first.saturating_add(length.max(1) - 1).min(last);
            if first > last {
                break;
            }
            let value = records[random.below(records.len() as u64) as usize];
            let addr = |addr| F::Addr::from_u128(addr).expect("in the stretch");
            runs.push(Run { first: addr(first), last: addr(end), value });
            if end == last {
                break;
            }
            at = end + 1;
        }
    }
    runs
}
