//! Where a feed's bytes come from: the `url` and `path` of a definition.

use crate::feed::Location;
use crate::feed::document::{Item, Table};
use crate::feed::fault::quoted;

/// Reads `url` or `path`, a string or an array of them.
pub(super) fn read_locations(root: &Table<'_>) -> Vec<Location> {
    let urls = root.texts("url");
    let paths = root.texts("path");
    for (item, url) in &urls {
        check_url(item, url);
    }
    for (item, path) in &paths {
        check_path(item, path);
    }
    for named in [&urls, &paths] {
        for (idx, (item, text)) in named.iter().enumerate() {
            if named[..idx].iter().any(|(_, earlier)| earlier == text) {
                item.fault(format!("{} is there twice", quoted(text)));
            }
        }
    }
    match (root.get("url"), root.get("path")) {
        (None, None) => root.fault("url", "is missing; a feed has a `url` or a `path`"),
        (Some(_), Some(path)) => path.fault("`url` is there too; a feed has one of them"),
        _ => {}
    }
    let urls = urls.iter().map(|(_, url)| Location::Url((*url).to_owned()));
    urls.chain(paths.iter().map(|(_, path)| Location::Path((*path).to_owned()))).collect()
}

/// Checks scheme, host and the names of environment variables.
fn check_url(item: &Item<'_>, url: &str) {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    if url.contains(char::is_whitespace) || host.is_none_or(str::is_empty) {
        item.fault(format!("found {}, expected an http or https URL", quoted(url)));
    }
    for part in url.split("${").skip(1) {
        let name = part.split_once('}').map(|(name, _)| name);
        let fits = |name: &str| {
            name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if !name.is_some_and(fits) {
            item.fault(format!("found {}, expected a name as in ${{IPINFO_TOKEN}}", quoted(url)));
        }
    }
}

/// A path must stay below the folder it starts from.
fn check_path(item: &Item<'_>, path: &str) {
    let parts = || path.split(['/', '\\']);
    // A drive letter makes a path absolute on Windows.
    let absolute =
        path.starts_with(['/', '\\']) || parts().next().is_some_and(|part| part.ends_with(':'));
    if absolute || parts().any(|part| part == "..") {
        item.fault(format!("found {}, expected a path below --root, without `..`", quoted(path)));
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::document::Document;
    use crate::feed::location::read_locations;

    #[track_caller]
    fn check(text: &str, good: bool) {
        let document = Document::parse("x.toml", text);
        read_locations(&document.root(&["url", "path"]));
        assert_eq!(document.into_faults().is_empty(), good, "{text}");
    }

    #[test]
    fn a_path_stays_below_its_root() {
        for path in ["../a", "a/../b", "/a", "C:/a", "a\\\\..\\\\b", "", " "] {
            check(&format!("path = \"{path}\""), false);
        }
        for path in ["a", "a/b..c", "./a", "tor/exits.txt"] {
            check(&format!("path = '{path}'"), true);
        }
    }

    #[test]
    fn a_url_has_a_scheme_a_host_and_named_variables() {
        for url in ["http://a", "https://192.0.2.1:8080/x?k=${KEY}&n=${N_2}", "https://${HOST}/"] {
            check(&format!("url = '{url}'"), true);
        }
        for url in [
            "a/b",
            "ftp://a",
            "https://",
            "https:///x",
            "http://a b",
            "http://a/${",
            "http://a/${}",
        ] {
            check(&format!("url = '{url}'"), false);
        }
    }
}
