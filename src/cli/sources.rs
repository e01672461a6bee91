//! Definitions, policy and editions: the built-in files, replaced file by file.
#![expect(clippy::disallowed_methods, reason = "--feeds and --schemas are folders")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context as _;

use crate::base::Digest;
use crate::cli::args::CatalogueArgs;
use crate::cli::exit::UsageError;
use crate::cli::rules::Tables;
use crate::edition::{Edition, FULL};
use crate::feed::{Catalogue, CatalogueError, Profile, embedded};
use crate::publish::{Digests, Origin};
use crate::release::digest_of_files;
use crate::score::Policy;

/// Folders inside folders that are followed; deeper is a link that leads back up.
const MAX_DEPTH: usize = 16;

/// Everything that shapes a build beside its feeds, checked.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) catalogue: Catalogue,
    pub(super) policy: Policy,
    /// By name.
    pub(super) editions: Vec<Edition>,
    pub(super) digests: Digests,
    /// The text of each definition, by the file that messages name.
    pub(super) definitions: Vec<(String, String)>,
    /// How many tables of rules and programmes.
    pub(super) n_tables: usize,
}

/// Texts by path below their folder, each with the file that messages name.
type Files = BTreeMap<String, (String, String)>;

/// Reads and checks everything; every mistake in every file is told at once.
pub(super) fn load(args: &CatalogueArgs, sample: bool) -> anyhow::Result<Sources> {
    let given_feeds = args.feeds.as_deref().map(|folder| toml_files(folder, "--feeds"));
    let given_feeds = given_feeds.transpose()?.unwrap_or_default();
    let mut definitions = built_in_definitions(args, sample);
    let belongs = |path: &str| {
        if sample { path.starts_with("sample/") } else { embedded::is_definition(path) }
    };
    let (given, other): (Files, Files) =
        given_feeds.into_iter().partition(|(path, _)| belongs(path));
    definitions.extend(given);
    let built_in_policy = ("feeds/policy.toml".to_owned(), embedded::policy().to_owned());
    let policy = other.get("policy.toml").cloned().unwrap_or(built_in_policy);

    let mut schemas = built_in_schemas();
    if let Some(folder) = &args.schemas {
        let given = toml_files(folder, "--schemas")?;
        schemas.extend(given.into_iter().filter(|(path, _)| !path.contains('/')));
    }
    let tables = Tables::load(args.feeds.as_deref())?;
    check(&definitions, &policy, &schemas, &tables).map_err(anyhow::Error::from)
}

/// Where the snapshots of `path` feeds are.
pub(super) fn origin<'a>(sample: bool, root: &'a Path, args: &'a CatalogueArgs) -> Origin<'a> {
    if sample { Origin::Sample } else { Origin::Below { root, feeds: args.feeds.as_deref() } }
}

impl Sources {
    /// The edition that canaries are asked of.
    pub(super) fn full(&self) -> &Edition {
        let full = self.editions.iter().find(|edition| edition.name == FULL);
        full.expect("it is built in, and a file given in its place has its name")
    }

    /// The profile of that name; none if none is named.
    pub(super) fn profile(&self, name: Option<&str>) -> Result<Option<&Profile>, UsageError> {
        let Some(name) = name else { return Ok(None) };
        let profile = self.policy.profiles.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.policy.profiles.keys().map(String::as_str).collect();
            let (name, known) = (name.escape_debug(), known.join(", "));
            UsageError(format!("--profile: no profile `{name}` in the policy; there are {known}"))
        });
        profile.map(Some)
    }

    /// The editions of those names, in their order; all if none is named.
    pub(super) fn editions(&self, names: &[String]) -> Result<Vec<Edition>, UsageError> {
        if names.is_empty() {
            return Ok(self.editions.clone());
        }
        let mut chosen: Vec<Edition> = Vec::new();
        for name in names {
            let edition = self.editions.iter().find(|edition| edition.name == *name);
            let edition = edition.ok_or_else(|| {
                let known: Vec<&str> =
                    self.editions.iter().map(|edition| edition.name.as_str()).collect();
                let name = name.escape_debug();
                UsageError(format!("no edition `{name}`; there are {}", known.join(", ")))
            })?;
            if !chosen.iter().any(|other| other.name == *name) {
                chosen.push(edition.clone());
            }
        }
        Ok(chosen)
    }
}

fn check(
    definitions: &Files,
    policy: &(String, String),
    schemas: &Files,
    tables: &Tables,
) -> Result<Sources, CatalogueError> {
    let named: Vec<(String, String)> = definitions.values().cloned().collect();
    let catalogue = Catalogue::from_files(&named);
    let read_policy = Policy::from_toml(&policy.0, &policy.1);
    let (editions, mistaken): (Vec<_>, Vec<_>) = schemas
        .values()
        .map(|(file, text)| Edition::from_toml(file, text))
        .partition(Result::is_ok);
    let mut faults = tables.faults();
    let mut blame = |error: &CatalogueError| faults.extend_from_slice(error.faults());
    catalogue.as_ref().err().into_iter().for_each(&mut blame);
    read_policy.as_ref().err().into_iter().for_each(&mut blame);
    mistaken.iter().filter_map(|result| result.as_ref().err()).for_each(&mut blame);
    if let Some(error) = CatalogueError::new(faults) {
        return Err(error);
    }
    let digests = Digests {
        definitions: digest(definitions),
        policy: Digest::of(policy.1.as_bytes()),
        schemas: digest(schemas),
    };
    let editions = editions.into_iter().flatten().collect();
    let policy = read_policy?;
    let n_tables = tables.len();
    Ok(Sources { catalogue: catalogue?, policy, editions, digests, definitions: named, n_tables })
}

/// By path below the folder, so that where the folder lies does not count.
fn digest(files: &Files) -> Digest {
    let text = |(path, (_, text)): (&String, &(String, String))| (path.clone(), text.clone());
    digest_of_files(&files.iter().map(text).collect::<Vec<_>>())
}

/// The shipped catalogue gives way to a folder of feeds, all but what needs no network:
/// who names their own feeds does not ask for two hundred others to be fetched.
fn built_in_definitions(args: &CatalogueArgs, sample: bool) -> Files {
    let files = match (sample, &args.feeds) {
        (true, _) => embedded::sample_definitions(),
        (false, Some(_)) => embedded::table_definitions(),
        (false, None) => embedded::definitions(),
    };
    files
        .into_iter()
        .map(|(file, text)| {
            let path = file.strip_prefix("feeds/").unwrap_or(&file).to_owned();
            (path, (file, text))
        })
        .collect()
}

fn built_in_schemas() -> Files {
    let is_edition = |path: &str| is_toml(path) && !path.contains('/');
    embedded::schemas()
        .into_iter()
        .filter(|file| is_edition(&file.path))
        .map(|file| {
            let text = String::from_utf8_lossy(file.bytes).into_owned();
            (file.path.clone(), (format!("schemas/{}", file.path), text))
        })
        .collect()
}

/// Every `.toml` below a folder.
fn toml_files(folder: &Path, flag: &str) -> anyhow::Result<Files> {
    if !folder.is_dir() {
        let folder = folder.display();
        return Err(UsageError(format!("{flag}: `{folder}` is not a folder")).into());
    }
    let mut files = Files::new();
    collect(folder, "", 0, &mut files)?;
    Ok(files)
}

/// Upper case is not looked for: on some file systems it would be another file.
fn is_toml(path: &str) -> bool {
    path.strip_suffix(".toml").is_some_and(|stem| !stem.is_empty())
}

fn collect(folder: &Path, below: &str, depth: usize, files: &mut Files) -> anyhow::Result<()> {
    let cannot_read = || format!("cannot read folder `{}`", folder.display());
    for entry in fs::read_dir(folder).with_context(cannot_read)? {
        let path = entry.with_context(cannot_read)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let below = if below.is_empty() { name } else { format!("{below}/{name}") };
        if path.is_dir() {
            if depth < MAX_DEPTH {
                collect(&path, &below, depth + 1, files)?;
            }
        } else if is_toml(&below) {
            let cannot_read = || format!("cannot read `{}`", path.display());
            let bytes = fs::read(&path).with_context(cannot_read)?;
            // Bytes that are no UTF-8 become U+FFFD, which the reader points at.
            let text = String::from_utf8_lossy(&bytes).into_owned();
            files.insert(below, (path.display().to_string(), text));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::cli::args::CatalogueArgs;
    use crate::cli::sources::load;

    fn sources(files: &[(&str, &str)]) -> anyhow::Result<(usize, u16, Vec<String>)> {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("below the folder")).expect("created");
            std::fs::write(path, text).expect("written");
        }
        let feeds = Some(folder.path().to_owned());
        let sources = load(&CatalogueArgs { feeds, schemas: None }, true)?;
        let names = sources.editions(&["asn".to_owned(), "asn".to_owned()])?;
        let names = names.into_iter().map(|edition| edition.name).collect();
        Ok((sources.catalogue.len(), sources.policy.signal_threshold, names))
    }

    #[test]
    fn files_of_the_folder_replace_those_built_in() {
        let (n_feeds, threshold, editions) = sources(&[]).expect("built in");
        assert_eq!((threshold, editions.as_slice()), (200, ["asn".to_owned()].as_slice()));
        let policy = ("policy.toml", "signal_threshold = 300");
        let (n_same, threshold, _) = sources(&[policy, ("x/y.toml", "=")]).expect("good");
        assert_eq!((n_same, threshold), (n_feeds, 300));
    }

    #[test]
    fn mistakes_of_all_files_come_at_once() {
        let policy = ("policy.toml", "signal_threshold = 0");
        let error = sources(&[policy, ("sample/a.toml", "x = 1")]).expect_err("mistakes");
        let text = error.to_string();
        assert!(text.contains("policy.toml:1: signal_threshold"), "{text}");
        assert!(text.contains("sample/a.toml:1: "), "{text}");
    }
}
