//! The example answers of `docs/seeds.md` are what the sample gives.
//!
//! A row of its table has a route, a field of the answer, what the service prints, what ipmint does, and why they
//! differ. Values are JSON; `absent` is no such field, `text` any text.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::serve::ask::get;
use crate::serve::running::Running;
use crate::support::Project;
use crate::world::root;

/// A row of the table.
struct Row {
    line: usize,
    route: String,
    field: String,
    theirs: String,
    ours: String,
    why: String,
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join("docs/seeds.md")).expect("there");
    let table = text.lines().zip(1..).skip_while(|(line, _)| *line != "## Example answers");
    let row = |(line, number): (&str, usize)| {
        let cells = line.strip_prefix('|')?.split('|');
        let cells: Vec<String> =
            cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
        let [route, field, theirs, ours, why, _] = <[String; 6]>::try_from(cells).ok()?;
        let row = Row { line: number, route, field, theirs, ours, why };
        row.route.starts_with('/').then_some(row)
    };
    table.filter_map(row).collect()
}

/// Whether two cells are the same value; numbers may be written in more than one way.
fn is_same(a: &str, b: &str) -> bool {
    let value = |text: &str| serde_json::from_str::<Value>(text).ok();
    let number = |text: &str| value(text).and_then(|value| value.as_f64());
    a == b
        || value(a).is_some_and(|a| value(b) == Some(a))
        || number(a).is_some_and(|a| number(b) == Some(a))
}

#[test]
fn the_services_examples_are_answered_as_their_table_says() {
    let project = Project::new();
    let mut build = project.command(&["build", "--sample"]);
    // At the sample's own age.
    let ended = build.env_remove("SOURCE_DATE_EPOCH").output().expect("the binary starts");
    assert!(ended.status.success(), "{ended:?}");
    let running = Running::start(&project, &[]);
    let mut answers: BTreeMap<String, Value> = BTreeMap::new();
    let rows = rows();
    assert!(rows.len() > 100, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for Row { line, route, field, theirs, ours, why } in &rows {
        let answer = answers.entry(route.clone()).or_insert_with(|| {
            let reply = get(running.address(), route, &[]);
            assert_eq!(reply.status, 200, "{route}");
            serde_json::from_slice(&reply.body).expect("JSON")
        });
        let found = match answer.pointer(&format!("/{}", field.replace('.', "/"))) {
            None => "absent".to_owned(),
            Some(Value::String(text)) if ours == "text" && !text.is_empty() => "text".to_owned(),
            Some(value) => value.to_string(),
        };
        if !is_same(&found, ours) {
            wrong.push(format!("docs/seeds.md:{line}: {route} {field}: {found}, not {ours}"));
        }
        if is_same(theirs, ours) != why.is_empty() {
            wrong.push(format!("docs/seeds.md:{line}: {route} {field}: why?"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
