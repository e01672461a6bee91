//! What was parsed, as bytes and back: a snapshot that was read once need not be read again.
//!
//! ```text
//! tally, samples, labels      numbers of seven bits a byte, texts with their length before them
//! keyed                       labels
//! v4, v6                      first, last, label; fixed width, little-endian
//! ```
//!
//! Who keeps the bytes makes sure that they are what was written; what is read of others is nothing,
//! or something that could have been parsed.

use std::io::{self, Write};

use crate::algebra::is_ordered;
use crate::base::{Address, Asn, Day, Family, Growing, Memory, Run, Runs, V4, V6};
use crate::feed::Category;
use crate::parse::{Fault, Label, Parsed, Place, Tally};

/// Changes whenever the code that reads feeds does: what was parsed by other code is parsed again.
pub const PARSER: &str = env!("IPMINT_PARSER");

/// Runs that are written at a time.
const BLOCK: usize = 1 << 12;

impl Parsed {
    /// Writes everything; the entries are in order.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn store(&self, out: &mut impl Write) -> io::Result<()> {
        let mut head = Vec::new();
        let Tally { rows, faults, host_names, valueless, masked } = self.tally;
        let counts = [rows, faults, host_names, valueless, masked];
        counts.into_iter().for_each(|count| put_number(&mut head, count));
        put_number(&mut head, self.samples.len() as u64);
        for Fault { file, line, text, reason } in &self.samples {
            put_number(&mut head, *line);
            let texts = [file, text, reason.as_ref()];
            texts.into_iter().for_each(|text| put_text(&mut head, text));
        }
        put_number(&mut head, self.labels.len() as u64);
        self.labels.iter().for_each(|label| put_label(&mut head, label));
        for n in [self.keyed.len(), self.v4.len(), self.v6.len()] {
            put_number(&mut head, n as u64);
        }
        self.keyed.iter().for_each(|label| head.extend(label.to_le_bytes()));
        out.write_all(&head)?;
        put_runs(out, &self.v4)?;
        put_runs(out, &self.v6)
    }

    /// Reads what was stored; `None` if it was not, or does not fit in memory and cannot be written.
    pub fn stored(bytes: &[u8], memory: &Memory) -> Option<Self> {
        let mut rest = Rest(bytes);
        let [rows, faults, host_names, valueless, masked] = rest.numbers()?;
        let tally = Tally { rows, faults, host_names, valueless, masked };
        let n_samples = rest.count(1)?;
        let mut samples = Vec::with_capacity(n_samples.min(Fault::MAX_SAMPLES));
        for _ in 0..n_samples {
            let line = rest.number()?;
            let [file, text, reason] = [rest.text()?, rest.text()?, rest.text()?];
            let (file, text) = (file.to_owned(), text.to_owned());
            samples.push(Fault { file, line, text, reason: reason.to_owned().into() });
        }
        let n_labels = rest.count(1)?;
        let mut labels = Vec::with_capacity(n_labels);
        for _ in 0..n_labels {
            labels.push(rest.label()?);
        }
        let [n_keyed, n_v4, n_v6] = rest.numbers()?;
        let is_label = |label: &u32| (*label as usize) < labels.len();
        let keyed: Vec<u32> = rest
            .items(n_keyed, 4)?
            .map(|bytes| u32::from_le_bytes(bytes.try_into().expect("four")))
            .collect();
        let v4: Runs<V4> = rest.runs(n_v4, memory)?;
        let v6: Runs<V6> = rest.runs(n_v6, memory)?;
        let is_sound = rest.0.is_empty()
            && keyed.iter().all(is_label)
            && are_entries(&v4, is_label)
            && are_entries(&v6, is_label);
        is_sound.then_some(Self { v4, v6, keyed, labels, tally, samples })
    }
}

fn are_entries<F: Family>(runs: &[Run<F>], is_label: impl Fn(&u32) -> bool) -> bool {
    is_ordered(runs) && runs.iter().all(|run| run.first <= run.last && is_label(&run.value))
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

fn put_runs<F: Family>(out: &mut impl Write, runs: &[Run<F>]) -> io::Result<()> {
    let width = usize::from(F::BITS) / 8;
    let mut block = Vec::with_capacity(BLOCK * (2 * width + 4));
    for runs in runs.chunks(BLOCK) {
        block.clear();
        for run in runs {
            block.extend_from_slice(&run.first.to_u128().to_le_bytes()[..width]);
            block.extend_from_slice(&run.last.to_u128().to_le_bytes()[..width]);
            block.extend_from_slice(&run.value.to_le_bytes());
        }
        out.write_all(&block)?;
    }
    Ok(())
}

/// The fields of a label that are texts, in order.
fn texts(label: &Label) -> [Option<&str>; 11] {
    let place = label.place.as_deref();
    [
        label.provider.as_deref(),
        label.service.as_deref(),
        label.name.as_deref(),
        label.domain.as_deref(),
        label.network_type.as_deref(),
        label.abuse_contact.as_deref(),
        label.registry.as_deref(),
        place.and_then(|place| place.region.as_deref()),
        place.and_then(|place| place.city.as_deref()),
        place.and_then(|place| place.postal_code.as_deref()),
        place.and_then(|place| place.timezone.as_deref()),
    ]
}

/// Those that are numbers.
fn numbers(label: &Label) -> [Option<u32>; 7] {
    let place = label.place.as_deref();
    let country = label.country.map(|country| {
        let [a, b] = country.as_str().as_bytes().try_into().expect("two letters");
        u32::from(u16::from_be_bytes([a, b]))
    });
    [
        label.asn.map(|asn| asn.0),
        country,
        label.category.map(|category| category as u32),
        label.last_seen.map(|day| day.0.cast_unsigned()),
        label.registered.map(|day| day.0.cast_unsigned()),
        place.and_then(|place| place.latitude).map(i32::cast_unsigned),
        place.and_then(|place| place.longitude).map(i32::cast_unsigned),
    ]
}

/// Which fields there are, a bit each, the last of them for a place; then those.
fn put_label(out: &mut Vec<u8>, label: &Label) {
    let (numbers, texts) = (numbers(label), texts(label));
    let is_there = numbers.iter().map(Option::is_some).chain(texts.iter().map(Option::is_some));
    let is_there = is_there.chain([label.place.is_some()]);
    let bits =
        is_there.enumerate().fold(0, |bits, (field, there)| bits | u64::from(there) << field);
    put_number(out, bits);
    numbers.into_iter().flatten().for_each(|number| put_number(out, number.into()));
    texts.into_iter().flatten().for_each(|text| put_text(out, text));
}

/// Bytes yet to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn numbers<const N: usize>(&mut self) -> Option<[u64; N]> {
        let mut numbers = [0; N];
        for number in &mut numbers {
            *number = self.number()?;
        }
        Some(numbers)
    }

    /// A number of things, of which there cannot be more than bytes of their least size.
    fn count(&mut self, least: usize) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len() / least).then_some(count)
    }

    fn text(&mut self) -> Option<&'a str> {
        let len = self.count(1)?;
        std::str::from_utf8(self.take(len)?).ok()
    }

    fn label(&mut self) -> Option<Label> {
        let bits = self.number()?;
        let is_there = |field: usize| bits >> field & 1 == 1;
        let mut numbers = [None; 7];
        for (field, number) in numbers.iter_mut().enumerate() {
            if is_there(field) {
                *number = Some(u32::try_from(self.number()?).ok()?);
            }
        }
        let mut texts: [Option<Box<str>>; 11] = Default::default();
        for (field, text) in texts.iter_mut().enumerate() {
            if is_there(numbers.len() + field) {
                *text = Some(self.text()?.into());
            }
        }
        let has_place = is_there(numbers.len() + texts.len());
        let [asn, country, category, last_seen, registered, latitude, longitude] = numbers;
        let [
            provider,
            service,
            name,
            domain,
            network_type,
            abuse_contact,
            registry,
            region,
            city,
            postal_code,
            timezone,
        ] = texts;
        let country = match country {
            Some(letters) => {
                let letters = u16::try_from(letters).ok()?.to_be_bytes();
                Some(std::str::from_utf8(&letters).ok()?.parse().ok()?)
            }
            None => None,
        };
        let category = match category {
            Some(number) => Some(*Category::ALL.get(number as usize)?),
            None => None,
        };
        let day = |number: u32| Day(number.cast_signed());
        let place = has_place.then(|| {
            let (latitude, longitude) =
                (latitude.map(u32::cast_signed), longitude.map(u32::cast_signed));
            Box::new(Place { region, city, postal_code, latitude, longitude, timezone })
        });
        Some(Label {
            asn: asn.map(Asn),
            country,
            category,
            provider,
            service,
            last_seen: last_seen.map(day),
            name,
            domain,
            network_type,
            abuse_contact,
            place,
            registry,
            registered: registered.map(day),
        })
    }

    /// So many pieces of so many bytes.
    fn items(&mut self, n: u64, size: usize) -> Option<std::slice::ChunksExact<'a, u8>> {
        let n_bytes = usize::try_from(n).ok()?.checked_mul(size)?;
        Some(self.take(n_bytes)?.chunks_exact(size))
    }

    fn runs<F: Family>(&mut self, n: u64, memory: &Memory) -> Option<Runs<F>> {
        let width = usize::from(F::BITS) / 8;
        let addr = |bytes: &[u8]| {
            let mut wide = [0; 16];
            wide[..width].copy_from_slice(bytes);
            F::Addr::from_u128(u128::from_le_bytes(wide)).expect("as many bytes as it has")
        };
        let items = self.items(n, 2 * width + 4)?;
        let mut runs = Growing::with_room(items.len(), memory);
        for item in items {
            runs.push(Run {
                first: addr(&item[..width]),
                last: addr(&item[width..2 * width]),
                value: u32::from_le_bytes(item[2 * width..].try_into().expect("four")),
            });
        }
        runs.finish().ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::algebra::order;
    use crate::base::{Asn, Day, Memory, Run, V4, V6};
    use crate::feed::Category;
    use crate::parse::{Fault, Label, Parsed, Place, Tally};

    fn text() -> impl Strategy<Value = Option<Box<str>>> {
        prop::option::of("[a-zé]{0,3}".prop_map(Into::into))
    }

    fn label() -> impl Strategy<Value = Label> {
        let place =
            (text(), text(), any::<Option<i32>>()).prop_map(|(city, timezone, latitude)| {
                Box::new(Place { city, latitude, timezone, ..Place::default() })
            });
        let place = prop::option::of(place);
        let texts = (text(), text(), text(), text());
        let days = (any::<Option<i32>>(), any::<Option<i32>>());
        let category = prop::option::of(prop::sample::select(Category::ALL));
        (any::<Option<u32>>(), prop::option::of("[A-Z]{2}"), category, texts, days, place).prop_map(
            |(asn, country, category, (provider, name, abuse_contact, registry), days, place)| {
                Label {
                    asn: asn.map(Asn),
                    country: country.and_then(|code| code.parse().ok()),
                    category,
                    provider,
                    name,
                    abuse_contact,
                    registry,
                    last_seen: days.0.map(Day),
                    registered: days.1.map(Day),
                    place,
                    ..Label::default()
                }
            },
        )
    }

    fn parsed() -> impl Strategy<Value = Parsed> {
        let ends = prop::collection::vec((any::<u32>(), any::<u32>(), any::<u128>()), 0..20);
        (prop::collection::vec(label(), 1..5), ends, any::<[u32; 5]>()).prop_map(
            |(labels, ends, tally)| {
                let value = |number: u32| number % labels.len() as u32;
                let mut parsed = Parsed::default();
                let (mut v4, mut v6) = (Vec::new(), Vec::new());
                for (a, b, c) in ends {
                    let (first, last) = (a.min(b), a.max(b));
                    v4.push(Run::<V4> { first, last, value: value(a) });
                    v6.push(Run::<V6> { first: c, last: u128::MAX, value: value(b) });
                    parsed.keyed.push(value(b));
                }
                order(&mut v4);
                order(&mut v6);
                (parsed.v4, parsed.v6) = (v4.into(), v6.into());
                let [rows, faults, host_names, valueless, masked] = tally.map(u64::from);
                parsed.tally = Tally { rows, faults, host_names, valueless, masked };
                let (file, text) = ("f".to_owned(), "é".to_owned());
                parsed.samples = vec![Fault { file, line: rows, text, reason: "no".into() }];
                parsed.labels = labels;
                parsed
            },
        )
    }

    fn stored(bytes: &[u8]) -> Option<Parsed> {
        Parsed::stored(bytes, &Memory::unbounded())
    }

    fn bytes(parsed: &Parsed) -> Vec<u8> {
        let mut bytes = Vec::new();
        parsed.store(&mut bytes).expect("memory takes everything");
        bytes
    }

    proptest! {
        #[test]
        fn what_is_stored_is_read_back(parsed in parsed()) {
            let read = stored(&bytes(&parsed)).expect("just stored");
            prop_assert_eq!(format!("{read:?}"), format!("{parsed:?}"));
        }

        #[test]
        fn what_was_not_stored_is_nothing_or_sound(
            parsed in parsed(),
            cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            len in any::<prop::sample::Index>(),
        ) {
            let mut bytes = bytes(&parsed);
            prop_assert!(stored(&bytes[..len.index(bytes.len())]).is_none());
            for (at, byte) in cuts {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Some(read) = stored(&bytes) {
                prop_assert!(read.v4.iter().all(|run| run.first <= run.last));
                let n_labels = read.labels.len();
                prop_assert!(read.v6.iter().all(|run| (run.value as usize) < n_labels));
            }
        }
    }
}
