//! The example answers of `docs/seeds.md` are what the sample gives.
//!
//! A row of its table has an address, a view, a field, what the service prints, what ipmint does, and why they
//! differ. Values are JSON; `absent` is no such field, `text` any text.

use std::fs;
use std::net::IpAddr;

use ipmint::mmdb::Reader;
use ipmint::query::views::{
    AbuseFeeds, Check, Fields, Fraud, Lookup, ProxyAttribution, Reputation, Threat, ThreatScorer,
    Validation,
};
use ipmint::query::{Known, explain};
use ipmint::release::Manifest;
use serde_json::{Value, json};

use crate::support::Project;
use crate::world::root;

/// The release of the sample at its own age.
const RELEASE: &str = "output/releases/20261120.1";

/// A row of the table.
struct Row {
    line: usize,
    ip: String,
    view: String,
    field: String,
    theirs: String,
    ours: String,
    why: String,
}

fn rows() -> Vec<Row> {
    let text = fs::read_to_string(root().join("docs/seeds.md")).expect("there");
    let table = text.lines().zip(1..).skip_while(|(line, _)| *line != "## Example answers");
    let row = |(line, number): (&str, usize)| {
        let cells: Vec<String> =
            line.strip_prefix('|')?.split('|').map(|cell| cell.trim().to_owned()).collect();
        let [ip, view, field, theirs, ours, why, _] = <[String; 7]>::try_from(cells).ok()?;
        ip.parse::<IpAddr>().ok()?;
        let bare = |text: String| text.trim_matches('`').to_owned();
        let (field, theirs, ours) = (bare(field), bare(theirs), bare(ours));
        Some(Row { line: number, ip, view, field, theirs, ours, why })
    };
    table.filter_map(row).collect()
}

/// The sample, opened.
struct Sample<'a> {
    reader: Reader<'a>,
    manifest: Manifest,
    scorer: ThreatScorer,
    abuse_feeds: AbuseFeeds,
}

impl Sample<'_> {
    fn view(&self, name: &str, ip: &str) -> Value {
        if name == "validate" {
            return json!(Validation::of(ip));
        }
        let ip: IpAddr = ip.parse().expect("an address");
        let offset = self.reader.lookup(ip).expect("sound").offset.expect("listed");
        let known = Known::read(&self.reader, offset).expect("sound");
        let explained = explain(&self.reader, Some(&self.manifest), ip).expect("explained");
        let threat_score = self.scorer.score(&self.reader, offset).expect("sound");
        match name {
            "lookup" => json!(Lookup::of(ip, &known, threat_score, Fields::ALL)),
            "check" => json!(Check::of(&explained, &known, &self.abuse_feeds, None)),
            "reputation" => json!(Reputation::of(ip, &known)),
            "threat" => json!(Threat::of(&explained, &known)),
            "fraud" => json!(Fraud::of(ip, &known, threat_score)),
            "proxy-attribution" => json!(ProxyAttribution::of(&explained, &known)),
            _ => panic!("no view {name}"),
        }
    }
}

#[test]
fn the_seeds_examples_are_answered_as_their_table_says() {
    let project = Project::new();
    let mut build = project.command(&["build", "--sample"]);
    let ended = build.env_remove("SOURCE_DATE_EPOCH").output().expect("the binary starts");
    assert!(ended.status.success(), "{ended:?}");
    let read = |name| fs::read(project.path(&format!("{RELEASE}/{name}"))).expect("published");
    let (full, manifest) = (read("full.mmdb"), read("manifest.json"));
    let manifest: Manifest = serde_json::from_slice(&manifest).expect("a manifest");
    let reader = Reader::open(&full).expect("sound");
    let sample = Sample {
        scorer: ThreatScorer::new(&manifest).expect("of this version"),
        abuse_feeds: AbuseFeeds::of(&reader).expect("sound"),
        reader,
        manifest,
    };
    let rows = rows();
    assert!(rows.len() > 50, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for Row { line, ip, view, field, theirs, ours, why } in &rows {
        let answer = sample.view(view, ip);
        let found = answer.pointer(&format!("/{}", field.replace('.', "/")));
        let found = match (found, ours.as_str()) {
            (None, _) => "absent".to_owned(),
            (Some(Value::String(text)), "text") if !text.is_empty() => "text".to_owned(),
            (Some(value), _) => value.to_string(),
        };
        // Numbers may be written in more than one way.
        let is_same = |a: &str, b: &str| {
            let value = |text: &str| serde_json::from_str::<Value>(text).ok();
            let number = |text: &str| value(text).and_then(|value| value.as_f64());
            a == b
                || value(a).is_some_and(|a| value(b) == Some(a))
                || number(a).is_some_and(|a| number(b) == Some(a))
        };
        if !is_same(&found, ours) {
            wrong.push(format!("docs/seeds.md:{line}: {ip} {view} {field}: {found}, not {ours}"));
        }
        if is_same(theirs, ours) != why.is_empty() {
            wrong.push(format!("docs/seeds.md:{line}: {ip} {view} {field}: why?"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
