//! The tables of `feeds/rules/` and `feeds/sanctions/`: the built-in ones, replaced file by file.
#![expect(clippy::disallowed_methods, reason = "--feeds is a folder")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::feed::{CatalogueError, DefinitionFault, RuleTable, check_programmes, embedded};

/// Folders of tables, each with the ending of its files.
const FOLDERS: [(&str, &str); 2] = [("rules", ".tsv"), ("sanctions", ".toml")];

/// Tables by path below the folder of feeds, each with the file that messages name.
#[derive(Debug)]
pub(super) struct Tables(BTreeMap<String, (String, String)>);

impl Tables {
    /// Reads those inside the binary and those of a folder of feeds.
    pub(super) fn load(feeds: Option<&Path>) -> anyhow::Result<Self> {
        let mut tables = BTreeMap::new();
        for (folder, ending) in FOLDERS {
            for file in embedded::feeds(folder) {
                let path = format!("{folder}/{}", file.path);
                let text = String::from_utf8_lossy(file.bytes).into_owned();
                tables.insert(path.clone(), (format!("feeds/{path}"), text));
            }
            let Some(given) = feeds.map(|feeds| feeds.join(folder)).filter(|path| path.is_dir())
            else {
                continue;
            };
            let cannot_read = || format!("cannot read folder `{}`", given.display());
            for entry in fs::read_dir(&given).with_context(cannot_read)? {
                let path = entry.with_context(cannot_read)?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if !name.ends_with(ending) || path.is_dir() {
                    continue;
                }
                let cannot_read = || format!("cannot read `{}`", path.display());
                let bytes = fs::read(&path).with_context(cannot_read)?;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                tables.insert(format!("{folder}/{name}"), (path.display().to_string(), text));
            }
        }
        Ok(Self(tables))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Everything that is wrong with them.
    pub(super) fn faults(&self) -> Vec<DefinitionFault> {
        let check = |(path, (file, text)): (&String, &(String, String))| {
            let checked = if path.starts_with("rules/") {
                RuleTable::read(file, text).map(drop)
            } else {
                check_programmes(file, text)
            };
            checked.err().map(|error: CatalogueError| error.faults().to_vec())
        };
        self.0.iter().filter_map(check).flatten().collect()
    }
}
