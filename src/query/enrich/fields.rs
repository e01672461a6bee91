//! The fields that are added: which keys of a database's records they are.

use crate::edition::{self, Edition};
use crate::feed::embedded;
use crate::mmdb::{Aliases, Cursor, FormatError, Interner, Reader, Value};
use crate::query::indexed::Indexed;
use crate::query::keys::{Keys, KeysError};
use crate::query::names::Names;

/// What is added of `full` unless something else is asked for.
const OF_FULL: [&str; 5] =
    ["geo.country_code", "network.asn", "network.as_name", "threat.score", "threat.categories"];

/// Why the fields of a database are not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FieldsError {
    /// A name means none, or several, or there is none.
    #[error("{0}")]
    Unknown(String),
    /// The database is damaged.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// It has too many keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
}

/// Fields in the order in which they are added; there is one at least.
#[derive(Debug)]
pub struct Fields {
    paths: Vec<Vec<String>>,
    root: Node,
}

#[derive(Debug, Default)]
struct Node {
    key: String,
    column: Option<usize>,
    below: Vec<Node>,
}

impl Fields {
    /// The fields of a database that these names mean: dotted, or the last parts of one. Without names, what is
    /// most wanted of the edition that the database is.
    ///
    /// A name that the edition's schema has is believed; for others every record is read.
    ///
    /// # Errors
    /// If a name means no key or several, or there is no name and the database is none of our editions; if the
    /// database is damaged.
    pub fn of(bytes: &[u8], names: &[String]) -> Result<Self, FieldsError> {
        let reader = Reader::open(bytes)?;
        let schema = schema(&reader);
        let known = schema.as_ref().map(known);
        let mut keys = None;
        let mut paths: Vec<Vec<String>> = Vec::new();
        for name in names {
            let schemas = known.as_ref().and_then(|known| known.path(name));
            let path = match schemas {
                Some(path) => path,
                None => match &keys {
                    Some(keys) => by_records(keys, name)?,
                    None => by_records(keys.insert(read_keys(bytes)?), name)?,
                },
            };
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        if names.is_empty() {
            let wanted: Vec<String> = match &schema {
                Some(schema) if schema.name == edition::FULL => OF_FULL.map(str::to_owned).into(),
                Some(schema) => schema.paths().filter(|path| !path.contains("[]")).collect(),
                None => {
                    let there = read_keys(bytes)?.0.some_names();
                    let message =
                        format!("say which fields to add, with --field; there are {there}");
                    return Err(FieldsError::Unknown(message));
                }
            };
            paths.extend(wanted.iter().map(|name| split(name)));
        }
        let mut root = Node::default();
        for (column, path) in paths.iter().enumerate() {
            let node = path.iter().fold(&mut root, |node, key| node.child(key));
            node.column = Some(column);
        }
        Ok(Self { paths, root })
    }

    /// The keys of each field, from the record down.
    pub fn paths(&self) -> &[Vec<String>] {
        &self.paths
    }

    /// What a record says in each; of keys that stand twice in a map the first counts.
    ///
    /// # Errors
    /// If the database is damaged there.
    pub(super) fn read(
        &self,
        reader: &Reader<'_>,
        offset: usize,
    ) -> Result<Vec<Option<Value>>, FormatError> {
        let mut row = vec![None; self.paths.len()];
        read(&self.root, &mut reader.cursor(offset), &mut row)?;
        Ok(row)
    }
}

fn read(
    node: &Node,
    cursor: &mut Cursor<'_>,
    row: &mut [Option<Value>],
) -> Result<(), FormatError> {
    cursor.map(|key, value| {
        let Some(node) = node.below.iter().find(|node| node.key.as_bytes() == key) else {
            return Ok(());
        };
        match node.column {
            Some(column) if row[column].is_none() => {
                row[column] = Some(value.clone().value()?);
                if node.below.is_empty() { Ok(()) } else { read(node, value, row) }
            }
            Some(_) => Ok(()),
            None => read(node, value, row),
        }
    })
}

impl Node {
    fn child(&mut self, key: &str) -> &mut Self {
        let idx = self.below.iter().position(|node| node.key == key).unwrap_or_else(|| {
            self.below.push(Self { key: key.to_owned(), ..Self::default() });
            self.below.len() - 1
        });
        &mut self.below[idx]
    }
}

/// Names, and the path that each number means.
struct Known(Names, Vec<Vec<String>>);

impl Known {
    fn path(&self, name: &str) -> Option<Vec<String>> {
        self.0.find(name).ok().map(|idx| self.1[idx].clone())
    }
}

/// The schema of the edition that a database says it is.
fn schema(reader: &Reader<'_>) -> Option<Edition> {
    let name = reader.metadata().get("database_type")?.as_str()?;
    // The folder has JSON schemas too, which are no editions.
    let mut editions = embedded::schemas().into_iter().filter_map(|file| {
        Edition::from_toml(&file.path, std::str::from_utf8(file.bytes).ok()?).ok()
    });
    editions.find(|edition| edition.database_type == name)
}

fn known(schema: &Edition) -> Known {
    let mut known = Known(Names::default(), Vec::new());
    for path in schema.paths().filter(|path| !path.contains("[]")) {
        for (end, _) in path.match_indices('.') {
            known.0.inner.entry(path[..end].to_owned()).or_insert(known.1.len());
            known.1.push(split(&path[..end]));
        }
        known.0.leaves.insert(path.clone(), known.1.len());
        known.1.push(split(&path));
    }
    known
}

fn split(name: &str) -> Vec<String> {
    name.split('.').map(str::to_owned).collect()
}

fn read_keys(bytes: &[u8]) -> Result<(Keys, Interner), FieldsError> {
    let mut interner = Interner::default();
    let records = Indexed::open(bytes, Aliases::OwnKept)?.records(&mut interner)?;
    Ok((Keys::of(&interner, &records)?, interner))
}

fn by_records((keys, interner): &(Keys, Interner), name: &str) -> Result<Vec<String>, FieldsError> {
    let path = keys.find(name).map_err(|unknown| FieldsError::Unknown(unknown.0))?;
    let key = |&key| interner.text(key).unwrap_or_default().to_owned();
    Ok(path.iter().map(key).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::mmdb::{Pool, Reader};
    use crate::query::enrich::Fields;
    use crate::query::fixture::{file, intern};

    fn database() -> Vec<u8> {
        let mut pool = Pool::new();
        let record = json!({ "a": { "b": 1, "c": { "d": ["x"] } }, "is_vpn": true });
        let id = intern(&mut pool, &record);
        file(&pool, &[id])
    }

    #[track_caller]
    fn check(names: &[&str], expected: Result<&str, &str>) {
        let bytes = database();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let row = Fields::of(&bytes, &names).map_err(|error| error.to_string()).map(|fields| {
            let reader = Reader::open(&bytes).expect("sound");
            let found = reader.lookup("192.0.2.0".parse().expect("an address")).expect("sound");
            let row = fields.read(&reader, found.offset.expect("listed")).expect("sound");
            let word = |(path, value): (&Vec<String>, &Option<crate::mmdb::Value>)| {
                format!("{}={}", path.join("."), value.as_ref().expect("said").to_json())
            };
            fields.paths().iter().zip(&row).map(word).collect::<Vec<_>>().join(" ")
        });
        assert_eq!(row, expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn names_are_keys_of_the_records() {
        check(&["b", "a.c.d", "is_vpn", "a.b"], Ok(r#"a.b=1 a.c.d=["x"] is_vpn=true"#));
        check(&["c", "d"], Ok(r#"a.c={"d":["x"]} a.c.d=["x"]"#));
        check(&["is_vnp"], Err("no record has a key `is_vnp`; did you mean is_vpn?"));
        check(&[], Err("say which fields to add, with --field; there are a.b, a.c.d, is_vpn"));
    }
}
