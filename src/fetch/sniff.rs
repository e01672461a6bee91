//! A page where a list is due: what servers send with status 200 and should not.

use crate::feed::Format;

/// How far into the content the marks of a page are looked for (FAULTS.md).
const HEAD_BYTES: usize = 1024;

/// Returns what the content is, if it is plainly not what the format calls for.
pub fn unexpected(format: Format, bytes: &[u8]) -> Option<&'static str> {
    let head = bytes[..bytes.len().min(HEAD_BYTES)].to_ascii_lowercase();
    let first = head.trim_ascii_start().strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head);
    let first = first.trim_ascii_start().first();
    let has = |mark: &str| memchr::memmem::find(&head, mark.as_bytes()).is_some();
    // Text within JSON may well speak of HTML.
    let is_json = matches!(format, Format::Json | Format::Ndjson | Format::Onionoo);
    let may_be_page = !is_json || first == Some(&b'<');
    if may_be_page && (has("<!doctype") || has("<html")) {
        return Some("an HTML page where a feed is due");
    }
    let is_line_format = !is_json && !matches!(format, Format::Toml);
    if is_line_format && first == Some(&b'{') {
        return Some("a JSON document where a feed of lines is due");
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::feed::Format;
    use crate::fetch::unexpected;

    #[track_caller]
    fn check(format: Format, text: &str, expected: bool) {
        assert_eq!(unexpected(format, text.as_bytes()).is_some(), expected, "{text}");
    }

    #[test]
    fn pages_are_told_from_lists() {
        check(Format::List, "\n <!DOCTYPE html><title>Just a moment", true);
        check(Format::Json, "<HTML>", true);
        check(Format::Csv, "{\"error\":\"rate limit\"}", true);
        check(Format::Json, "{\"about\":\"<html>\"}", false);
        check(Format::List, "192.0.2.1\n", false);
        check(Format::List, "", false);
    }
}
