//! The catalogue: every feed of a folder of definitions, checked before any work starts.

use std::collections::BTreeMap;

use crate::feed::fault::{CatalogueError, DefinitionFault, quoted};
use crate::feed::read::read_feed;
use crate::feed::{Feed, FeedId};

/// Checked feeds, sorted by id, so that the order of files never shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    feeds: Vec<Feed>, // invariant: ids ascend strictly
}

impl Catalogue {
    /// Reads definitions from (file name, text) pairs; a feed's id is the stem of its file.
    ///
    /// # Errors
    /// Everything that is wrong with any of the files, at once.
    pub fn from_files(files: &[(String, String)]) -> Result<Self, CatalogueError> {
        // By name, so that of two files with one id the same one is always to blame.
        let mut files: Vec<_> = files.iter().collect();
        files.sort();
        let mut faults = Vec::new();
        let mut file_of = BTreeMap::new();
        let mut feeds = Vec::new();
        for (file, text) in files {
            let whole_file = |message| DefinitionFault {
                file: file.clone(),
                line: 1,
                key: String::new(),
                message,
            };
            let Some(id) = id_of(file) else {
                faults.push(whole_file(format!(
                    "file name {} is no feed id; expected lower-case letters, digits and `_.-`, \
                     then .toml",
                    quoted(file_name(file))
                )));
                continue;
            };
            if let Some(earlier) = file_of.insert(id.clone(), file) {
                faults.push(whole_file(format!("feed `{id}` is already defined in {earlier}")));
            }
            match read_feed(id, file, text) {
                Ok(feed) => feeds.push(feed),
                Err(error) => faults.extend_from_slice(error.faults()),
            }
        }
        if let Some(error) = CatalogueError::new(faults) {
            return Err(error);
        }
        feeds.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Self { feeds })
    }

    /// The feed of that id.
    pub fn get(&self, id: &str) -> Option<&Feed> {
        let idx = self.feeds.binary_search_by(|feed| feed.id.as_str().cmp(id)).ok()?;
        Some(&self.feeds[idx])
    }

    /// All feeds, enabled or not, by id.
    pub fn iter(&self) -> std::slice::Iter<'_, Feed> {
        self.feeds.iter()
    }

    /// How many feeds there are.
    pub fn len(&self) -> usize {
        self.feeds.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.feeds.is_empty()
    }
}

impl<'c> IntoIterator for &'c Catalogue {
    type Item = &'c Feed;
    type IntoIter = std::slice::Iter<'c, Feed>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn file_name(file: &str) -> &str {
    // Names come from `Path::display`, so on Windows they have its separator.
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

fn id_of(file: &str) -> Option<FeedId> {
    FeedId::new(file_name(file).strip_suffix(".toml")?)
}

#[cfg(test)]
mod tests {
    use crate::feed::Catalogue;

    const GOOD: &str = "title = 't'\nurl = 'https://192.0.2.1/x'\nformat = 'list'\n\
                        kind = 'membership'\ncategory = 'vpn'\nlicence = { id = 'CC0-1.0' }\n";

    /// Reads files and compares the ids, or the lines of the error.
    #[track_caller]
    fn check(files: &[(&str, &str)], expected: Result<&[&str], &[&str]>) {
        let owned = |(file, text): &(&str, &str)| ((*file).to_owned(), (*text).to_owned());
        let files: Vec<_> = files.iter().map(owned).collect();
        match (Catalogue::from_files(&files), expected) {
            (Ok(catalogue), Ok(ids)) => {
                let found: Vec<_> = catalogue.iter().map(|feed| feed.id.as_str()).collect();
                assert_eq!(found, ids);
                assert!(ids.iter().all(|id| catalogue.get(id).is_some()));
            }
            (Err(error), Err(lines)) => {
                assert_eq!(error.to_string().lines().collect::<Vec<_>>(), lines);
            }
            (found, expected) => panic!("found {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn feeds_are_sorted_by_id_whatever_the_files() {
        check(
            &[("feeds/z/a-1.toml", GOOD), ("feeds/a/c.toml", GOOD), ("b.x.toml", GOOD)],
            Ok(&["a-1", "b.x", "c"]),
        );
        check(&[], Ok(&[]));
    }

    #[test]
    fn the_same_stem_in_two_folders_names_both_files() {
        let expected =
            Err(&["feeds/vpn/x.toml:1: feed `x` is already defined in feeds/tor/x.toml"][..]);
        check(&[("feeds/vpn/x.toml", GOOD), ("feeds/tor/x.toml", GOOD)], expected);
        check(&[("feeds/tor/x.toml", GOOD), ("feeds/vpn/x.toml", GOOD)], expected);
    }

    #[test]
    fn the_faults_of_all_files_come_at_once() {
        let expected = "file name `B.toml` is no feed id; expected lower-case letters, digits and \
                        `_.-`, then .toml";
        check(
            &[
                ("feeds/x.toml", &format!("{GOOD}reliability = 1200\n")),
                ("feeds/a.toml", &format!("{GOOD}\nwiden_v6 = 129\n")),
                ("feeds/B.toml", GOOD),
            ],
            Err(&[
                &format!("feeds/B.toml:1: {expected}"),
                "feeds/a.toml:8: widen_v6: found 129, expected 0 to 128",
                "feeds/x.toml:7: reliability: found 1200, expected 0 to 1000",
            ]),
        );
    }
}
