//! Globs for archive members: `*` is any run of characters but `/`, all else itself.

/// Returns what each `*` matched, or `None` if the name does not match.
///
/// Of several ways to match, each `*` takes as little as it can, from the left.
/// Linear in the name, since no `*` ever looks beyond its segment: hostile names
/// cannot make it slow.
pub(super) fn captures(pattern: &str, name: &str) -> Option<Vec<String>> {
    let (mut patterns, mut segments) = (pattern.split('/'), name.split('/'));
    let mut found = Vec::new();
    loop {
        match (patterns.next(), segments.next()) {
            (None, None) => return Some(found),
            (Some(pattern), Some(segment)) => segment_captures(pattern, segment, &mut found)?,
            _ => return None,
        }
    }
}

fn segment_captures(pattern: &str, segment: &str, found: &mut Vec<String>) -> Option<()> {
    let Some((start, rest)) = pattern.split_once('*') else {
        return (pattern == segment).then_some(());
    };
    let mut segment = segment.strip_prefix(start)?;
    let mut literals = rest.split('*').peekable();
    while let Some(literal) = literals.next() {
        let at = match literals.peek() {
            Some(_) => segment.find(literal)?,
            // The last one must end the segment.
            None if segment.ends_with(literal) => segment.len() - literal.len(),
            None => return None,
        };
        found.push(segment[..at].to_owned());
        segment = &segment[at + literal.len()..];
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::fetch::glob::captures;

    #[track_caller]
    fn check(pattern: &str, name: &str, expected: Option<&[&str]>) {
        let found = captures(pattern, name);
        let found: Option<Vec<&str>> =
            found.as_ref().map(|found| found.iter().map(String::as_str).collect());
        assert_eq!(found.as_deref(), expected, "{pattern} {name}");
    }

    #[test]
    fn stars_stay_within_their_segment() {
        check("a.txt", "a.txt", Some(&[]));
        check("*.zone", "de.zone", Some(&["de"]));
        check(
            "country/*/ipv4-*.txt",
            "country/de/ipv4-aggregated.txt",
            Some(&["de", "aggregated"]),
        );
        check("*", "a/b", None);
        check("*/b", "a/b", Some(&["a"]));
        check("*.zone", "x/de.zone", None);
        check("*a*a", "aaa", Some(&["", "a"]));
        check("a*", "a", Some(&[""]));
        check("ab*ba", "aba", None);
    }
}
