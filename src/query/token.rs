//! The words of an expression, each with where it stands.

use crate::query::expression::ExpressionError;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A key, or its last parts, dotted.
    Field(String),
    /// Text in quotes.
    Text(String),
    /// A number, whole or not.
    Number(Number),
    /// `and`, `or`, `not`, `in`, `contains`, `true`, `false`, `null`.
    Word(&'static str),
    /// `( ) [ ] , == != < <= > >=`.
    Sign(&'static str),
    /// The end.
    End,
}

/// A number as it was written: whole ones are exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// A whole number: whether it is below zero, and how far from it.
    Whole(bool, u128),
    /// Any other.
    Double(f64),
}

const WORDS: [&str; 8] = ["and", "or", "not", "in", "contains", "true", "false", "null"];

/// Longer signs first.
const SIGNS: [&str; 11] = ["==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ","];

/// Signs of other languages, and what they are here.
const FOREIGN: [(&str, &str); 5] =
    [("&&", "and"), ("||", "or"), ("=", "=="), ("!", "not"), ("<>", "!=")];

/// Cuts an expression into words; each with the byte at which it begins, the end too.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else {
            tokens.push((at, Token::End));
            return Ok(tokens);
        };
        let error = |message: &str| ExpressionError::new(text, at, message.to_owned());
        let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
        let foreign = FOREIGN.iter().find(|(sign, _)| rest.starts_with(sign));
        let (token, len) = match (first, sign, foreign) {
            ('"' | '\'', ..) => {
                quoted(rest, first).ok_or_else(|| error("text without its closing quote"))?
            }
            ('`', ..) => match rest[1..].split_once('`') {
                Some((key, _)) => (Token::Field(key.to_owned()), key.len() + 2),
                None => return Err(error("a key without its closing backtick")),
            },
            ('-' | '+' | '.' | '0'..='9', ..) => {
                let len = rest.find(|c: char| !is_part(c) && c != '+').unwrap_or(rest.len());
                let number = number(&rest[..len]);
                let not_a_number = format!("`{}` is no number", rest[..len].escape_debug());
                (Token::Number(number.ok_or_else(|| error(&not_a_number))?), len)
            }
            (first, ..) if first.is_alphanumeric() || first == '_' => {
                let len = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
                let word = WORDS.into_iter().find(|word| word.eq_ignore_ascii_case(&rest[..len]));
                (word.map_or_else(|| Token::Field(rest[..len].to_owned()), Token::Word), len)
            }
            (_, None, Some((sign, ours))) | (_, Some(_), Some((sign @ "<>", ours))) => {
                return Err(error(&format!("found `{sign}`; write `{ours}`")));
            }
            (_, Some(sign), _) => (Token::Sign(sign), sign.len()),
            (other, None, None) => {
                let shown = other.escape_debug();
                return Err(error(&format!(
                    "found `{shown}`; keys with other signs go in backticks"
                )));
            }
        };
        tokens.push((at, token));
        at += len;
    }
}

/// What keys and numbers are made of.
fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-')
}

fn number(text: &str) -> Option<Number> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    if let Ok(whole) = digits.parse::<u128>()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(Number::Whole(is_negative && whole != 0, whole));
    }
    // Not what Rust alone calls numbers: `inf`, `nan`.
    let is_decimal = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    text.parse().ok().filter(|_| is_decimal).map(Number::Double)
}

/// Text in quotes and how long it is with them; a backslash takes the next letter as it is, but
/// for `\n`, `\r` and `\t`.
fn quoted(rest: &str, quote: char) -> Option<(Token, usize)> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => text.push(match letters.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            }),
            letter if letter == quote => return Some((Token::Text(text), at + 1)),
            letter => text.push(letter),
        }
    }
    None
}
