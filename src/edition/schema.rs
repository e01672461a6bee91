//! An edition as `schemas/<edition>.toml` declares it: a projection of a subject.

use crate::edition::attribution::Item;
use crate::edition::source::{Nature, Source};
use crate::feed::{CatalogueError, Document, Table};

/// The edition that carries claims and every signal: `explain` and the canaries ask it.
pub const FULL: &str = "full";

/// Which `database_type` a file carries (SCHEMAS, "naming modes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// The edition's own.
    Own,
    /// Its own, with the type it is compatible to in brackets.
    Tagged,
    /// The type it is compatible to.
    Exact,
}

/// What an address of which nothing is known answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlisted {
    /// Nothing.
    Absent,
    /// An empty map.
    EmptyMap,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldType {
    Bool,
    Uint16,
    Uint32,
    Uint64,
    Int32,
    Double,
    Utf8,
    Array,
}

impl FieldType {
    const ALL: [Self; 8] = [
        Self::Bool,
        Self::Uint16,
        Self::Uint32,
        Self::Uint64,
        Self::Int32,
        Self::Double,
        Self::Utf8,
        Self::Array,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Int32 => "int32",
            Self::Double => "double",
            Self::Utf8 => "utf8",
            Self::Array => "array",
        }
    }

    fn fits(self, nature: Nature) -> bool {
        match nature {
            Nature::Bool => self == Self::Bool,
            Nature::Unsigned => {
                matches!(
                    self,
                    Self::Uint16 | Self::Uint32 | Self::Uint64 | Self::Int32 | Self::Double
                )
            }
            Nature::Number => self == Self::Double,
            Nature::Text => self == Self::Utf8,
            Nature::Texts | Nature::Attributions => self == Self::Array,
        }
    }
}

/// One field of the record.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// Keys from the outermost map in; never empty. A key that ends in `[]` holds an
    /// array with one element, the map of the keys below it.
    pub(super) path: Vec<String>,
    pub(super) kind: FieldType,
    pub(super) source: Source,
    /// Whether `false` is written too.
    pub(super) always: bool,
    /// Of attributions: the keys each has.
    pub(super) items: Vec<Item>,
}

/// A database product.
#[derive(Clone, Debug)]
pub struct Edition {
    /// Its name: the stem of its schema's file.
    pub name: String,
    /// What readers bind to.
    pub database_type: String,
    /// A sentence for the metadata.
    pub description: String,
    /// What an address of which nothing is known answers.
    pub unlisted: Unlisted,
    pub(super) fields: Vec<Field>,
}

const KEYS: &[&str] = &["database_type", "compat", "naming", "unlisted", "description", "field"];
const FIELD_KEYS: &[&str] = &["path", "type", "from", "always", "items"];

impl Edition {
    /// Reads a schema, reporting everything that is wrong with it.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, CatalogueError> {
        let document = Document::parse(file, text);
        let root = document.root(KEYS);
        root.require(&["database_type", "description", "field"]);
        let edition = read(file, &root);
        drop(root);
        document.finish(edition)
    }

    /// The dotted paths of the fields, in the order of the schema.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        self.fields.iter().map(|field| field.path.join("."))
    }

    /// Whether attributions carry the length of the listed prefix.
    pub fn carries_prefix_lengths(&self) -> bool {
        self.fields.iter().any(|field| field.items.contains(&Item::PrefixLength))
    }
}

fn read(file: &str, root: &Table<'_>) -> Option<Edition> {
    let stem = file.rsplit('/').next().unwrap_or(file);
    let name = stem.strip_suffix(".toml").unwrap_or(stem).to_owned();
    let own = root.get("database_type").and_then(|item| item.text());
    let compat = root.get("compat").and_then(|item| item.text());
    let naming = match root.get("naming") {
        None => Some(Naming::Own),
        Some(item) => {
            item.word(&[Naming::Own, Naming::Tagged, Naming::Exact], |naming| match naming {
                Naming::Own => "own",
                Naming::Tagged => "tagged",
                Naming::Exact => "exact",
            })
        }
    };
    let unlisted = match root.get("unlisted") {
        None => Some(Unlisted::Absent),
        Some(item) => {
            item.word(&[Unlisted::Absent, Unlisted::EmptyMap], |unlisted| match unlisted {
                Unlisted::Absent => "absent",
                Unlisted::EmptyMap => "empty_map",
            })
        }
    };
    if compat.is_none() && naming.is_some_and(|naming| naming != Naming::Own) {
        root.fault("naming", "needs `compat`, the database type to be compatible to");
    }
    let fields = root.get("field").and_then(|item| item.array()).unwrap_or_default();
    let fields: Vec<Field> =
        fields.iter().filter_map(|item| field(&item.table(FIELD_KEYS)?)).collect();
    clashes(root, &fields);
    let description = root.get("description").and_then(|item| item.text());
    let database_type = match (naming?, compat) {
        (Naming::Own, _) | (_, None) => own?.to_owned(),
        (Naming::Tagged, Some(compat)) => format!("{} (compat={compat})", own?),
        (Naming::Exact, Some(compat)) => compat.to_owned(),
    };
    Some(Edition {
        description: format!("ipmint {} {name}: {}", env!("CARGO_PKG_VERSION"), description?),
        name,
        database_type,
        unlisted: unlisted?,
        fields,
    })
}

fn field(table: &Table<'_>) -> Option<Field> {
    table.require(&["path", "type", "from"]);
    let path = table.get("path").and_then(|item| item.text());
    let path: Option<Vec<String>> = path.map(|path| path.split('.').map(str::to_owned).collect());
    if path
        .as_ref()
        .is_some_and(|path| path.iter().any(|key| key.trim_end_matches("[]").is_empty()))
    {
        table.fault("path", "expected keys joined by single dots, such as `country.iso_code`");
    }
    let kind = table.get("type").and_then(|item| item.word(&FieldType::ALL, FieldType::name));
    let source = table.get("from").and_then(|item| {
        let source = Source::from_name(item.text()?);
        if source.is_none() {
            let names: Vec<String> = Source::names().collect();
            item.fault(format!("no such source; expected one of {}", names.join(", ")));
        }
        source
    });
    if let (Some(kind), Some(source)) = (kind, source)
        && !kind.fits(source.nature)
    {
        let fitting = FieldType::ALL.into_iter().filter(|kind| kind.fits(source.nature));
        let fitting: Vec<&str> = fitting.map(FieldType::name).collect();
        table.fault(
            "type",
            format!(
                "`{}` cannot be written as `{}`; expected {}",
                source.name,
                kind.name(),
                fitting.join(" or ")
            ),
        );
    }
    let items = table.get("items").map(|item| item.one_or_more()).unwrap_or_default();
    let items: Vec<Item> =
        items.iter().filter_map(|item| item.word(&Item::ALL, Item::name)).collect();
    let attributed = source.is_some_and(|source| source.nature == Nature::Attributions);
    if attributed == items.is_empty() {
        table.fault("items", "attributions, and they alone, say which items each has");
    }
    let always = table.get("always").and_then(|item| item.bool()).unwrap_or(false);
    Some(Field { path: path?, kind: kind?, source: source?, always, items })
}

/// A path may neither stand twice nor lead through another field, whether or not in an array.
fn clashes(root: &Table<'_>, fields: &[Field]) {
    for (index, field) in fields.iter().enumerate() {
        for other in &fields[index + 1..] {
            let (short, long) = if field.path.len() <= other.path.len() {
                (&field.path, &other.path)
            } else {
                (&other.path, &field.path)
            };
            let n_common = short.iter().zip(long).take_while(|(a, b)| a == b).count();
            let name = |path: &[String]| path[n_common].trim_end_matches("[]").to_owned();
            // `a[]` and `a` are one key in the record.
            if n_common == short.len() || name(short) == name(long) {
                root.fault(
                    "field",
                    format!(
                        "`{}` and `{}` cannot both be there",
                        field.path.join("."),
                        other.path.join(".")
                    ),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::edition::Edition;

    #[track_caller]
    fn check(text: &str, faults: &[&str]) {
        let found: Vec<String> = match Edition::from_toml("schemas/test.toml", text) {
            Ok(_) => Vec::new(),
            Err(error) => error.faults().iter().map(ToString::to_string).collect(),
        };
        assert_eq!(found.len(), faults.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(faults) {
            assert!(found.contains(expected), "{found} lacks {expected}");
        }
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let head = "database_type = \"T\"\ndescription = \"d\"\n";
        let field = "[[field]]\npath = \"a.b\"\ntype = \"bool\"\nfrom = \"signals.is_vpn\"\n";
        check(&format!("{head}{field}"), &[]);
        check(&format!("{head}naming = \"exact\"\n{field}"), &["needs `compat`"]);
        check(&format!("{head}{field}{field}"), &["`a.b` and `a.b` cannot both be there"]);
        let in_array = field.replace("a.b", "a[].c");
        check(&format!("{head}{field}{in_array}"), &["`a.b` and `a[].c` cannot both be there"]);
        check(
            &format!("{head}[[field]]\npath = \"x\"\ntype = \"bool\"\nfrom = \"threat.score\"\n"),
            &["cannot be written as `bool`"],
        );
        check(
            &format!(
                "{head}[[field]]\npath = \"x\"\ntype = \"boolean\"\nfrom = \"threat.scor\"\nfro = 1\n"
            ),
            &["boolean", "no such source", "unknown key"],
        );
        check(
            &format!("{head}[[field]]\npath = \"x\"\ntype = \"array\"\nfrom = \"attributions\"\n"),
            &["which items"],
        );
    }
}
