//! An expression asked of records.
//!
//! What is not there is null; null is equal to null alone, and neither less nor greater than
//! anything. Values of different kinds are never equal and in no order.

use std::cmp::Ordering;

use crate::mmdb::{Interner, Type, Value, ValueId, View};
use crate::query::expression::{Comparator, Expression, ExpressionError, Node, Operand};
use crate::query::keys::Keys;
use crate::query::names::UnknownKey;
use crate::query::token::Number;

/// An expression whose keys are those of a database.
#[derive(Debug)]
pub(super) struct Filter {
    root: Node,
    /// By the place that an operand now has instead of its text.
    paths: Vec<Vec<ValueId>>,
}

impl Filter {
    /// Finds the keys that the expression names.
    ///
    /// # Errors
    /// If a key is unknown, or may be any of several.
    pub(super) fn new(expression: &Expression, keys: &Keys) -> Result<Self, ExpressionError> {
        let mut paths = Vec::new();
        let mut root = expression.root.clone();
        root.for_each_field(&mut |name, place| {
            let path = keys.find(name).map_err(|UnknownKey(message)| {
                ExpressionError::new(&expression.text, *place, message)
            })?;
            *place = paths.len();
            paths.push(path.to_vec());
            Ok(())
        })?;
        Ok(Self { root, paths })
    }

    /// Whether the expression holds of a record.
    pub(super) fn holds(&self, interner: &Interner, record: ValueId) -> bool {
        let asked = Asked { filter: self, interner, record };
        asked.holds(&self.root)
    }
}

impl Node {
    fn for_each_field<E>(
        &mut self,
        visit: &mut impl FnMut(&str, &mut usize) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Any(nodes) | Self::All(nodes) => {
                nodes.iter_mut().try_for_each(|node| node.for_each_field(visit))
            }
            Self::Not(node) => node.for_each_field(visit),
            Self::Is(operand) | Self::In(operand, _) => operand.visit_field(visit),
            Self::Compare(left, _, right) | Self::Contains(left, right) => {
                left.visit_field(visit)?;
                right.visit_field(visit)
            }
        }
    }
}

impl Operand {
    fn visit_field<E>(
        &mut self,
        visit: &mut impl FnMut(&str, &mut usize) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Field(name, place) => visit(name, place),
            _ => Ok(()),
        }
    }
}

/// What stands at a path, if anything does.
pub(super) fn at_path(interner: &Interner, record: ValueId, path: &[ValueId]) -> Option<ValueId> {
    path.iter().try_fold(record, |id, &wanted| match interner.pool().view(id) {
        View::Map(entries) => {
            entries.chunks_exact(2).find(|entry| entry[0] == wanted).map(|entry| entry[1])
        }
        _ => None,
    })
}

/// A value as expressions see it.
#[derive(Clone, Copy)]
enum Seen<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'a str),
    Array(&'a [ValueId]),
    /// A map, or bytes: only asked whether it is empty, and whether it is the same.
    Other(ValueId, bool),
}

struct Asked<'a> {
    filter: &'a Filter,
    interner: &'a Interner,
    record: ValueId,
}

impl<'a> Asked<'a> {
    fn holds(&self, node: &'a Node) -> bool {
        match node {
            Node::Any(nodes) => nodes.iter().any(|node| self.holds(node)),
            Node::All(nodes) => nodes.iter().all(|node| self.holds(node)),
            Node::Not(node) => !self.holds(node),
            Node::Is(operand) => is_something(self.seen(operand)),
            Node::Compare(left, comparator, right) => {
                let (left, right) = (self.seen(left), self.seen(right));
                let order = order(left, right);
                match comparator {
                    Comparator::Equal => is_equal(left, right),
                    Comparator::NotEqual => !is_equal(left, right),
                    Comparator::Less => order == Some(Ordering::Less),
                    Comparator::LessOrEqual => order.is_some_and(Ordering::is_le),
                    Comparator::Greater => order == Some(Ordering::Greater),
                    Comparator::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
                }
            }
            Node::In(operand, values) => {
                let seen = self.seen(operand);
                values.iter().any(|value| is_equal(seen, self.seen(value)))
            }
            Node::Contains(whole, part) => match (self.seen(whole), self.seen(part)) {
                (Seen::Text(whole), Seen::Text(part)) => whole.contains(part),
                (Seen::Array(values), part) => {
                    values.iter().any(|&id| is_equal(self.value(id), part))
                }
                _ => false,
            },
        }
    }

    fn seen(&self, operand: &'a Operand) -> Seen<'a> {
        match operand {
            Operand::Null => Seen::Null,
            Operand::Bool(value) => Seen::Bool(*value),
            Operand::Number(number) => Seen::Number(*number),
            Operand::Text(text) => Seen::Text(text),
            Operand::Field(_, path) => {
                let path = &self.filter.paths[*path];
                at_path(self.interner, self.record, path).map_or(Seen::Null, |id| self.value(id))
            }
        }
    }

    fn value(&self, id: ValueId) -> Seen<'a> {
        match self.interner.pool().view(id) {
            View::Array(values) => Seen::Array(values),
            View::Map(entries) => Seen::Other(id, entries.is_empty()),
            View::Scalar(Type::Bool, payload) => Seen::Bool(!payload.is_empty()),
            View::Scalar(Type::Utf8, _) => Seen::Text(self.interner.text(id).unwrap_or_default()),
            View::Scalar(Type::Bytes, payload) => Seen::Other(id, payload.is_empty()),
            View::Scalar(..) => Seen::Number(match self.interner.value(id) {
                Value::Int32(value) => Number::Whole(value < 0, value.unsigned_abs().into()),
                Value::Double(value) => Number::Double(value),
                value => Number::Whole(false, value.as_unsigned().expect("no other kind is left")),
            }),
        }
    }
}

fn is_something(seen: Seen<'_>) -> bool {
    match seen {
        Seen::Null => false,
        Seen::Bool(value) => value,
        Seen::Number(Number::Whole(_, value)) => value != 0,
        Seen::Number(Number::Double(value)) => value != 0.0,
        Seen::Text(text) => !text.is_empty(),
        Seen::Array(values) => !values.is_empty(),
        Seen::Other(_, is_empty) => !is_empty,
    }
}

fn is_equal(a: Seen<'_>, b: Seen<'_>) -> bool {
    match (a, b) {
        (Seen::Null, Seen::Null) => true,
        (Seen::Bool(a), Seen::Bool(b)) => a == b,
        // Equal values of a pool are equal ids.
        (Seen::Array(a), Seen::Array(b)) => a == b,
        (Seen::Other(a, _), Seen::Other(b, _)) => a == b,
        _ => order(a, b) == Some(Ordering::Equal),
    }
}

fn order(a: Seen<'_>, b: Seen<'_>) -> Option<Ordering> {
    match (a, b) {
        (Seen::Number(a), Seen::Number(b)) => a.order(b),
        (Seen::Text(a), Seen::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

impl Number {
    /// Exact, also where a double cannot say the whole number.
    fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(false, a), Self::Whole(false, b)) => Some(a.cmp(&b)),
            (Self::Whole(true, a), Self::Whole(true, b)) => Some(b.cmp(&a)),
            (Self::Whole(a, _), Self::Whole(b, _)) => Some(b.cmp(&a)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(&b),
            (Self::Double(_), Self::Whole(..)) => other.order(self).map(Ordering::reverse),
            (Self::Whole(..), Self::Double(double)) => {
                if double.is_nan() {
                    return None;
                }
                let whole = double.trunc();
                // Past 2^128 the cast stays at the largest, above all that can be whole here.
                let truncated = Self::Whole(whole < 0.0, whole.abs() as u128);
                let order = if whole.abs() >= 2_f64.powi(128) {
                    Some(if whole > 0.0 { Ordering::Less } else { Ordering::Greater })
                } else {
                    self.order(truncated)
                };
                order.map(|order| order.then(whole.partial_cmp(&double).expect("no NaN")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use crate::mmdb::Interner;
    use crate::query::Expression;
    use crate::query::filter::Filter;
    use crate::query::fixture::interned;
    use crate::query::keys::Keys;

    fn records() -> [Value; 3] {
        [
            json!({ "signals": { "is_vpn": true, "is_tor": false }, "score": 50, "name": "Exämple \"A\"",
                "lists": ["x", 7], "place": { "lat": -12.5 }, "big": u64::MAX, "none": "" }),
            json!({ "signals": {}, "score": 0, "lists": [], "debt": -5, "odd key": 1 }),
            json!({}),
        ]
    }

    /// Of which of the three records an expression holds.
    #[track_caller]
    fn check(expression: &str, expected: [u8; 3]) {
        let mut interner = Interner::default();
        let ids = interned(&mut interner, &records());
        let keys = Keys::of(&interner, &ids).expect("few");
        let parsed = Expression::parse(expression).unwrap_or_else(|error| panic!("{error}"));
        let filter = Filter::new(&parsed, &keys).unwrap_or_else(|error| panic!("{error}"));
        let found: Vec<u8> = ids.iter().map(|&id| u8::from(filter.holds(&interner, id))).collect();
        assert_eq!(found, expected, "{expression}");
    }

    #[test]
    fn a_bare_key_asks_whether_something_stands_there() {
        check("is_vpn", [1, 0, 0]);
        check("signals.is_tor", [0, 0, 0]);
        check("score", [1, 0, 0]);
        check("lists", [1, 0, 0]);
        check("signals", [1, 0, 0]);
        check("none", [0, 0, 0]);
        check("debt", [0, 1, 0]);
        check("lat", [1, 0, 0]);
        check("`odd key`", [0, 1, 0]);
        check("true", [1, 1, 1]);
        check("null or 0 or ''", [0, 0, 0]);
    }

    #[test]
    fn comparisons_are_exact_and_of_one_kind() {
        check("score == 50", [1, 0, 0]);
        check("score == 50.0", [1, 0, 0]);
        check("score != 50", [0, 1, 1]);
        check("score < 50.5", [1, 1, 0]);
        check("score <= 0", [0, 1, 0]);
        check("score >= 0", [1, 1, 0]);
        check("score > '1'", [0, 0, 0]);
        check("debt < -4 and debt > -5.5", [0, 1, 0]);
        check("debt == -5", [0, 1, 0]);
        check("lat == -12.5", [1, 0, 0]);
        check("lat < -12", [1, 0, 0]);
        check("big == 18446744073709551615", [1, 0, 0]);
        check("big < 18446744073709551616.0", [1, 0, 0]);
        check("big < 1e300 and big > -1e300", [1, 0, 0]);
        check("name == 'Exämple \"A\"'", [1, 0, 0]);
        check("name == \"Exämple \\\"A\\\"\"", [1, 0, 0]);
        check("name >= 'Ex'", [1, 0, 0]);
        check("is_vpn == true", [1, 0, 0]);
        check("is_tor == false", [1, 0, 0]);
        check("is_vpn == null", [0, 1, 1]);
        check("score == score", [1, 1, 1]);
        check("lists == lists", [1, 1, 1]);
    }

    #[test]
    fn lists_and_parts_are_looked_through() {
        check("score in [0, 50]", [1, 1, 0]);
        check("score in []", [0, 0, 0]);
        check("score not in [50]", [0, 1, 1]);
        check("score in [null, 'x']", [0, 0, 1]);
        check("name contains 'ämp'", [1, 0, 0]);
        check("lists contains 'x'", [1, 0, 0]);
        check("lists contains 7", [1, 0, 0]);
        check("lists not contains 8", [1, 1, 1]);
        check("score contains 5", [0, 0, 0]);
    }

    #[test]
    fn and_binds_closer_than_or_and_not_closest() {
        check("is_vpn or score == 0 and debt", [1, 1, 0]);
        check("(is_vpn or score == 0) and debt", [0, 1, 0]);
        check("not is_vpn and score == 0", [0, 1, 0]);
        check("not (is_vpn and score == 0)", [1, 1, 1]);
        check("NOT not is_vpn Or debt", [1, 1, 0]);
    }

    #[test]
    fn an_unknown_key_is_shown_where_it_stands() {
        let mut interner = Interner::default();
        let ids = interned(&mut interner, &records());
        let keys = Keys::of(&interner, &ids).expect("few");
        let expression = Expression::parse("score > 1 and vpn").expect("it is right");
        let error = Filter::new(&expression, &keys).expect_err("no such key");
        assert_eq!(error.column(), 15);
        assert!(error.to_string().contains("did you mean signals.is_vpn?"), "{error}");
    }

    proptest! {
        #[test]
        fn numbers_are_in_the_order_that_exact_ones_have(a in -1_000_i32..1_000, b in -4_000_i32..4_000) {
            // Quarters are exact in a double.
            let mut interner = Interner::default();
            let ids = interned(&mut interner, &[json!({ "a": a, "b": f64::from(b) / 4.0 })]);
            let keys = Keys::of(&interner, &ids).expect("few");
            let holds = |text: &str| {
                let expression = Expression::parse(text).expect("it is right");
                Filter::new(&expression, &keys).expect("known").holds(&interner, ids[0])
            };
            prop_assert_eq!(holds("a < b"), 4 * a < b);
            prop_assert_eq!(holds("b < a"), b < 4 * a);
            prop_assert_eq!(holds("a == b"), 4 * a == b);
            prop_assert_eq!(holds("a >= b"), 4 * a >= b);
        }
    }
}
