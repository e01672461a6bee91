//! `${NAME}` in a URL: what the environment holds, known only while asking.
#![expect(clippy::disallowed_methods, reason = "keys come from the environment")]

use std::env;

use crate::fetch::DownloadError;

/// Puts the variables into a URL.
///
/// The result must not reach a message, a file or a log.
pub(super) fn expand(url: &str) -> Result<String, DownloadError> {
    expand_with(url, |name| env::var(name).ok())
}

fn expand_with(url: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, DownloadError> {
    let mut expanded = String::with_capacity(url.len());
    let mut rest = url;
    while let Some((before, after)) = rest.split_once("${") {
        // Definitions are checked: every `${` has its `}`.
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = value(name).filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| DownloadError::Variable { name: name.to_owned() })?;
        expanded += before;
        expanded += &value;
        rest = after;
    }
    Ok(expanded + rest)
}

#[cfg(test)]
mod tests {
    use crate::fetch::secret::expand_with;

    #[track_caller]
    fn check(url: &str, expected: Result<&str, &str>) {
        let value = |name: &str| (name != "NONE").then(|| name.to_lowercase());
        let found = expand_with(url, value).map_err(|error| error.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn variables_are_put_in_or_named() {
        check("http://a/b", Ok("http://a/b"));
        check("http://${HOST}/?k=${KEY}&x", Ok("http://host/?k=key&x"));
        check("${KEY}", Ok("key"));
        check(
            "http://a/${NONE}",
            Err(
                "its URL needs the environment variable NONE; set it, or give the feed `enabled = false`",
            ),
        );
    }
}
