//! In which fields two records differ.

use serde_json::Map;

use crate::mmdb::{Interner, ValueId, View};

/// What either side says; nothing where it does not speak of the address, or of the field.
pub(super) type Sides = [Option<ValueId>; 2];

/// How many values may be looked at while records are compared, all pairs together: some seconds.
/// Records are bounded each, but a small file can hold a million that are large.
const MAX_VALUES: u64 = 1 << 29;

/// Compares records of one pool.
pub(super) struct Fields<'i> {
    interner: &'i Interner,
    left: u64,
}

/// More was to be compared than can be looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

impl<'i> Fields<'i> {
    /// Records of this pool.
    pub(super) fn new(interner: &'i Interner) -> Self {
        Self { interner, left: MAX_VALUES }
    }

    /// Visits the fields in which two records differ, by dotted key; an array is one field.
    pub(super) fn visit(
        &mut self,
        sides: Sides,
        visit: &mut impl FnMut(&str, Sides) -> Result<(), TooMuch>,
    ) -> Result<(), TooMuch> {
        self.below(sides, &mut String::new(), visit)
    }

    fn below(
        &mut self,
        sides: Sides,
        path: &mut String,
        visit: &mut impl FnMut(&str, Sides) -> Result<(), TooMuch>,
    ) -> Result<(), TooMuch> {
        let Some(entries) = self.entries(sides)? else {
            // A record without fields has none in which it differs from no record.
            let is_record = path.is_empty() && sides.iter().flatten().all(|&id| self.is_map(id));
            return if is_record { Ok(()) } else { visit(path, sides) };
        };
        for (key, sides) in entries {
            let len = path.len();
            if len > 0 {
                path.push('.');
            }
            path.push_str(self.interner.text(key).unwrap_or_default());
            self.below(sides, path, visit)?;
            path.truncate(len);
        }
        Ok(())
    }

    /// Both records, cut down to the fields in which they differ.
    pub(super) fn pruned(
        &mut self,
        sides: Sides,
    ) -> Result<[Option<serde_json::Value>; 2], TooMuch> {
        let json = |id: ValueId| self.interner.value(id).to_json();
        let (Some(_), Some(_)) = (sides[0], sides[1]) else {
            return Ok(sides.map(|id| id.map(json)));
        };
        let Some(entries) = self.entries(sides)? else { return Ok(sides.map(|id| id.map(json))) };
        let mut maps = [Map::new(), Map::new()];
        for (key, sides) in entries {
            for (map, json) in maps.iter_mut().zip(self.pruned(sides)?) {
                if let Some(json) = json {
                    map.insert(self.interner.text(key).unwrap_or_default().to_owned(), json);
                }
            }
        }
        Ok(maps.map(|map| Some(map.into())))
    }

    fn is_map(&self, id: ValueId) -> bool {
        matches!(self.interner.pool().view(id), View::Map(_))
    }

    /// The entries in which two maps differ; `None` unless both are maps, or one is and the other
    /// side says nothing. An empty map against nothing is a difference of its own.
    fn entries(&mut self, sides: Sides) -> Result<Option<Vec<(ValueId, Sides)>>, TooMuch> {
        let pool = self.interner.pool();
        let map = |id: Option<ValueId>| match id.map(|id| pool.view(id)) {
            None => Some(&[][..]),
            Some(View::Map(entries)) => Some(entries),
            Some(_) => None,
        };
        let (Some(mut old), Some(mut new)) = (map(sides[0]), map(sides[1])) else {
            return Ok(None);
        };
        if old.is_empty() && new.is_empty() {
            return Ok(None);
        }
        let n_values = (old.len() + new.len()) as u64;
        self.left = self.left.checked_sub(n_values).ok_or(TooMuch)?;
        let mut entries = Vec::new();
        loop {
            // Maps of a pool are in the order of their keys.
            let key =
                |entries: &[ValueId]| entries.first().and_then(|&key| self.interner.text(key));
            let (is_old, is_new) = match (key(old), key(new)) {
                (None, None) => return Ok(Some(entries)),
                (Some(_), None) => (true, false),
                (None, Some(_)) => (false, true),
                (Some(old), Some(new)) => (old <= new, new <= old),
            };
            let key = if is_old { old[0] } else { new[0] };
            let take = |entries: &mut &[ValueId]| {
                let value = entries[1];
                *entries = &entries[2..];
                value
            };
            let sides = [is_old.then(|| take(&mut old)), is_new.then(|| take(&mut new))];
            if sides[0] != sides[1] {
                entries.push((key, sides));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::mmdb::Interner;
    use crate::query::fields::Fields;
    use crate::query::fixture::interned;

    /// The fields that differ, and both records cut down to them.
    #[track_caller]
    fn check(old: &Value, new: &Value, fields: &[&str], pruned: &Value) {
        let mut interner = Interner::default();
        let records: Vec<Value> =
            [old, new].into_iter().filter(|record| !record.is_null()).cloned().collect();
        let mut ids = interned(&mut interner, &records).into_iter();
        let sides = [old, new].map(|v| if v.is_null() { None } else { ids.next() });
        let mut found = Vec::new();
        let mut compared = Fields::new(&interner);
        let seen = compared.visit(sides, &mut |field, _| {
            found.push(field.to_owned());
            Ok(())
        });
        seen.expect("small");
        assert_eq!(found, fields);
        let [old, new] = compared.pruned(sides).expect("small");
        assert_eq!(json!([old, new]), *pruned);
    }

    #[test]
    fn fields_that_differ_are_named_by_dotted_key() {
        let old = json!({ "a": { "b": 1, "c": "x" }, "list": [1, 2], "same": true });
        let new = json!({ "a": { "b": 2, "c": "x" }, "list": [2, 1], "more": {}, "same": true });
        let pruned = json!([{ "a": { "b": 1 }, "list": [1, 2] },
            { "a": { "b": 2 }, "list": [2, 1], "more": {} }]);
        check(&old, &new, &["a.b", "list", "more"], &pruned);
        check(
            &json!({ "a": { "b": 1 } }),
            &json!({ "a": 1 }),
            &["a"],
            &json!([{ "a": { "b": 1 } }, { "a": 1 }]),
        );
        check(&json!({ "a": { "b": 1 } }), &json!({}), &["a.b"], &json!([{ "a": { "b": 1 } }, {}]));
    }

    #[test]
    fn a_record_on_one_side_differs_in_all_its_fields() {
        let record = json!({ "a": { "b": 1, "c": {} }, "d": [] });
        check(&Value::Null, &record, &["a.b", "a.c", "d"], &json!([null, record]));
        check(&json!({}), &Value::Null, &[], &json!([{}, null]));
        check(&json!("text"), &Value::Null, &[""], &json!(["text", null]));
    }
}
