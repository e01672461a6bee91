//! From a compact form, delta by delta, to what can be asked of all of them.
//!
//! The files between are not written: of each there are its runs and the order of its records, by
//! which the next delta names them. Layout 1 has them in the order of first use by ascending
//! address.

use std::sync::Mutex;

use bytes::Bytes;

use crate::base::{Digest, Family, Run, V4, V6};
use crate::delta::changes::{moved, patched};
use crate::delta::nights::{IS_V4, Night, Nights, Section, Unpacked};
use crate::delta::rows::Header;
use crate::delta::{DeltaError, Limits, body, compact};
use crate::mmdb::{Cursor, Reader, Rows, ValueId, graft, record_offsets, uniform};

/// A file, and those after it so far.
#[derive(Debug)]
pub struct Follow {
    nights: Nights,
    /// Of the last file.
    last: Last,
    /// The records that came with it; nothing if it is the first.
    newest: Option<Unpacked>,
}

/// What the last file says; values are numbers of records.
#[derive(Debug)]
struct Last {
    v4: Vec<Run<V4>>,
    v6: Vec<Run<V6>>,
    /// IPv6 as the tree has it: with what stands in IPv4's places.
    v6_tree: Vec<Run<V6>>,
    /// In the order of the data section.
    records: Vec<ValueId>,
    digest: Digest,
    n_bytes: u64,
}

impl Follow {
    /// Begins with a compact form.
    ///
    /// # Errors
    /// As [`compact::decode`].
    pub fn begin(bytes: &[u8], limits: Limits) -> Result<Self, DeltaError> {
        let base = compact::decode(bytes, limits)?;
        let format = |source| DeltaError::Format { what: "the first file", source };
        let (rows, offsets) = Rows::numbered(&base).map_err(format)?;
        let plan = Reader::open(&base).map_err(format)?.plan();
        let Rows { v4, v6, records, .. } = rows;
        let last = Last {
            v6_tree: tree(&v4, &v6),
            v4,
            v6,
            records,
            digest: compact::promised(bytes)?,
            n_bytes: base.len() as u64,
        };
        let nights = Nights {
            base,
            plan,
            has_v4_tree: uniform(&last.v4).is_none(),
            sections: vec![Section { first: 0, offsets }],
            later: Vec::new(),
            limits,
            unpacked: Mutex::default(),
        };
        Ok(Self { nights, last, newest: None })
    }

    /// Goes on to the file that a delta leads to from the last one.
    ///
    /// # Errors
    /// If the delta is malformed or from another file. What was followed before stays.
    pub fn add(&mut self, delta: Bytes) -> Result<(), DeltaError> {
        let header = Header::read(&delta)?;
        let (expected, found) = (header.ends.old, self.last.digest);
        if found != expected {
            return Err(DeltaError::WrongBase { expected, found });
        }
        let old_bytes = self.last.n_bytes;
        let (body, most) = header.unpacked(old_bytes, self.nights.limits)?;
        let first = self.nights.n_records();
        let mut section = Section { first, offsets: Vec::new() };
        let (_, changes) = body::decode(&body, &self.last.records, most, |values| {
            section.offsets = record_offsets(values)?;
            Ok((first..).take(section.offsets.len()).map(ValueId).collect())
        })?;
        let newest = Unpacked::of(body)?;
        let n_records = section.offsets.len() as u64 + u64::from(first);
        if n_records >= u64::from(IS_V4) {
            return Err(DeltaError::Corrupt { offset: 0, field: "number of records" });
        }

        let becomes = changes.becomes(n_records as usize);
        let (v4, v6) = rayon::join(
            || patched(&self.last.v4, &becomes, &changes.v4),
            || graft(&patched(&self.last.v6, &becomes, &changes.v6), None),
        );
        let v6_tree = tree(&v4, &v6);
        let (moved_v4, moved_v6) = rayon::join(
            || moved(&self.last.v4, &becomes, &v4),
            || moved(&self.last.v6_tree, &becomes, &v6_tree),
        );
        let mut becomes = changes.records;
        becomes.sort_unstable();
        let mut in_order = InOrder { is_seen: vec![false; n_records as usize], records: vec![] };
        in_order.see(&v4);
        in_order.see(&v6);
        let (digest, n_bytes) = (header.ends.new, header.file_bytes);
        let delta = (delta, old_bytes);
        self.nights.sections.push(section);
        self.nights.later.push(Night { becomes, v4: moved_v4, v6: moved_v6, delta });
        self.newest = Some(newest);
        self.last = Last { v4, v6, v6_tree, records: in_order.records, digest, n_bytes };
        Ok(())
    }

    /// What the last file says of IPv4: numbers of records, in address order.
    pub fn v4(&self) -> &[Run<V4>] {
        &self.last.v4
    }

    /// The same of IPv6, without what reaches IPv4.
    pub fn v6(&self) -> &[Run<V6>] {
        &self.last.v6
    }

    /// The records that came with the last file, to be read where they lie: in the order of their
    /// numbers, which go on from those of the file before.
    pub fn newest_records(&self) -> impl Iterator<Item = Cursor<'_>> {
        let data = self.newest.as_ref().map_or_else(|| self.nights.base_data(), Unpacked::data);
        let section = self.nights.sections.last().expect("the base's");
        section.offsets.iter().map(|&offset| Cursor::at(data, offset as usize))
    }

    /// All of them.
    pub fn finish(self) -> Nights {
        self.nights
    }
}

/// IPv6 with what the writer lets stand in IPv4's places.
fn tree(v4: &[Run<V4>], v6: &[Run<V6>]) -> Vec<Run<V6>> {
    graft(v6, uniform(v4).unwrap_or(Some(IS_V4)))
}

/// Records in the order of first use.
struct InOrder {
    is_seen: Vec<bool>,
    records: Vec<ValueId>,
}

impl InOrder {
    fn see<F: Family>(&mut self, runs: &[Run<F>]) {
        for run in runs {
            if !std::mem::replace(&mut self.is_seen[run.value as usize], true) {
                self.records.push(ValueId(run.value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use crate::base::{Address, Family, Run, V4, V6, push_joined};
    use crate::delta::{DeltaError, Follow, Limits, Nights, compact, rows};
    use crate::mmdb::{Contents, Metadata, Pool, Reader, Value, write};

    /// What a night says: of blocks of IPv4 and of IPv6 one of a few records each, or nothing.
    type Night = (Vec<Option<u8>>, Vec<Option<u8>>);

    /// Blocks of many sizes from the start of the space on, the last one to its end.
    fn runs<F: Family>(values: &[Option<u8>], ends: &[F::Addr], ids: &[u32]) -> Vec<Run<F>> {
        let mut runs = Vec::new();
        let mut first = F::Addr::MIN;
        for (value, &last) in values.iter().zip(ends) {
            if let Some(value) = value {
                push_joined(&mut runs, Run { first, last, value: ids[usize::from(*value)] });
            }
            first = last.next().unwrap_or(last);
        }
        runs
    }

    /// Ends of IPv4's blocks.
    const V4_ENDS: [u32; 8] = [
        0x0000_00FF,
        0x00FF_FFFF,
        0x0100_0000,
        0x7FFF_FFFF,
        0xC000_01FF,
        0xC000_02FF,
        0xC000_02FF + 3,
        u32::MAX,
    ];
    /// Ends of IPv6's, before, in and after what reaches IPv4.
    const V6_ENDS: [u128; 8] = [
        (1 << 96) - 1,
        (0x2000 << 112) - 1,
        (0x2001_0db8 << 96) - 1,
        (0x2001_0db9 << 96) - 1,
        (0x2002_0001 << 96) - 1,
        (0x2003 << 112) - 1,
        (0x2003 << 112) + 7,
        u128::MAX,
    ];

    /// The file of a night; records are maps, some of them part of others.
    fn file(night: &Night, epoch: u64) -> Vec<u8> {
        let mut pool = Pool::new();
        let key = pool.utf8("a key that is long enough for a pointer");
        let mut ids: Vec<u32> = Vec::new();
        for n in 0..6 {
            let value = pool.uint32(n);
            let inner = pool.map(&[(key, value)]);
            ids.push(if n % 2 == 0 { inner.0 } else { pool.map(&[(key, inner)]).0 });
        }
        let (v4, v6) = (runs::<V4>(&night.0, &V4_ENDS, &ids), runs::<V6>(&night.1, &V6_ENDS, &ids));
        let metadata = Metadata {
            database_type: "ipmint-test".to_owned(),
            description: "test".to_owned(),
            build_epoch: epoch,
        };
        write(Contents { pool: &pool, v4: &v4, v6: &v6 }, &metadata).expect("small").bytes
    }

    /// Addresses at both ends of every block, and IPv4's in IPv6's clothes.
    fn addresses() -> Vec<IpAddr> {
        let v4 = V4_ENDS.iter().flat_map(|&end| [end, end.wrapping_add(1)]);
        let v4: Vec<u32> = v4.collect();
        let clothed = v4.iter().flat_map(|&addr| {
            let addr = u128::from(addr);
            [addr, 0xFFFF_0000_0000 | addr, 0x2001 << 112 | addr << 64, 0x2002 << 112 | addr << 80]
        });
        let v6 = V6_ENDS.iter().flat_map(|&end| [end, end.wrapping_add(1)]).chain(clothed);
        let v6 = v6.map(|addr| IpAddr::V6(addr.into()));
        v4.iter().map(|&addr| IpAddr::V4(addr.into())).chain(v6).collect()
    }

    fn nights() -> impl Strategy<Value = Vec<Night>> {
        let block = || prop::option::of(0_u8..6);
        let blocks = || {
            prop_oneof![
                6 => prop::collection::vec(block(), 8),
                // One thing of all addresses, which joins IPv4 with what is beside it.
                1 => block().prop_map(|value| vec![value; 8]),
            ]
        };
        prop::collection::vec((blocks(), blocks()), 1..6)
    }

    fn follow(files: &[Vec<u8>]) -> Follow {
        let first = compact::encode(&files[0]).expect("ours");
        let mut follow = Follow::begin(&first, Limits::default()).expect("ours");
        for pair in files.windows(2) {
            let delta = rows::diff(&pair[0], &pair[1]).expect("ours");
            follow.add(delta.into()).expect("ours");
        }
        follow
    }

    fn decoded(nights: &Nights, record: u32) -> Value {
        nights.decode(&nights.place(record).expect("it unpacks")).expect("sound")
    }

    proptest! {
        #[test]
        fn every_night_answers_as_its_file_does(nights in nights()) {
            let files: Vec<Vec<u8>> =
                nights.iter().zip(1..).map(|(night, epoch)| file(night, epoch)).collect();
            let nights = follow(&files).finish();
            prop_assert_eq!(nights.len(), files.len());
            for (night, file) in files.iter().enumerate() {
                let reader = Reader::open(file).expect("sound");
                for ip in addresses() {
                    let found = reader.lookup(ip).expect("sound");
                    let said = nights.find(ip, night).expect("sound");
                    let expected = found.offset.map(|offset| reader.decode(offset).expect("sound"));
                    let record = said.record.map(|record| decoded(&nights, record));
                    prop_assert_eq!(said.prefix_len, found.prefix_len, "{} in {}", ip, night);
                    prop_assert_eq!(record, expected, "{} in {}", ip, night);
                }
            }
        }
    }

    #[test]
    fn what_leads_on_from_another_file_is_refused_and_leaves_the_rest() {
        let night = |value| (vec![Some(value); 8], vec![None; 8]);
        let files: Vec<Vec<u8>> = (0..4).map(|n| file(&night(n), u64::from(n) + 1)).collect();
        let mut follow = follow(&files[..2]);
        let elsewhere = rows::diff(&files[2], &files[3]).expect("ours");
        let error = follow.add(elsewhere.into()).expect_err("from another file");
        assert!(matches!(error, DeltaError::WrongBase { .. }), "{error}");
        let mut cut = rows::diff(&files[1], &files[2]).expect("ours");
        cut.truncate(cut.len() - 9);
        follow.add(cut.into()).expect_err("cut short");
        let nights = follow.finish();
        assert_eq!(nights.len(), 2);
        let said = nights.find("192.0.2.1".parse().expect("an address"), 1).expect("sound");
        assert_eq!(said.prefix_len, 0);
        let reader = Reader::open(&files[1]).expect("sound");
        let found = reader.lookup("192.0.2.1".parse().expect("an address")).expect("sound");
        let expected = reader.decode(found.offset.expect("there")).expect("sound");
        assert_eq!(decoded(&nights, said.record.expect("there")), expected);
    }
}
