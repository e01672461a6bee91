//! How many addresses each signal of a database is true of.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use crate::base::Coverage;
use crate::mmdb::{Extent, Flags, FormatError, Reader, extents};

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
    let mut flags = Flags::new(&reader);
    // Records of which the same is true are counted together.
    let mut groups: HashMap<u128, u32> = HashMap::new();
    let extents = extents(&reader, |offset| {
        let bits = flags.of(offset as usize)?;
        let next = groups.len() as u32; // no more than there are records
        Ok((bits != 0).then(|| *groups.entry(bits).or_insert(next)))
    })?;
    let mut by_flag: Vec<Extent> = Vec::new();
    for (mut bits, group) in groups {
        let extent = extents.get(group as usize).copied().unwrap_or_default();
        while bits != 0 {
            let bit = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            by_flag.resize(by_flag.len().max(bit + 1), Extent::default());
            by_flag[bit].v4 += extent.v4;
            by_flag[bit].v6 = by_flag[bit].v6.wrapping_add(extent.v6);
        }
    }
    let names = flags.names()?.into_iter().map(str::to_owned);
    Ok(names.zip(by_flag.into_iter().map(Covered::from)).collect())
}

impl From<Extent> for Covered {
    fn from(extent: Extent) -> Self {
        let count = |n: u128| n.checked_sub(1).map_or(Coverage::ZERO, Coverage::of_span);
        Self { v4: count(extent.v4.into()), v6: count(extent.v6) }
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
