//! How many addresses each signal of a database is true of.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::base::{Coverage, Prefix, V6};
use crate::mmdb::{Flags, FormatError, Reader, v4_prefixes};

/// Counts of addresses, by family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// IPv4.
    pub v4: Coverage,
    /// IPv6, without IPv4's places.
    pub v6: Coverage,
}

/// Counts, for each key whose value is `true` somewhere, the addresses of which it is.
///
/// # Errors
/// If the file is no database.
pub fn coverage(bytes: &[u8]) -> Result<BTreeMap<String, Covered>, FormatError> {
    let reader = Reader::open(bytes)?;
    // By record; many networks share one.
    let mut sizes: HashMap<usize, Size> = HashMap::new();
    for network in reader.networks() {
        let (prefix, offset) = network?;
        sizes.entry(offset).or_default().add(prefix);
    }
    let mut flags = Flags::new(&reader);
    let mut by_flag: Vec<Size> = Vec::new();
    for (offset, size) in sizes {
        let mut bits = flags.of(offset)?;
        while bits != 0 {
            let bit = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            by_flag.resize(by_flag.len().max(bit + 1), Size::default());
            by_flag[bit].v4 += size.v4;
            by_flag[bit].v6 = by_flag[bit].v6.wrapping_add(size.v6);
        }
    }
    let names = flags.names()?.into_iter().map(str::to_owned);
    Ok(names.zip(by_flag.into_iter().map(Covered::from)).collect())
}

/// Numbers of addresses. IPv6's may pass 2^128 on the way: then it wraps, and comes back, since
/// IPv4's places are taken out.
#[derive(Clone, Copy, Default)]
struct Size {
    v4: u64,
    v6: u128,
}

impl Size {
    fn add(&mut self, prefix: Prefix<V6>) {
        let size = |prefix: Prefix<V6>| 1_u128.checked_shl(128 - prefix.len() as u32).unwrap_or(0);
        self.v6 = self.v6.wrapping_add(size(prefix));
        for (idx, place) in v4_prefixes().into_iter().enumerate() {
            let Some(common) = prefix.range().intersection(place.range()) else { continue };
            let n_common = common.span() + 1; // a place is no larger than a /16
            self.v6 = self.v6.wrapping_sub(n_common);
            if idx == 0 {
                self.v4 += n_common as u64; // at most 2^32
            }
        }
    }
}

impl From<Size> for Covered {
    fn from(size: Size) -> Self {
        let count = |n: u128| n.checked_sub(1).map_or(Coverage::ZERO, Coverage::of_span);
        Self { v4: count(size.v4.into()), v6: count(size.v6) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::base::{Address as _, Range, Run, V4, V6};
    use crate::mmdb::{Contents, Metadata, Pool, v4_prefixes, write};
    use crate::verify::coverage;

    /// Writes a database that says `is_spam` of these runs, and compares what it covers.
    #[track_caller]
    fn check(v4: &[Range<V4>], v6: &[Range<V6>], expected: Option<(&str, &str)>) {
        let mut pool = Pool::new();
        let entry = (pool.utf8("is_spam"), pool.bool(true));
        let record = pool.map(&[entry]);
        let v4: Vec<_> = v4.iter().map(|range| Run::new(*range, record.0)).collect();
        let v6: Vec<_> = v6.iter().map(|range| Run::new(*range, record.0)).collect();
        let metadata =
            Metadata { database_type: "t".to_owned(), description: "d".to_owned(), build_epoch: 1 };
        let file = write(Contents { pool: &pool, v4: &v4, v6: &v6 }, &metadata).expect("small");
        let found = coverage(&file.bytes).expect("sound");
        let found: BTreeMap<_, _> = found
            .iter()
            .map(|(name, covered)| {
                (name.as_str(), (covered.v4.to_string(), covered.v6.to_string()))
            })
            .collect();
        let expected = expected.map(|(v4, v6)| ("is_spam", (v4.to_owned(), v6.to_owned())));
        assert_eq!(found, expected.into_iter().collect());
    }

    #[test]
    fn each_family_is_counted_once() {
        check(&[], &[], None);
        let few = Range::new(10, 14).expect("in order");
        check(&[few], &[], Some(("5", "0")));
        let net = Range::new(0x2600_u128 << 112, (0x2600_u128 << 112).set_low(96)).expect("so");
        check(&[few], &[net], Some(("5", "79228162514264337593543950336")));
        let places = v4_prefixes().iter().map(|place| place.range().span() + 1).sum::<u128>();
        let all = (u128::MAX - places + 1).to_string();
        check(&[Range::ALL], &[Range::ALL], Some(("4294967296", &all)));
    }
}
