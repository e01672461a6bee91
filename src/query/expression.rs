//! The expression that chooses networks by what their records say.
//!
//! ```text
//! any     = all ("or" all)*
//! all     = one ("and" one)*
//! one     = "not" one | "(" any ")" | test
//! test    = operand [("==" | "!=" | "<" | "<=" | ">" | ">=") operand
//!                   | ["not"] "in" "[" [literal ("," literal)*] "]"
//!                   | ["not"] "contains" operand]
//! operand = literal | key
//! literal = text in quotes | number | "true" | "false" | "null"
//! ```
//!
//! A key is dotted, or the last parts of one; it may stand in backticks. Alone it asks whether
//! something stands there that is neither false nor zero nor empty.

use std::fmt;

use crate::query::token::{Number, Token, tokens};

/// How deep parentheses and `not` may nest: nobody writes so many, and each takes stack.
const MAX_DEPTH: usize = 64;

/// What is wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    text: String,
    /// In letters, from 0.
    column: usize,
    message: String,
}

impl ExpressionError {
    pub(super) fn new(text: &str, at: usize, message: String) -> Self {
        Self { text: text.to_owned(), column: text[..at].chars().count(), message }
    }

    /// Where, in letters from 1.
    pub fn column(&self) -> usize {
        self.column + 1
    }
}

impl std::error::Error for ExpressionError {}

impl fmt::Display for ExpressionError {
    /// The message; below it the expression and a mark, unless control characters would move it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column(), self.message)?;
        if self.text.chars().any(char::is_control) {
            return Ok(());
        }
        write!(f, "\n  {}\n  {:width$}^", self.text, "", width = self.column)
    }
}

/// An expression as it was written; keys are as the user gave them.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    pub(super) text: String,
    pub(super) root: Node,
}

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    /// Neither false nor zero nor empty.
    Is(Operand),
    Compare(Operand, Comparator, Operand),
    In(Operand, Vec<Operand>),
    Contains(Operand, Operand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    /// A key, and the byte at which it stands.
    Field(String, usize),
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// Says at which column it cannot be read.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let mut parser = Parser { text, tokens: tokens(text)?, at: 0 };
        let root = parser.any(0)?;
        match parser.peek() {
            Token::End => Ok(Self { text: text.to_owned(), root }),
            Token::Sign(")") => Err(parser.error("`)` without its `(`")),
            _ => Err(parser.error("expected `and`, `or` or the end")),
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    /// The last one is the end.
    tokens: Vec<(usize, Token)>,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].1
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].1.clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    /// Whether that comes next; if so it is taken.
    fn takes(&mut self, token: &Token) -> bool {
        let is_next = self.peek() == token;
        if is_next {
            self.at += 1; // never past the end, which nobody asks for
        }
        is_next
    }

    fn error(&self, message: &str) -> ExpressionError {
        ExpressionError::new(self.text, self.tokens[self.at].0, message.to_owned())
    }

    fn any(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        self.chain("or", Node::Any, |parser| {
            parser.chain("and", Node::All, |parser| parser.one(depth))
        })
    }

    fn chain(
        &mut self,
        word: &'static str,
        join: impl Fn(Vec<Node>) -> Node,
        mut part: impl FnMut(&mut Self) -> Result<Node, ExpressionError>,
    ) -> Result<Node, ExpressionError> {
        let first = part(self)?;
        if *self.peek() != Token::Word(word) {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.takes(&Token::Word(word)) {
            parts.push(part(self)?);
        }
        Ok(join(parts))
    }

    fn one(&mut self, depth: usize) -> Result<Node, ExpressionError> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested more than 64 deep"));
        }
        if self.takes(&Token::Word("not")) {
            return Ok(Node::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.takes(&Token::Sign("(")) {
            let inner = self.any(depth + 1)?;
            return if self.takes(&Token::Sign(")")) {
                Ok(inner)
            } else {
                Err(self.error("expected `and`, `or` or `)`"))
            };
        }
        self.test()
    }

    fn test(&mut self) -> Result<Node, ExpressionError> {
        let left = self.operand("expected a key, a value, `not` or `(`")?;
        if let Token::Sign(sign) = self.peek()
            && let Some(comparator) = Comparator::of(sign)
        {
            self.next();
            let right = self.operand("expected a key or a value")?;
            return Ok(Node::Compare(left, comparator, right));
        }
        let is_negated = self.takes(&Token::Word("not"));
        let test = if self.takes(&Token::Word("in")) {
            Node::In(left, self.list()?)
        } else if self.takes(&Token::Word("contains")) {
            Node::Contains(left, self.operand("expected a key or a value")?)
        } else if is_negated {
            return Err(self.error("expected `in` or `contains`"));
        } else {
            return Ok(Node::Is(left));
        };
        Ok(if is_negated { Node::Not(Box::new(test)) } else { test })
    }

    fn list(&mut self) -> Result<Vec<Operand>, ExpressionError> {
        if !self.takes(&Token::Sign("[")) {
            return Err(self.error("expected `[`"));
        }
        let mut values = Vec::new();
        if self.takes(&Token::Sign("]")) {
            return Ok(values);
        }
        loop {
            if let Token::Field(_) = self.peek() {
                return Err(self.error("expected a value; text stands in quotes"));
            }
            values.push(self.operand("expected a value")?);
            if self.takes(&Token::Sign("]")) {
                return Ok(values);
            }
            if !self.takes(&Token::Sign(",")) {
                return Err(self.error("expected `,` or `]`"));
            }
        }
    }

    fn operand(&mut self, expected: &str) -> Result<Operand, ExpressionError> {
        let operand = match self.peek() {
            Token::Field(key) => Operand::Field(key.clone(), self.tokens[self.at].0),
            Token::Text(text) => Operand::Text(text.clone()),
            Token::Number(number) => Operand::Number(*number),
            Token::Word("true") => Operand::Bool(true),
            Token::Word("false") => Operand::Bool(false),
            Token::Word("null") => Operand::Null,
            _ => return Err(self.error(expected)),
        };
        self.next();
        Ok(operand)
    }
}

impl Comparator {
    fn of(sign: &str) -> Option<Self> {
        Some(match sign {
            "==" => Self::Equal,
            "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::query::Expression;

    #[track_caller]
    fn check(text: &str, column: usize, message: &str) {
        let error = Expression::parse(text).expect_err("it is wrong");
        assert_eq!(error.column(), column, "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }

    #[test]
    fn mistakes_are_shown_where_they_stand() {
        check("", 1, "expected a key, a value, `not` or `(`");
        check("score >=", 9, "expected a key or a value");
        check("score >= and is_vpn", 10, "expected a key or a value");
        check("score = 5", 7, "found `=`; write `==`");
        check("a && b", 3, "write `and`");
        check("!a", 1, "write `not`");
        check("a <> b", 3, "write `!=`");
        check("(is_vpn or is_tor", 18, "expected `and`, `or` or `)`");
        check("is_vpn) or is_tor", 7, "`)` without its `(`");
        check("is_vpn is_tor", 8, "expected `and`, `or` or the end");
        check("country in DE", 12, "expected `[`");
        check("country in [DE]", 13, "text stands in quotes");
        check("country in ['DE' 'FR']", 18, "expected `,` or `]`");
        check("country not == 'DE'", 13, "expected `in` or `contains`");
        check("name == 'x", 9, "closing quote");
        check("`odd key", 1, "closing backtick");
        check("score > 1x", 9, "`1x` is no number");
        check("score > 5;", 10, "found `;`");
        check("größe == 'ü' )", 14, "`)` without its `(`");
        check(&"(".repeat(100), 66, "nested more than 64 deep");
        check(&"not ".repeat(100_000), 261, "nested more than 64 deep");
    }

    #[test]
    fn the_mark_stands_below_the_mistake() {
        let error = Expression::parse("ü = 5").expect_err("it is wrong").to_string();
        assert_eq!(error, "column 3: found `=`; write `==`\n  ü = 5\n    ^");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            let _ = Expression::parse(&text);
        }

        #[test]
        fn no_row_of_words_makes_it_panic(words in prop::collection::vec(
            prop::sample::select(vec![
                "and", "or", "not", "in", "contains", "true", "null", "a", "a.b", "'x'", "1", "-2.5",
                "(", ")", "[", "]", ",", "==", "!=", "<", "<=", ">", ">=", "`k k`", "\"", "\\", "é",
            ]),
            0..24,
        )) {
            let _ = Expression::parse(&words.join(" "));
            let _ = Expression::parse(&words.concat());
        }
    }
}
