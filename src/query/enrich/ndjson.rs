//! NDJSON: an object is added to each object.

use crate::mmdb::FormatError;
use crate::query::enrich::json::{Keys, read};
use crate::query::enrich::lines::each;
use crate::query::enrich::worker::{MAX_LINE, Worker, split_end};

/// Where addresses are, and where fields go.
#[derive(Clone, Debug)]
pub struct Ndjson {
    keys: Keys,
    /// A JSON string.
    into: String,
}

impl Ndjson {
    /// Addresses under the first of these dotted keys that has one; the fields go to a key of the outermost object,
    /// where they take the place of what is there.
    pub fn new(keys: &[String], into: &str) -> Self {
        Self { keys: Keys::new(keys), into: serde_json::Value::from(into).to_string() }
    }
}

/// Adds to each object of a chunk.
pub(super) fn enrich(
    worker: &mut Worker<'_>,
    options: &Ndjson,
    chunk: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), FormatError> {
    let quoted = options.into.as_bytes();
    let into = &quoted[1..quoted.len() - 1];
    each(chunk, |line| {
        worker.tally.n_lines += 1;
        let (body, _) = split_end(line);
        if body.len() > MAX_LINE {
            worker.tally.n_too_long += 1;
            out.extend(line);
            return Ok(());
        }
        let Some(object) = read(body, &options.keys, into) else {
            worker.tally.n_no_object += 1;
            out.extend(line);
            return Ok(());
        };
        let added = worker.added(object.ip)?;
        match object.old {
            Some(old) => {
                out.extend(&line[..old.start]);
                // What was said before may be true no more.
                out.extend(if added.is_empty() { b"null" } else { added });
                out.extend(&line[old.end..]);
            }
            None if added.is_empty() => out.extend(line),
            None => {
                out.extend(&line[..object.close]);
                out.extend(if object.is_empty { &b""[..] } else { b"," });
                out.extend(quoted);
                out.push(b':');
                out.extend(added);
                out.extend(&line[object.close..]);
            }
        }
        Ok(())
    })
}
