//! A subject to the record of an edition.

use crate::edition::attribution::Item;
use crate::edition::schema::{Field, FieldType};
use crate::edition::source::{Datum, Nature};
use crate::edition::{Edition, Subject};
use crate::mmdb::{Pool, ValueId};

/// Projects subjects into records of one edition, in a pool of its own.
#[derive(Debug)]
pub struct Projector<'a> {
    root: Vec<(ValueId, Node<'a>)>,
    pool: Pool,
    /// Keys of attributions, by item.
    items: [ValueId; Item::ALL.len()],
    scratch: Vec<(ValueId, ValueId)>,
}

#[derive(Debug)]
enum Node<'a> {
    Field(&'a Field),
    Map(Vec<(ValueId, Node<'a>)>),
    /// An array whose only element is the map.
    ArrayOfMap(Vec<(ValueId, Node<'a>)>),
}

impl<'a> Projector<'a> {
    /// Prepares the keys.
    pub fn new(edition: &'a Edition) -> Self {
        let mut pool = Pool::new();
        let items = Item::ALL.map(|item| pool.utf8(item.name()));
        let fields: Vec<(&[String], &Field)> =
            edition.fields.iter().map(|field| (field.path.as_slice(), field)).collect();
        let root = tree(&mut pool, &fields);
        Self { root, pool, items, scratch: Vec::new() }
    }

    /// The record of a subject; `None` if it has nothing to say but `false`.
    pub fn record(&mut self, subject: &Subject<'_>) -> Option<ValueId> {
        let Self { root, pool, items, scratch } = self;
        scratch.clear();
        let mut projection = Projection { pool, items, scratch, said: false };
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

/// Groups fields by their first key, in the order in which it first stands.
fn tree<'a>(pool: &mut Pool, fields: &[(&[String], &'a Field)]) -> Vec<(ValueId, Node<'a>)> {
    let mut nodes: Vec<(ValueId, Node<'a>)> = Vec::new();
    let mut keys: Vec<&str> = Vec::new();
    for (path, field) in fields {
        let (key, rest) =
            path.split_first().expect("paths have a key, and none leads through another");
        if keys.contains(&key.as_str()) {
            continue;
        }
        keys.push(key);
        let node = if rest.is_empty() {
            Node::Field(field)
        } else {
            let below: Vec<(&[String], &Field)> = fields
                .iter()
                .filter_map(|(path, field)| {
                    Some((path.strip_prefix(std::slice::from_ref(key))?, *field))
                })
                .collect();
            let below = tree(pool, &below);
            if key.ends_with("[]") { Node::ArrayOfMap(below) } else { Node::Map(below) }
        };
        nodes.push((pool.utf8(key.trim_end_matches("[]")), node));
    }
    nodes
}

struct Projection<'p> {
    pool: &'p mut Pool,
    items: &'p [ValueId],
    /// Entries of the maps being made, the innermost last.
    scratch: &'p mut Vec<(ValueId, ValueId)>,
    /// Whether anything but `false` was.
    said: bool,
}

impl Projection<'_> {
    fn map(&mut self, nodes: &[(ValueId, Node<'_>)], subject: &Subject<'_>) -> Option<ValueId> {
        let start = self.scratch.len();
        for (key, node) in nodes {
            let value = match node {
                Node::Map(nodes) => self.map(nodes, subject),
                Node::ArrayOfMap(nodes) => {
                    self.map(nodes, subject).map(|map| self.pool.array(&[map]))
                }
                Node::Field(field) => self.field(field, subject),
            };
            if let Some(value) = value {
                self.scratch.push((*key, value));
            }
        }
        let entries = &self.scratch[start..];
        let map = (!entries.is_empty()).then(|| self.pool.map(entries));
        self.scratch.truncate(start);
        map
    }

    fn field(&mut self, field: &Field, subject: &Subject<'_>) -> Option<ValueId> {
        if field.source.nature == Nature::Attributions {
            return self.attributions(&field.items, subject);
        }
        match field.source.datum(subject)? {
            Datum::Bool(false) => field.always.then(|| self.pool.bool(false)),
            datum => {
                let value = write(self.pool, field.kind, datum);
                self.said |= value.is_some();
                value
            }
        }
    }

    fn attributions(&mut self, items: &[Item], subject: &Subject<'_>) -> Option<ValueId> {
        let mut values = Vec::with_capacity(subject.claims.len());
        for &(via, claim) in subject.claims {
            let start = self.scratch.len();
            for &item in items {
                if let Some(datum) = item.datum(subject, via, claim) {
                    let kind = match datum {
                        Datum::Unsigned(_) => FieldType::Uint16,
                        _ => FieldType::Utf8,
                    };
                    let key = self.items[item as usize];
                    self.scratch.extend(write(self.pool, kind, datum).map(|value| (key, value)));
                }
            }
            values.push(self.pool.map(&self.scratch[start..]));
            self.scratch.truncate(start);
        }
        // Claims that differ in nothing an attribution tells are told once.
        values.dedup();
        self.said |= !values.is_empty();
        (!values.is_empty()).then(|| self.pool.array(&values))
    }
}

/// Writes a datum as the type its schema asks for, which was checked to fit.
fn write(pool: &mut Pool, kind: FieldType, datum: Datum<'_>) -> Option<ValueId> {
    Some(match datum {
        Datum::Bool(value) => pool.bool(value),
        // Scores, AS numbers and GeoNames ids fit what schemas give them; what does
        // not is the largest that does, rather than another number.
        Datum::Unsigned(value) => match kind {
            FieldType::Uint16 => pool.uint16(u16::try_from(value).unwrap_or(u16::MAX)),
            FieldType::Uint32 => pool.uint32(u32::try_from(value).unwrap_or(u32::MAX)),
            FieldType::Int32 => pool.int32(i32::try_from(value).unwrap_or(i32::MAX)),
            FieldType::Double => pool.double(value as f64),
            _ => pool.uint64(value),
        },
        Datum::Number(value) => pool.double(value),
        Datum::Text(text) => pool.utf8(text),
        Datum::Owned(text) => pool.utf8(&text),
        Datum::Texts(texts) if texts.is_empty() => return None,
        Datum::Texts(texts) => {
            let values: Vec<ValueId> = texts.iter().map(|text| pool.utf8(text)).collect();
            pool.array(&values)
        }
    })
}
