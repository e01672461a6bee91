//! A subject to the record of an edition.
//!
//! Every field and map remembers what it made of the parts it reads, by their numbers:
//! a combination met before costs a look-up, and no subject is put together for it.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::claim::ClaimId;
use crate::edition::attribution::Item;
use crate::edition::memo::{Made, Memo};
use crate::edition::part::{Numbers, Parts};
use crate::edition::schema::{Field, FieldType};
use crate::edition::source::{Datum, Nature};
use crate::edition::{Edition, Listed, Subject};
use crate::mmdb::{Pool, ValueId};
use crate::score::{Replacement, Via};

/// Fields below a map: the rest of each one's path, and the field.
type Below<'p, 'a> = Vec<(&'p [String], &'a Field)>;

/// Attributions made: a claim says the same wherever it stands in the same way.
type Attributions = HashMap<(ClaimId, Via, Option<Replacement>), ValueId>;

/// Projects subjects into records of one edition, in a pool of its own.
#[derive(Debug)]
pub struct Projector<'a> {
    root: Node<'a>,
    pool: Pool,
    /// Keys of attributions, by item.
    items: [ValueId; Item::ALL.len()],
    attributions: Attributions,
    scratch: Vec<(ValueId, ValueId)>,
}

/// A field or map of the record, and what it made so far.
#[derive(Debug)]
struct Node<'a> {
    memo: Memo,
    kind: NodeKind<'a>,
}

#[derive(Debug)]
enum NodeKind<'a> {
    Field(&'a Field),
    /// By key, ascending.
    Map(Vec<(ValueId, Node<'a>)>),
    /// An array whose only element is a map.
    MapInArray(Vec<(ValueId, Node<'a>)>),
}

impl<'a> Projector<'a> {
    /// Prepares the keys; of each part there are `sizes`, and `n_subjects` in all.
    pub fn new(edition: &'a Edition, sizes: &Numbers, n_subjects: usize) -> Self {
        // A record each where everything is told, else about one for each of the part of
        // which there are most; and the maps, texts and numbers in it.
        let parts = Parts::new(edition.fields.iter().flat_map(|field| field.source.reads).copied());
        let largest = parts.iter().map(|part| sizes[part as usize] as usize).max().unwrap_or(0);
        let n_records = if parts == Parts::ALL { n_subjects } else { largest };
        let mut pool = Pool::with_capacity(n_records * 3);
        let items = Item::ALL.map(|item| pool.utf8(item.name()));
        let fields: Below<'_, '_> =
            edition.fields.iter().map(|field| (field.path.as_slice(), field)).collect();
        // Subjects differ, so what is made of all their parts is never made again.
        let root = Node::new(&mut pool, sizes, Parts::ALL, &fields, false);
        Self { root, pool, items, attributions: HashMap::new(), scratch: Vec::new() }
    }

    /// The record of the subject with these numbers; `None` if it has nothing to say but `false`.
    pub fn record<'s>(
        &mut self,
        numbers: &Numbers,
        subject: impl FnOnce() -> Subject<'s>,
    ) -> Option<ValueId> {
        let Self { root, pool, items, attributions, scratch } = self;
        let subject = LazyCell::new(subject);
        let mut projection = Projection { numbers, subject, pool, items, attributions, scratch };
        match projection.node(root) {
            Made::Value(record) => Some(record),
            Made::Nothing | Made::False(_) => None,
        }
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

impl<'a> Node<'a> {
    /// The node of fields with these paths below it, in a map made of the parts `around`.
    fn new(
        pool: &mut Pool,
        sizes: &Numbers,
        around: Parts,
        fields: &[(&[String], &'a Field)],
        in_array: bool,
    ) -> Self {
        let parts = fields.iter().flat_map(|(_, field)| field.source.reads);
        let parts = Parts::new(parts.copied());
        // Where it is made of all that the map is made of, the map remembers.
        let memo = if parts == around { Memo::Nothing } else { Memo::new(parts, sizes) };
        if let [([], field)] = fields {
            return Self { memo, kind: NodeKind::Field(field) };
        }
        let mut below: BTreeMap<(&str, bool), Below<'_, 'a>> = BTreeMap::new();
        for (path, field) in fields {
            let (key, rest) =
                path.split_first().expect("paths have a key, and none leads through another");
            let name = key.trim_end_matches("[]");
            below.entry((name, name != key)).or_default().push((rest, field));
        }
        let entries = below.into_iter().map(|((key, in_array), fields)| {
            (pool.utf8(key), Self::new(pool, sizes, parts, &fields, in_array))
        });
        let entries = entries.collect();
        let kind = if in_array { NodeKind::MapInArray(entries) } else { NodeKind::Map(entries) };
        Self { memo, kind }
    }
}

/// The making of one record.
struct Projection<'p, 's, F: FnOnce() -> Subject<'s>> {
    numbers: &'p Numbers,
    subject: LazyCell<Subject<'s>, F>,
    pool: &'p mut Pool,
    items: &'p [ValueId],
    attributions: &'p mut Attributions,
    /// Entries of the maps being made, the innermost last.
    scratch: &'p mut Vec<(ValueId, ValueId)>,
}

impl<'s, F: FnOnce() -> Subject<'s>> Projection<'_, 's, F> {
    fn node(&mut self, node: &mut Node<'_>) -> Made {
        let mut forgotten = None;
        let place = node.memo.place(self.numbers).unwrap_or(&mut forgotten);
        if let Some(made) = *place {
            return made;
        }
        let made = match &mut node.kind {
            NodeKind::Field(field) => self.field(field),
            NodeKind::Map(entries) => self.map(entries, |_, map| map),
            NodeKind::MapInArray(entries) => self.map(entries, |pool, map| pool.array(&[map])),
        };
        *place = Some(made);
        made
    }

    fn map(
        &mut self,
        entries: &mut [(ValueId, Node<'_>)],
        finish: fn(&mut Pool, ValueId) -> ValueId,
    ) -> Made {
        let start = self.scratch.len();
        let mut is_false = true;
        for (key, node) in entries {
            let value = match self.node(node) {
                Made::Nothing => continue,
                Made::False(value) => value,
                Made::Value(value) => {
                    is_false = false;
                    value
                }
            };
            self.scratch.push((*key, value));
        }
        if self.scratch.len() == start {
            return Made::Nothing;
        }
        let map = self.pool.map(&self.scratch[start..]);
        self.scratch.truncate(start);
        let made = finish(self.pool, map);
        if is_false { Made::False(made) } else { Made::Value(made) }
    }

    fn field(&mut self, field: &Field) -> Made {
        let value = match field.source.nature {
            Nature::Attributions => self.all_attributions(&field.items),
            _ => match field.source.datum(&self.subject) {
                Some(Datum::Bool(false)) if field.always => {
                    return Made::False(self.pool.bool(false));
                }
                None | Some(Datum::Bool(false)) => None,
                Some(datum) => write(self.pool, field.kind, &datum),
            },
        };
        value.map_or(Made::Nothing, Made::Value)
    }

    fn all_attributions(&mut self, items: &[Item]) -> Option<ValueId> {
        let claims = self.subject.claims;
        let mut values = Vec::with_capacity(claims.len());
        for &listed in claims {
            let suppressed_by = self.subject.verdict.suppressed_by(listed.evidence());
            let key = (listed.id, listed.via, suppressed_by);
            let known = self.attributions.get(&key).copied();
            let value = known.unwrap_or_else(|| self.attribution(items, listed));
            if known.is_none() {
                self.attributions.insert(key, value);
            }
            values.push(value);
        }
        // Claims that differ in nothing an attribution tells are neighbours, and told once.
        values.dedup();
        (!values.is_empty()).then(|| self.pool.array(&values))
    }

    fn attribution(&mut self, items: &[Item], listed: Listed<'s>) -> ValueId {
        let start = self.scratch.len();
        for &item in items {
            if let Some(datum) = item.datum(&self.subject, listed) {
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
