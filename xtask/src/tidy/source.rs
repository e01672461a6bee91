//! Rust source cut into code and comments, as far as the checks need it.
//!
//! Both keep the length and the line ends of the file: what does not belong is
//! blanked, so that an offset means the same in all three. Not a full lexer: it
//! knows comments, strings, raw strings, characters and lifetimes.

/// One file's code and comments.
pub(super) struct Source {
    /// Comments and the insides of literals are blank.
    pub(super) code: String,
    /// Everything but comments is blank.
    pub(super) comments: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Comment,
    Literal,
}

impl Source {
    /// Cuts the text of a `.rs` file.
    pub(super) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut parts = vec![Part::Code; bytes.len()];
        let mut at = 0;
        while at < bytes.len() {
            let (part, end) = part_at(bytes, at);
            parts[at..end].fill(part);
            at = end;
        }
        let keep = |wanted: Part| {
            let kept = bytes
                .iter()
                .zip(&parts)
                .map(|(&byte, &part)| if byte == b'\n' || part == wanted { byte } else { b' ' });
            // A character lies in one part as a whole.
            String::from_utf8(kept.collect()).expect("whole characters are kept or blanked")
        };
        Self { code: keep(Part::Code), comments: keep(Part::Comment) }
    }

    /// Returns the byte ranges of modules under `#[cfg(test)]`.
    pub(super) fn test_modules(&self) -> Vec<std::ops::Range<usize>> {
        let mut modules = Vec::new();
        let mut from = 0;
        while let Some(found) = self.code[from..].find("#[cfg(test)]") {
            let first = from + found;
            let end = item_end(self.code.as_bytes(), first);
            modules.push(first..end);
            from = end;
        }
        modules
    }
}

/// Returns where the item ends that starts at `first`: at its closing brace or semicolon.
fn item_end(code: &[u8], first: usize) -> usize {
    let mut depth = 0_usize;
    for (idx, byte) in code.iter().enumerate().skip(first) {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return idx + 1;
                }
            }
            b';' if depth == 0 => return idx + 1,
            _ => {}
        }
    }
    code.len()
}

/// Returns what starts at a byte of code, and where it ends.
fn part_at(bytes: &[u8], at: usize) -> (Part, usize) {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        return (Part::Comment, at + length);
    }
    if rest.starts_with(b"/*") {
        return (Part::Comment, at + block_comment(rest));
    }
    let after_word = at > 0 && is_word(bytes[at - 1]);
    if matches!(rest[0], b'r' | b'b') && !after_word {
        let prefix = if rest.starts_with(b"br") { 2 } else { 1 };
        let n_hashes = rest[prefix..].iter().take_while(|&&byte| byte == b'#').count();
        let is_raw = rest[prefix - 1] == b'r';
        if is_raw && rest.get(prefix + n_hashes) == Some(&b'"') {
            return (Part::Literal, at + raw_string(rest, prefix + n_hashes + 1, n_hashes));
        }
        return (Part::Code, at + 1);
    }
    match rest[0] {
        b'"' => (Part::Literal, at + quoted(rest, b'"')),
        // A lifetime has no closing quote: 'a' and '\n' do.
        b'\'' if is_character(rest) => (Part::Literal, at + quoted(rest, b'\'')),
        _ => (Part::Code, at + 1),
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_character(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b'\\') => true,
        Some(byte) => {
            let length = match byte {
                0..0x80 => 1,
                ..0xe0 => 2,
                ..0xf0 => 3,
                _ => 4,
            };
            rest.get(1 + length) == Some(&b'\'')
        }
        None => false,
    }
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut idx = 1;
    while idx < rest.len() {
        match rest[idx] {
            b'\\' => idx += 2,
            byte if byte == quote => return idx + 1,
            _ => idx += 1,
        }
    }
    rest.len()
}

fn raw_string(rest: &[u8], first: usize, n_hashes: usize) -> usize {
    let mut idx = first;
    while idx < rest.len() {
        let hashes = rest[idx + 1..].iter().take(n_hashes);
        if rest[idx] == b'"' && hashes.filter(|&&byte| byte == b'#').count() == n_hashes {
            return idx + 1 + n_hashes;
        }
        idx += 1;
    }
    rest.len()
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut idx = 0;
    while idx < rest.len() {
        if rest[idx..].starts_with(b"/*") {
            depth += 1;
            idx += 2;
        } else if rest[idx..].starts_with(b"*/") {
            depth -= 1;
            idx += 2;
            if depth == 0 {
                return idx;
            }
        } else {
            idx += 1;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[track_caller]
    fn check(text: &str, code: &str, comments: &str) {
        let source = Source::new(text);
        assert_eq!(source.code.split_whitespace().collect::<Vec<_>>().join(" "), code);
        assert_eq!(source.comments.split_whitespace().collect::<Vec<_>>().join(" "), comments);
        assert_eq!((source.code.len(), source.comments.len()), (text.len(), text.len()));
    }

    #[test]
    fn literals_and_comments_are_no_code() {
        check("a // b\nc", "a c", "// b");
        check("a /* b /* c */ d */ e", "a e", "/* b /* c */ d */");
        check(r#"a("b // \" c", d)"#, "a( , d)", "");
        check("a(r#\"b \" // c\"#, d)", "a( , d)", "");
        check("for b", "for b", "");
        check("f(br\"x\\\", 'a', '\\'', 'é', &'static b)", "f( , , , , &'static b)", "");
        check("a(\"ü // \n b\") // ß", "a( )", "// ß");
    }

    #[test]
    fn a_test_module_ends_at_its_brace() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { \"}\" } }\nfn c() {}\n";
        let modules = Source::new(text).test_modules();
        assert_eq!(modules.len(), 1);
        assert!(text[modules[0].clone()].ends_with("} }"));
    }
}
