//! One line of NDJSON, read just so far as to know where its address is and where it ends.
//!
//! Strings, brackets and commas are looked at as RFC 8259 has them. Numbers and words are taken by their letters:
//! nothing of the line is changed, so what is wrong in one stays so.

use std::net::IpAddr;
use std::ops::Range;

use memchr::memchr2;

use crate::query::enrich::find;

/// How deep values may be nested.
const MAX_DEPTH: usize = 128;

/// Keys under which addresses are looked for, in the order in which they count; a tree of their parts.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
struct Node {
    part: Vec<u8>,
    below: Vec<usize>,
    rank: Option<usize>,
}

/// A line that is an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Object {
    /// Where its last brace is.
    pub(super) close: usize,
    /// Whether there is nothing in it.
    pub(super) is_empty: bool,
    /// The address under the first of the keys that has one.
    pub(super) ip: Option<IpAddr>,
    /// Where the value is that is to be replaced.
    pub(super) old: Option<Range<usize>>,
}

impl Keys {
    /// Dotted keys: `a.b` is `b` in `a`, or a key `a.b`.
    pub(super) fn new(names: &[String]) -> Self {
        let root = Node { part: Vec::new(), below: Vec::new(), rank: None };
        let mut keys = Self { nodes: vec![root] };
        for (rank, name) in names.iter().enumerate() {
            let mut at = 0;
            for part in name.split('.') {
                at = keys.step(at, part.as_bytes()).unwrap_or_else(|| {
                    let node = Node { part: part.into(), below: Vec::new(), rank: None };
                    keys.nodes.push(node);
                    let below = keys.nodes.len() - 1;
                    keys.nodes[at].below.push(below);
                    below
                });
            }
            keys.nodes[at].rank.get_or_insert(rank);
        }
        keys
    }

    fn step(&self, at: usize, part: &[u8]) -> Option<usize> {
        self.nodes[at].below.iter().copied().find(|&below| self.nodes[below].part == part)
    }

    fn below(&self, at: Option<usize>, key: &[u8]) -> Option<usize> {
        key.split(|&byte| byte == b'.').try_fold(at?, |at, part| self.step(at, part))
    }
}

/// Reads a line; `into` is the key, as JSON without its quotes, whose value would be replaced. `None` if the line
/// is no object.
pub(super) fn read(line: &[u8], keys: &Keys, into: &[u8]) -> Option<Object> {
    let mut scan = Scan { line, at: 0, keys, found: None };
    if scan.next()? != b'{' {
        return None;
    }
    // Where in the tree of keys each bracket is, the innermost last.
    let mut open: Vec<(u8, Option<usize>)> = Vec::with_capacity(8);
    let (mut old, mut is_old_open) = (None, false);
    let mut node = Some(0);
    let mut is_empty = false;
    loop {
        // A value.
        let start = scan.at;
        match scan.next()? {
            bracket @ (b'{' | b'[') => {
                scan.at += 1;
                if open.len() == MAX_DEPTH {
                    return None;
                }
                open.push((bracket, node));
                if scan.next()? != bracket + 2 {
                    if bracket == b'{' {
                        node = scan.key(node, &mut |key, at| {
                            if open.len() == 1 && key == into && old.is_none() {
                                (old, is_old_open) = (Some(at..at), true);
                            }
                        })?;
                    }
                    continue;
                }
                is_empty = open.len() == 1;
            }
            b'"' => scan.text(node)?,
            _ => scan.word()?,
        }
        debug_assert!(scan.at > start, "a value takes a byte");
        // What follows it.
        loop {
            if open.len() == 1
                && is_old_open
                && let Some(old) = &mut old
            {
                (*old, is_old_open) = (old.start..scan.at, false);
            }
            let &(bracket, above) = open.last()?;
            match scan.next()? {
                b',' => {
                    scan.at += 1;
                    node = above;
                    if bracket == b'{' {
                        scan.next()?;
                        node = scan.key(above, &mut |key, at| {
                            if open.len() == 1 && key == into && old.is_none() {
                                (old, is_old_open) = (Some(at..at), true);
                            }
                        })?;
                    }
                    break;
                }
                byte if byte == bracket + 2 => {
                    let close = scan.at;
                    scan.at += 1;
                    open.pop();
                    if open.is_empty() {
                        let ip = scan.found.map(|(_, ip)| ip);
                        return scan.next().is_none().then_some(Object {
                            close,
                            is_empty,
                            ip,
                            old,
                        });
                    }
                }
                _ => return None,
            }
        }
    }
}

struct Scan<'l> {
    line: &'l [u8],
    at: usize,
    keys: &'l Keys,
    found: Option<(usize, IpAddr)>,
}

impl<'l> Scan<'l> {
    /// The next byte that is no blank; it is not passed.
    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = *self.line.get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// What is between quotes; the cursor is at the first.
    fn quoted(&mut self) -> Option<&'l [u8]> {
        let start = self.at + 1;
        if self.line.get(self.at) != Some(&b'"') {
            return None;
        }
        self.at = start;
        loop {
            let at = self.at + memchr2(b'"', b'\\', self.line.get(self.at..)?)?;
            if self.line[at] == b'"' {
                self.at = at + 1;
                return Some(&self.line[start..at]);
            }
            self.at = at + 2;
        }
    }

    /// A key and its colon; where in the tree it leads, from `above`. `seen` is told the key, and where its value
    /// begins.
    fn key(
        &mut self,
        above: Option<usize>,
        seen: &mut impl FnMut(&[u8], usize),
    ) -> Option<Option<usize>> {
        let key = self.quoted()?;
        if self.next()? != b':' {
            return None;
        }
        self.at += 1;
        self.next()?;
        seen(key, self.at);
        Some(self.keys.below(above, key))
    }

    /// A text; perhaps the address.
    fn text(&mut self, node: Option<usize>) -> Option<()> {
        let text = self.quoted()?;
        let Some(rank) = node.and_then(|node| self.keys.nodes[node].rank) else { return Some(()) };
        if self.found.is_some_and(|(found, _)| found <= rank) {
            return Some(());
        }
        let ip = if text.contains(&b'\\') {
            // Rare, so by the long way.
            let quoted = [b"\"", text, b"\""].concat();
            let plain = serde_json::from_slice::<String>(&quoted).ok();
            plain.and_then(|plain| find::of_field(plain.as_bytes()))
        } else {
            find::of_field(text)
        };
        if let Some(ip) = ip {
            self.found = Some((rank, ip));
        }
        Some(())
    }

    /// A number, or one of `true`, `false` and `null`.
    fn word(&mut self) -> Option<()> {
        let rest = &self.line[self.at..];
        let is_part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let end = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        let word = &rest[..end];
        let is_number = |first: &u8| first.is_ascii_digit() || *first == b'-';
        if !matches!(word, b"true" | b"false" | b"null") && !word.first().is_some_and(is_number) {
            return None;
        }
        self.at += end;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::query::enrich::json::{Keys, Object, read};

    fn of(line: &str, keys: &[&str]) -> Option<Object> {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        read(line.as_bytes(), &Keys::new(&keys), b"ipmint")
    }

    #[track_caller]
    fn check(line: &str, keys: &[&str], expected: &str) {
        let object = of(line, keys).unwrap_or_else(|| panic!("no object: {line}"));
        assert_eq!(object.ip.map(|ip| ip.to_string()).unwrap_or_default(), expected, "{line}");
        assert_eq!(line.as_bytes()[object.close], b'}', "{line}");
    }

    #[test]
    fn an_address_is_found_by_its_key() {
        check(r#"{"ip":"192.0.2.7"}"#, &["ip"], "192.0.2.7");
        check(r#" { "a" : { "ip" : "192.0.2.7" } } "#, &["ip"], "");
        check(r#"{"a":{"x":[{}],"b":"192.0.2.7"}}"#, &["a.b"], "192.0.2.7");
        check(r#"{"a.b":"192.0.2.7"}"#, &["a.b"], "192.0.2.7");
        check(r#"{"a":{"b.c":"192.0.2.7"},"a.b.c":"::1"}"#, &["a.b.c"], "192.0.2.7");
        check(r#"{"b":"::1","a":"-","c":"::2"}"#, &["a", "c", "b"], "::2");
        check(r#"{"x":"{\"ip\":\"::3\"}\\","ip":["a","[::1]:80","::2"]}"#, &["ip"], "::1");
        check(r#"{"ip":"\u003192.0.2.7","n":-1.5e+3,"t":[true,false,null]}"#, &["ip"], "192.0.2.7");
        check("{}", &["ip"], "");
    }

    #[test]
    fn what_is_no_object_is_none() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        for line in [
            "",
            " ",
            "[]",
            "1",
            "\"a\"",
            "{",
            "}",
            "{]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{,}",
            "{\"a\":1}}",
            "{\"a\":1} x",
            "{\"a\":[1,]}",
            "{\"a\":[1}",
            "{\"a\":\"b}",
            "{a:1}",
            "{\"a\":\"\\",
            "{\"a\":x}",
            "{\"a\" 1}",
            "{\"a\":1 \"b\":2}",
            &deep,
        ] {
            assert_eq!(of(line, &["ip"]), None, "{line}");
        }
    }

    #[test]
    fn the_value_to_replace_is_at_the_top() {
        let old = |line| of(line, &["ip"]).and_then(|object| object.old);
        assert_eq!(old(r#"{"a":{"ipmint":1}}"#), None);
        let line = r#"{"a":1,"ipmint": {"x":[1,"}"]} ,"b":2}"#;
        assert_eq!(&line[old(line).expect("there")], r#"{"x":[1,"}"]}"#);
        let line = r#"{"ipmint":null}"#;
        assert_eq!(&line[old(line).expect("there")], "null");
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            "[a-c\"{}\\[\\],:\\\\\n.é]{0,6}".prop_map(Into::into),
            Just("192.0.2.7".into()),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let key = prop_oneof![Just("a".to_owned()), Just("b".to_owned()), "[\"\\\\.c{}]{0,3}"];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::vec((key, inner), 0..4).prop_map(|entries| {
                    entries.into_iter().collect::<serde_json::Map<_, _>>().into()
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn objects_are_read_as_serde_reads_them(value in value(), is_pretty in any::<bool>()) {
            let text = if is_pretty {
                serde_json::to_string_pretty(&value).expect("JSON")
            } else {
                value.to_string()
            };
            let object = of(&text, &["a.b"]);
            prop_assert_eq!(object.is_some(), value.is_object(), "{}", text);
            if let (Some(object), Some("192.0.2.7")) = (object, value["a"]["b"].as_str()) {
                prop_assert!(object.ip.is_some(), "{}", text);
            }
        }

        #[test]
        fn whatever_the_bytes_are_nothing_breaks(bytes in "[\"{}\\[\\],:1a\\\\ ]{0,24}") {
            let is_object = serde_json::from_str::<serde_json::Map<_, _>>(&bytes).is_ok();
            // What serde takes is taken.
            prop_assert!(!is_object || of(&bytes, &["a"]).is_some(), "{}", bytes);
        }
    }
}
