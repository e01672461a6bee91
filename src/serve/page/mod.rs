//! The page: files of this program that a browser makes a page of, which asks the routes as anybody does.
//!
//! `build.rs` lists what lies in this folder, so a file is served because it is here.

use std::sync::OnceLock;

use crate::serve::catalogue::{Choices, gzip};
use crate::serve::rules::Coding;

/// Name below the folder, media type, content; by name.
const FILES: &[(&str, &str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The same, packed.
static PACKED: [OnceLock<Choices>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];

/// A file of the page.
#[derive(Clone, Copy, Debug)]
pub struct PageFile {
    /// What it is.
    pub media_type: &'static str,
    /// It, and packed.
    pub choices: &'static Choices,
}

impl PageFile {
    /// A file by its name, `index.html` or `kit/base.css`; packed when it is first asked for.
    pub fn named(name: &str) -> Option<Self> {
        let idx = FILES.binary_search_by_key(&name, |(name, ..)| name).ok()?;
        let (_, media_type, bytes) = FILES[idx];
        let choices =
            PACKED[idx].get_or_init(|| Choices::made(bytes, vec![(Coding::Gzip, gzip(bytes))]));
        Some(Self { media_type, choices })
    }
}

#[cfg(test)]
mod tests {
    use crate::serve::page::{FILES, PageFile};

    #[test]
    fn every_file_is_found_by_its_name() {
        assert!(FILES.is_sorted_by(|a, b| a.0 < b.0));
        for (name, media_type, bytes) in FILES {
            let file = PageFile::named(name).expect("listed");
            assert_eq!(
                (file.media_type, file.choices.identity().size()),
                (*media_type, bytes.len() as u64)
            );
        }
        assert!(PageFile::named("index.html").is_some());
        for name in
            ["", "/", "mod.rs", "/index.html", "kit", "kit/", "../page/index.html", "index.htm"]
        {
            assert!(PageFile::named(name).is_none(), "{name}");
        }
    }
}
