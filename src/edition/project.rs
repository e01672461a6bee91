//! A subject to the record of an edition.
//!
//! Neighbours in address order say nearly the same, so every field remembers what
//! it wrote last, and every map what it was made of: equal again costs a comparison
//! instead of a look-up in the pool.

use hashbrown::HashMap;

use crate::claim::ClaimId;
use crate::edition::attribution::Item;
use crate::edition::schema::{Field, FieldType};
use crate::edition::source::{Datum, Nature};
use crate::edition::{Edition, Listed, Subject};
use crate::mmdb::{Pool, ValueId};
use crate::score::{Replacement, Via};

/// Projects subjects into records of one edition, in a pool of its own.
#[derive(Debug)]
pub struct Projector<'a> {
    root: Map<'a>,
    pool: Pool,
    /// Keys of attributions, by item.
    items: [ValueId; Item::ALL.len()],
    /// Attributions made: a claim says the same wherever it stands in the same way.
    attributions: HashMap<(ClaimId, Via, Option<Replacement>), ValueId>,
    scratch: Vec<(ValueId, ValueId)>,
}

/// A map of the record, and its last value.
#[derive(Debug)]
struct Map<'a> {
    entries: Vec<(ValueId, Node<'a>)>,
    /// Whether it stands in an array whose only element it is.
    in_array: bool,
    made_of: Vec<(ValueId, ValueId)>,
    made: Option<ValueId>,
}

#[derive(Debug)]
enum Node<'a> {
    Field(&'a Field, Last),
    Map(Map<'a>),
}

/// What a field wrote last.
#[derive(Debug)]
enum Last {
    Nothing,
    Unsigned(u64, ValueId),
    Text(String, ValueId),
}

impl<'a> Projector<'a> {
    /// Prepares the keys.
    pub fn new(edition: &'a Edition) -> Self {
        let mut pool = Pool::new();
        let items = Item::ALL.map(|item| pool.utf8(item.name()));
        let fields: Vec<(&[String], &Field)> =
            edition.fields.iter().map(|field| (field.path.as_slice(), field)).collect();
        let root = Map::new(&mut pool, &fields, false);
        Self { root, pool, items, attributions: HashMap::new(), scratch: Vec::new() }
    }

    /// The record of a subject; `None` if it has nothing to say but `false`.
    pub fn record(&mut self, subject: &Subject<'_>) -> Option<ValueId> {
        let Self { root, pool, items, attributions, scratch } = self;
        scratch.clear();
        let mut projection = Projection { pool, items, attributions, scratch, said: false };
        projection.map(root, subject).filter(|_| projection.said)
    }

    /// The empty map.
    pub fn empty(&mut self) -> ValueId {
        self.pool.map(&[])
    }

    /// The values made.
    pub fn into_pool(self) -> Pool {
        self.pool
    }
}

impl<'a> Map<'a> {
    /// Groups fields by their first key, in the order in which it first stands.
    fn new(pool: &mut Pool, fields: &[(&[String], &'a Field)], in_array: bool) -> Self {
        let mut entries: Vec<(ValueId, Node<'a>)> = Vec::new();
        let mut keys: Vec<&str> = Vec::new();
        for (path, field) in fields {
            let (key, rest) =
                path.split_first().expect("paths have a key, and none leads through another");
            if keys.contains(&key.as_str()) {
                continue;
            }
            keys.push(key);
            let node = if rest.is_empty() {
                Node::Field(field, Last::Nothing)
            } else {
                let first = std::slice::from_ref(key);
                let below: Vec<(&[String], &Field)> = fields
                    .iter()
                    .filter_map(|(path, field)| Some((path.strip_prefix(first)?, *field)))
                    .collect();
                Node::Map(Self::new(pool, &below, key.ends_with("[]")))
            };
            entries.push((pool.utf8(key.trim_end_matches("[]")), node));
        }
        Self { entries, in_array, made_of: Vec::new(), made: None }
    }
}

struct Projection<'p> {
    pool: &'p mut Pool,
    items: &'p [ValueId],
    attributions: &'p mut HashMap<(ClaimId, Via, Option<Replacement>), ValueId>,
    /// Entries of the maps being made, the innermost last.
    scratch: &'p mut Vec<(ValueId, ValueId)>,
    /// Whether anything but `false` was.
    said: bool,
}

impl Projection<'_> {
    fn map(&mut self, map: &mut Map<'_>, subject: &Subject<'_>) -> Option<ValueId> {
        let start = self.scratch.len();
        for (key, node) in &mut map.entries {
            let value = match node {
                Node::Map(map) => self.map(map, subject),
                Node::Field(field, last) => self.field(field, last, subject),
            };
            if let Some(value) = value {
                self.scratch.push((*key, value));
            }
        }
        let made_of = &self.scratch[start..];
        if made_of != map.made_of {
            map.made_of.clear();
            map.made_of.extend_from_slice(made_of);
            map.made = (!made_of.is_empty()).then(|| {
                let made = self.pool.map(made_of);
                if map.in_array { self.pool.array(&[made]) } else { made }
            });
        }
        self.scratch.truncate(start);
        map.made
    }

    fn field(&mut self, field: &Field, last: &mut Last, subject: &Subject<'_>) -> Option<ValueId> {
        if field.source.nature == Nature::Attributions {
            return self.all_attributions(&field.items, subject);
        }
        let datum = field.source.datum(subject)?;
        if datum == Datum::Bool(false) {
            return field.always.then(|| self.pool.bool(false));
        }
        let known = match (&datum, &*last) {
            (Datum::Unsigned(value), Last::Unsigned(written, id)) if value == written => Some(*id),
            (Datum::Text(text), Last::Text(written, id)) if text == written => Some(*id),
            (Datum::Owned(text), Last::Text(written, id)) if text == written => Some(*id),
            _ => None,
        };
        let value = known.or_else(|| {
            let value = write(self.pool, field.kind, &datum)?;
            match datum {
                Datum::Unsigned(number) => *last = Last::Unsigned(number, value),
                Datum::Text(text) => *last = Last::Text(text.to_owned(), value),
                Datum::Owned(text) => *last = Last::Text(text, value),
                Datum::Bool(_) | Datum::Number(_) | Datum::Texts(_) => {}
            }
            Some(value)
        });
        self.said |= value.is_some();
        value
    }

    fn all_attributions(&mut self, items: &[Item], subject: &Subject<'_>) -> Option<ValueId> {
        let mut values = Vec::with_capacity(subject.claims.len());
        for &listed in subject.claims {
            let suppressed_by = subject.verdict.suppressed_by(listed.evidence());
            let key = (listed.id, listed.via, suppressed_by);
            let known = self.attributions.get(&key).copied();
            let value = known.unwrap_or_else(|| self.attribution(items, subject, listed));
            if known.is_none() {
                self.attributions.insert(key, value);
            }
            values.push(value);
        }
        // Claims that differ in nothing an attribution tells are neighbours, and told once.
        values.dedup();
        self.said |= !values.is_empty();
        (!values.is_empty()).then(|| self.pool.array(&values))
    }

    fn attribution(
        &mut self,
        items: &[Item],
        subject: &Subject<'_>,
        listed: Listed<'_>,
    ) -> ValueId {
        let start = self.scratch.len();
        for &item in items {
            if let Some(datum) = item.datum(subject, listed) {
                let kind = match datum {
                    Datum::Unsigned(_) => FieldType::Uint16,
                    _ => FieldType::Utf8,
                };
                let key = self.items[item as usize];
                self.scratch.extend(write(self.pool, kind, &datum).map(|value| (key, value)));
            }
        }
        let value = self.pool.map(&self.scratch[start..]);
        self.scratch.truncate(start);
        value
    }
}

/// Writes a datum as the type its schema asks for, which was checked to fit.
fn write(pool: &mut Pool, kind: FieldType, datum: &Datum<'_>) -> Option<ValueId> {
    Some(match datum {
        Datum::Bool(value) => pool.bool(*value),
        // Scores, AS numbers and GeoNames ids fit what schemas give them; what does
        // not is the largest that does, rather than another number.
        Datum::Unsigned(value) => match kind {
            FieldType::Uint16 => pool.uint16(u16::try_from(*value).unwrap_or(u16::MAX)),
            FieldType::Uint32 => pool.uint32(u32::try_from(*value).unwrap_or(u32::MAX)),
            FieldType::Int32 => pool.int32(i32::try_from(*value).unwrap_or(i32::MAX)),
            FieldType::Double => pool.double(*value as f64),
            _ => pool.uint64(*value),
        },
        Datum::Number(value) => pool.double(*value),
        Datum::Text(text) => pool.utf8(text),
        Datum::Owned(text) => pool.utf8(text),
        Datum::Texts(texts) if texts.is_empty() => return None,
        Datum::Texts(texts) => {
            let values: Vec<ValueId> = texts.iter().map(|text| pool.utf8(text)).collect();
            pool.array(&values)
        }
    })
}
