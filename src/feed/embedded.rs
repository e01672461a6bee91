//! The files of `feeds/` and `schemas/` as they travel inside the binary.
//!
//! ```text
//! feeds/policy.toml      the policy
//! feeds/sample/          the sample: definitions, and the data they name
//! feeds/sanctions/       tables by country      feeds/rules/   tables of fields
//! feeds/**/*.toml        everything else: the catalogue
//! ```
//!
//! Only hands out bytes; what is in them is checked by who reads them.

use include_dir::{Dir, include_dir};

static FEEDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/feeds");
static SCHEMAS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schemas");

/// Folders of `feeds/` whose TOML files are no definitions of the catalogue.
const APART: [&str; 3] = ["sanctions", "rules", "sample"];

/// One file that travels inside the binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedFile {
    /// Path below the folder it was asked of, with `/` on every platform.
    pub path: String,
    /// What is in it.
    pub bytes: &'static [u8],
}

/// Whether a path below a folder of feeds is a definition of its catalogue: any `.toml` but
/// `policy.toml` and what lies in `sanctions/`, `rules/` and `sample/`.
pub fn is_definition(path: &str) -> bool {
    let (folder, _) = path.split_once('/').unwrap_or_default();
    is_toml(path) && path != "policy.toml" && !APART.contains(&folder)
}

/// The definitions of the default catalogue as (file name, text), by name.
pub fn definitions() -> Vec<(String, String)> {
    let files = feeds("").into_iter().filter(|file| is_definition(&file.path));
    files.map(|file| named("feeds/", &file)).collect()
}

/// Those definitions of the default catalogue that read tables inside the binary, such as the
/// sanction programmes: they need no network, and hold whatever other feeds there are.
pub fn table_definitions() -> Vec<(String, String)> {
    let reads_table =
        |text: &str| text.lines().any(|line| line.starts_with("path") && line.contains("\"feeds/"));
    definitions().into_iter().filter(|(_, text)| reads_table(text)).collect()
}

/// The definitions of the sample as (file name, text), by name: its own, and
/// [`table_definitions`].
///
/// [`sample_file`] takes their `path`.
pub fn sample_definitions() -> Vec<(String, String)> {
    let files = feeds("sample").into_iter().filter(|file| is_toml(&file.path));
    let own = files.map(|file| named("feeds/sample/", &file));
    own.chain(table_definitions()).collect()
}

/// The bytes of a file of the sample, by its path below `feeds/sample/`, or of a table
/// of the catalogue, by its path from `feeds/` on.
pub fn sample_file(path: &str) -> Option<&'static [u8]> {
    let (folder, path) = match path.strip_prefix("feeds/") {
        Some(path) => ("", path),
        None => ("sample", path),
    };
    feeds(folder).into_iter().find(|file| file.path == path).map(|file| file.bytes)
}

/// The text of `feeds/policy.toml`.
pub fn policy() -> &'static str {
    include_str!("../../feeds/policy.toml")
}

/// The text of `feeds/rules/countries.tsv`.
pub fn countries() -> &'static str {
    include_str!("../../feeds/rules/countries.tsv")
}

/// The text of `feeds/rules/bots.tsv`.
pub fn bots() -> &'static str {
    include_str!("../../feeds/rules/bots.tsv")
}

/// The files below a folder of `feeds/` such as `rules`, by path; none if there is no such folder.
pub fn feeds(folder: &str) -> Vec<EmbeddedFile> {
    files_below(&FEEDS, folder)
}

/// The files of `schemas/`, by path.
pub fn schemas() -> Vec<EmbeddedFile> {
    files_below(&SCHEMAS, "")
}

fn files_below(root: &'static Dir<'static>, folder: &str) -> Vec<EmbeddedFile> {
    let mut files = Vec::new();
    let mut dirs = vec![root];
    while let Some(dir) = dirs.pop() {
        dirs.extend(dir.dirs());
        for file in dir.files() {
            let path = file.path().to_string_lossy().replace('\\', "/");
            let below = match folder {
                "" => Some(path.as_str()),
                _ => path.strip_prefix(folder).and_then(|path| path.strip_prefix('/')),
            };
            if let Some(path) = below {
                files.push(EmbeddedFile { path: path.to_owned(), bytes: file.contents() });
            }
        }
    }
    // The order of a folder is the file system's where the binary was built.
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn is_toml(path: &str) -> bool {
    // Upper case is not looked for: on some file systems it would be another file.
    path.strip_suffix(".toml").is_some_and(|stem| !stem.is_empty() && !stem.ends_with('/'))
}

fn named(prefix: &str, file: &EmbeddedFile) -> (String, String) {
    // Bytes that are no UTF-8 become U+FFFD, which the reader of the definition points at.
    (prefix.to_owned() + &file.path, String::from_utf8_lossy(file.bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use crate::feed::{Catalogue, embedded};

    #[track_caller]
    fn check(path: &str, expected: bool) {
        assert_eq!(embedded::is_definition(path), expected, "{path}");
    }

    #[test]
    fn definitions_are_told_from_what_lies_beside_them() {
        check("x.toml", true);
        check("tor/x.toml", true);
        check("tor/rules/x.toml", true);
        check("tor/policy.toml", true);
        check("rules.toml", true);
        check("policy.toml", false);
        check("rules/x.toml", false);
        check("sanctions/eu/x.toml", false);
        check("sample/tor/x.toml", false);
        check("tor/x.txt", false);
        check("tor/.toml", false);
    }

    #[test]
    fn the_catalogue_and_the_sample_are_good() {
        for files in [embedded::definitions(), embedded::sample_definitions()] {
            let catalogue = Catalogue::from_files(&files).map_err(|error| error.to_string());
            assert_eq!(catalogue.map(|catalogue| catalogue.len()), Ok(files.len()));
        }
    }

    #[test]
    fn every_file_the_sample_names_is_there() {
        use crate::feed::Location;
        let catalogue = Catalogue::from_files(&embedded::sample_definitions()).expect("good");
        for location in catalogue.iter().flat_map(|feed| &feed.locations) {
            let Location::Path(path) = location else {
                panic!("{location:?} is not in the sample")
            };
            assert!(embedded::sample_file(path).is_some(), "{path}");
        }
    }

    #[test]
    fn paths_start_at_the_folder_asked_for() {
        let names = |files: Vec<embedded::EmbeddedFile>| -> Vec<String> {
            files.into_iter().map(|file| file.path).collect()
        };
        assert!(names(embedded::feeds("")).contains(&"policy.toml".to_owned()));
        assert!(names(embedded::schemas()).contains(&"feed.schema.json".to_owned()));
        assert_eq!(names(embedded::feeds("no-such-folder")), [] as [&str; 0]);
        assert!(embedded::policy().contains("signal_threshold"));
    }
}
