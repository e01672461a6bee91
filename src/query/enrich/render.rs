//! What is added to a line: the fields of a record in the words of the line's format.

use serde_json::{Map, Value as Json};

use crate::mmdb::Value;
use crate::query::enrich::Fields;
use crate::query::export_text::word;

/// How fields are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `key=value`, a tab before each; what is not said is left out.
    Pairs,
    /// A JSON object, nested as the record is; what is not said is left out.
    Object,
    /// Cells of CSV, a delimiter before each.
    Cells(u8),
}

/// The bytes to add; none if no field is said, but for cells.
pub(super) fn render(form: &Form, fields: &Fields, row: Vec<Option<Value>>) -> Vec<u8> {
    let said = fields.paths().iter().zip(row);
    let mut out = Vec::new();
    match form {
        Form::Pairs => {
            for (path, value) in said.filter_map(|(path, value)| Some((path, value?))) {
                out.push(b'\t');
                push_plain(&path.join("."), &mut out);
                out.push(b'=');
                push_plain(&word(value), &mut out);
            }
        }
        Form::Object => {
            let mut root = Map::new();
            for (path, value) in said.filter_map(|(path, value)| Some((path, value?))) {
                insert(&mut root, path, &value);
            }
            if !root.is_empty() {
                out = Json::Object(root).to_string().into_bytes();
            }
        }
        Form::Cells(delimiter) => {
            for (_, value) in said {
                out.push(*delimiter);
                push_cell(&value.map(word).unwrap_or_default(), *delimiter, &mut out);
            }
        }
    }
    out
}

/// Text without what would end a line or a pair.
fn push_plain(text: &str, out: &mut Vec<u8>) {
    for letter in text.chars() {
        let mut bytes = [0; 4];
        if letter.is_control() {
            out.extend(letter.escape_default().map(|letter| letter as u8));
        } else {
            out.extend(letter.encode_utf8(&mut bytes).as_bytes());
        }
    }
}

/// A cell, quoted where it must be (RFC 4180).
pub(super) fn push_cell(text: &str, delimiter: u8, out: &mut Vec<u8>) {
    let must = |byte: u8| byte == delimiter || matches!(byte, b'"' | b'\r' | b'\n');
    if !text.bytes().any(must) {
        return out.extend(text.as_bytes());
    }
    out.push(b'"');
    out.extend(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

/// A field within one that is there whole is there already.
fn insert(root: &mut Map<String, Json>, path: &[String], value: &Value) {
    let Some((last, above)) = path.split_last() else { return };
    let mut at = root;
    for key in above {
        let below = at.entry(key.as_str()).or_insert_with(|| Map::new().into());
        let Json::Object(below) = below else { return };
        at = below;
    }
    at.insert(last.clone(), value.to_json());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::mmdb::{Pool, Reader};
    use crate::query::enrich::Fields;
    use crate::query::enrich::render::{Form, render};
    use crate::query::fixture::{file, intern};

    #[track_caller]
    fn check(form: &Form, fields: &[&str], expected: &str) {
        let mut pool = Pool::new();
        let record = json!({
            "geo": { "city": "A,\t\"B\"", "latitude": 50.5 },
            "lists": ["x", "y"], "n": (1_u64 << 60), "is": true,
        });
        let ids = [intern(&mut pool, &record), intern(&mut pool, &json!({ "other": "z" }))];
        let bytes = file(&pool, &ids);
        let names: Vec<String> = fields.iter().map(|name| (*name).to_owned()).collect();
        let fields = Fields::of(&bytes, &names).expect("there");
        let reader = Reader::open(&bytes).expect("sound");
        let found = reader.lookup("192.0.2.0".parse().expect("an address")).expect("sound");
        let row = fields.read(&reader, found.offset.expect("listed")).expect("sound");
        assert_eq!(String::from_utf8(render(form, &fields, row)).expect("text"), expected);
    }

    #[test]
    fn each_form_has_its_own_words() {
        let fields = ["city", "latitude", "lists", "n", "is", "other"];
        let pairs = "\tgeo.city=A,\\t\"B\"\tgeo.latitude=50.5\tlists=[\"x\",\"y\"]\tn=1152921504606846976\tis=true";
        check(&Form::Pairs, &fields, pairs);
        let object = concat!(
            r#"{"geo":{"city":"A,\t\"B\"","latitude":50.5},"lists":["x","y"],"#,
            r#""n":"1152921504606846976","is":true}"#,
        );
        check(&Form::Object, &fields, object);
        let cells = ",\"A,\t\"\"B\"\"\",50.5,\"[\"\"x\"\",\"\"y\"\"]\",1152921504606846976,true,";
        check(&Form::Cells(b','), &fields, cells);
    }

    #[test]
    fn what_is_not_said_is_not_added() {
        check(&Form::Pairs, &["other"], "");
        check(&Form::Object, &["other"], "");
        check(&Form::Cells(b';'), &["other", "other"], ";");
        check(&Form::Cells(b';'), &["other", "geo.city"], ";;\"A,\t\"\"B\"\"\"");
    }

    #[test]
    fn a_field_and_what_is_in_it_are_one() {
        check(&Form::Object, &["geo", "city"], r#"{"geo":{"city":"A,\t\"B\"","latitude":50.5}}"#);
        check(
            &Form::Object,
            &["latitude", "geo"],
            r#"{"geo":{"city":"A,\t\"B\"","latitude":50.5}}"#,
        );
    }
}
