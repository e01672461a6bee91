//! One definition: the TOML of `feeds/<category>/<id>.toml` to a [`Feed`], checked whole.

use crate::feed::columns::{check_subject, read_attributes, read_columns, read_values};
use crate::feed::document::{Document, Table};
use crate::feed::fault::{CatalogueError, quoted};
use crate::feed::guards::read_guards;
use crate::feed::location::read_locations;
use crate::feed::pattern::read_patterns;
use crate::feed::select::parse_select;
use crate::feed::{Category, Column, Feed, FeedId, Format, Kind, Licence, Location, Reserved};

/// Every key of a definition, in the order of DESIGN; `schemas/feed.schema.json` has the same.
const KEYS: &[&str] = &[
    "title",
    "url",
    "path",
    "format",
    "kind",
    "category",
    "attributes",
    "priority",
    "group",
    "reliability",
    "provider",
    "columns",
    "values",
    "header",
    "select",
    "pattern",
    "member",
    "reserved",
    "widen_v6",
    "licence",
    "refresh",
    "expire",
    "as_of",
    "enabled",
    "note",
    "guards",
];

const LICENCE_KEYS: &[&str] = &["id", "redistribute", "attribution"];

/// What a feed nobody has rated is worth: a coin toss.
const DEFAULT_RELIABILITY: u16 = 500;

/// Once a day: what most lists change by, and what no host minds.
const DEFAULT_REFRESH_SECONDS: u64 = 86_400;

/// A week: long enough for a host's bad weekend, short enough for addresses to change hands.
const DEFAULT_EXPIRE_SECONDS: u64 = 7 * 86_400;

/// Reads one definition.
pub(super) fn read_feed(id: FeedId, file: &str, text: &str) -> Result<Feed, CatalogueError> {
    let document = Document::parse(file, text);
    let feed = read(&document.root(KEYS), id, file);
    document.finish(feed)
}

/// Returns `None` only after recording a fault.
fn read(root: &Table<'_>, id: FeedId, file: &str) -> Option<Feed> {
    root.require(&["title", "format", "kind", "licence"]);
    let title = root.get("title").and_then(|item| item.text());
    let format = root.get("format").and_then(|item| item.word(Format::ALL, Format::name));
    let kind = root.get("kind").and_then(|item| item.word(Kind::ALL, Kind::name));
    let locations = read_locations(root);
    check_keys_of_format(root, format);

    let header = root.get("header").and_then(|item| item.bool()).unwrap_or(false);
    let select = root.texts("select");
    for (item, path) in &select {
        if let Err(error) = parse_select(path) {
            item.fault(format!("found {}, {error}", quoted(path)));
        }
    }
    let members: Vec<_> = root.texts("member").iter().map(|(_, glob)| (*glob).to_owned()).collect();
    let columns = read_columns(root, format, header, &members);
    if let (Some(format), Some(kind)) = (format, kind) {
        check_subject(root, format, kind, &columns);
    }
    let (pattern, groups) = read_patterns(root, format, kind);
    let values = read_values(root, format, &columns);
    let category = root.get("category").and_then(|item| item.word(Category::ALL, Category::name));
    let attributes = read_attributes(root, format, kind, &columns, &groups);
    let in_rows = columns.contains_key(&Column::Category)
        || groups.contains(&Column::Category)
        || format == Some(Format::Onionoo);
    check_claims(root, kind, in_rows, &attributes);

    let expire = match (root.get("expire"), locations.first()) {
        (Some(item), _) if item.says("never") => None,
        (Some(item), _) => item.seconds(),
        (None, Some(Location::Url(_))) => Some(DEFAULT_EXPIRE_SECONDS),
        (None, _) => None,
    };
    let enabled = root.get("enabled").and_then(|item| item.bool()).unwrap_or(true);
    let note = read_text(root, "note");
    if !enabled && !root.has("note") {
        root.fault("enabled", "false needs a `note` that says why");
    }
    if let (true, Some(item)) = (root.has("url"), root.get("as_of")) {
        item.fault("goes with `path`; a feed with a `url` is of the day it was fetched");
    }
    let guards = read_guards(root, category);
    let group = read_text(root, "group").unwrap_or_else(|| id.to_string());
    let reserved = root.get("reserved").and_then(|item| item.word(Reserved::ALL, Reserved::name));
    let provider = read_text(root, "provider");
    let priority = root.get("priority").and_then(|item| item.integer(i32::MIN..=i32::MAX));
    let reliability = root.get("reliability").and_then(|item| item.per_mille());
    let widen_v6 = root.get("widen_v6").and_then(|item| item.integer(0..=128));
    let refresh = root.get("refresh").and_then(|item| item.seconds());
    let as_of = root.get("as_of").and_then(|item| item.day());
    let licence = read_licence(root);
    Some(Feed {
        id,
        file: file.to_owned(),
        title: title?.to_owned(),
        locations,
        format: format?,
        kind: kind?,
        category,
        attributes,
        priority: priority.unwrap_or(0),
        group,
        reliability: reliability.unwrap_or(DEFAULT_RELIABILITY),
        provider,
        columns,
        values,
        header,
        select: select.iter().map(|(_, path)| (*path).to_owned()).collect(),
        pattern,
        members,
        reserved: reserved.unwrap_or(Reserved::Clip),
        widen_v6: widen_v6.unwrap_or(0),
        licence,
        refresh_seconds: refresh.unwrap_or(DEFAULT_REFRESH_SECONDS),
        expire_seconds: expire,
        as_of,
        enabled,
        note,
        guards,
    })
}

/// Checks that no key is there which the format would ignore.
fn check_keys_of_format(root: &Table<'_>, format: Option<Format>) {
    let keyed: &[Format] = &[Format::Json, Format::Ndjson, Format::Toml];
    let rows: [(&str, &[Format]); 3] = [
        ("header", &[Format::Csv, Format::Tsv]),
        ("select", keyed),
        ("pattern", &[Format::Pattern]),
    ];
    if let (Some(item), Some(Format::Onionoo)) = (root.get("category"), format) {
        item.fault(
            "does not go with format onionoo: relays say it; `values.category` can drop one",
        );
    }
    for (key, formats) in rows {
        if let (Some(item), Some(format)) = (root.get(key), format)
            && !formats.contains(&format)
        {
            let names: Vec<_> = formats.iter().map(|format| format.name()).collect();
            item.fault(format!("goes with format {}, not {format}", names.join(", ")));
        }
    }
}

/// Checks that the rows say something: a category, or attributes.
fn check_claims(root: &Table<'_>, kind: Option<Kind>, in_rows: bool, attributes: &[Column]) {
    let has_category = root.has("category") || in_rows;
    match kind {
        Some(Kind::Membership | Kind::Country) if !has_category => {
            root.fault("category", "is missing, and no column gives it (columns.category)");
        }
        Some(Kind::Asn) if !has_category && !root.has("attributes") => {
            root.fault("category", "is missing; kind `asn` needs it, or `attributes`");
        }
        Some(Kind::Assignment) => {
            if attributes.is_empty() && !root.has("attributes") {
                root.fault("attributes", "is missing; kind `assignment` says what it assigns");
            }
            if let Some(item) = root.get("category") {
                item.fault("goes with kind membership, asn or country, not assignment");
            }
        }
        _ => {}
    }
}

fn read_licence(root: &Table<'_>) -> Licence {
    let Some(table) = root.get("licence").and_then(|item| item.table(LICENCE_KEYS)) else {
        return Licence::default();
    };
    let redistribute = table.get("redistribute").and_then(|item| item.bool());
    Licence {
        // Empty says that nobody knows the terms.
        id: table.get("id").and_then(|item| item.string()).unwrap_or_default().to_owned(),
        redistribute: redistribute.unwrap_or(false),
        attribution: read_text(&table, "attribution"),
    }
}

fn read_text(table: &Table<'_>, key: &str) -> Option<String> {
    table.get(key).and_then(|item| item.text()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::Value;

    use crate::feed::guards::GUARD_KEYS;
    use crate::feed::read::{KEYS, LICENCE_KEYS, read_feed};
    use crate::feed::{Category, Column, Feed, FeedId, Format, Guards, Kind, Location, Reserved};

    const LIST: &str = "title = 't'\nformat = 'list'\nkind = 'membership'\ncategory = 'spam'\n\
                        licence = {}\n";

    fn read(text: &str) -> Result<Feed, String> {
        let id = FeedId::new("x").expect("an id");
        read_feed(id, "x.toml", text).map_err(|error| error.to_string())
    }

    /// Reads a definition and compares the faults, none for a good one.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let error = read(text).err().unwrap_or_default();
        assert_eq!(error.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn what_is_not_said_has_its_default() {
        let feed = read(&format!("{LIST}url = 'https://192.0.2.1/${{KEY}}'")).expect("good");
        let abuse = Guards { coverage_v4: 50, coverage_v6: 50, ..Guards::default() };
        assert_eq!(feed.locations, [Location::Url("https://192.0.2.1/${KEY}".to_owned())]);
        assert_eq!((feed.group.as_str(), feed.reliability, feed.priority), ("x", 500, 0));
        assert_eq!((feed.refresh_seconds, feed.expire_seconds), (86_400, Some(604_800)));
        assert_eq!((feed.reserved, feed.widen_v6, feed.enabled), (Reserved::Clip, 0, true));
        assert_eq!(feed.guards, abuse);

        let feed = read(&format!("{LIST}path = ['a', 'b']")).expect("good");
        assert_eq!(feed.expire_seconds, None);
        assert_eq!(feed.locations.len(), 2);
        let feed = read(&format!("{LIST}url = 'http://a'\nexpire = 'never'")).expect("good");
        assert_eq!(feed.expire_seconds, None);
    }

    #[test]
    fn every_key_of_the_contract_is_read() {
        check(
            "title = 'Origin AS'\nurl = ['https://192.0.2.1/v4.csv', 'https://192.0.2.1/v6.csv']\n\
             format = 'csv'\nkind = 'assignment'\nattributes = ['asn', 'country']\npriority = 10\n\
             group = 'g'\nreliability = 980\nprovider = 'p'\n\
             columns = { first = 1, last = 2, asn = 'asn', country = ['cc', '*1'] }\n\
             values = { country = { UK = 'GB' } }\nheader = true\nmember = '*/list.txt'\n\
             reserved = 'keep'\nwiden_v6 = 64\n\
             licence = { id = 'CC0-1.0', redistribute = true, attribution = 'a' }\n\
             refresh = '1h'\nexpire = '2w'\nenabled = false\nnote = 'n'\n\
             [guards]\nmin_rows = 100\nmax_rows = 50000\nshrink = 500\ngrow = 2000\nfaults = 50\n\
             coverage_v4 = 50\ncoverage_v6 = 50\nmin_prefix_v4 = 8\nmin_prefix_v6 = 19\n\
             bytes = 50000000\n",
            &[],
        );
        check(&format!("{LIST}path = 'a/b'\nas_of = 2026-08-22"), &[]);
        check(
            "title = 't'\npath = 'a'\nformat = 'json'\nkind = 'membership'\nlicence = {}\n\
             select = ['a.b[*].c', '*']\ncolumns = { network = 'ip', category = 'k' }",
            &[],
        );
    }

    #[test]
    fn ten_mistakes_are_ten_errors_with_their_lines() {
        check(
            "title = 't'\nurl = 'ftp://192.0.2.1/'\nformat = 'mrtt'\nkind = 'member'\n\
             catagory = 'vpn'\nreliability = 1200\nexpire = '7 days'\nenabled = false\n\
             widen_v6 = 129\nlicence = { id = 1 }\n[guards]\nshrink = 1001\n",
            &[
                "x.toml:2: url: found `ftp://192.0.2.1/`, expected an http or https URL",
                "x.toml:3: format: found `mrtt`; did you mean `mrt`?",
                "x.toml:4: kind: found `member`; expected one of membership, assignment, asn, \
                 country",
                "x.toml:5: unknown key `catagory`; did you mean `category`?",
                "x.toml:6: reliability: found 1200, expected 0 to 1000",
                "x.toml:7: expire: found `7 days`, expected a duration such as \"90m\", \"1h\" \
                 or \"45d\"",
                "x.toml:8: enabled: false needs a `note` that says why",
                "x.toml:9: widen_v6: found 129, expected 0 to 128",
                "x.toml:10: licence.id: found 1, expected a string",
                "x.toml:12: guards.shrink: found 1001, expected 0 to 1000",
            ],
        );
    }

    #[test]
    fn what_is_missing_is_asked_for() {
        check(
            "group = 'g'",
            &[
                "x.toml:1: format: is missing",
                "x.toml:1: kind: is missing",
                "x.toml:1: licence: is missing",
                "x.toml:1: title: is missing",
                "x.toml:1: url: is missing; a feed has a `url` or a `path`",
            ],
        );
        check(
            &format!(
                "{LIST}url = 'http://a/${{1}}'\npath = 'a'\npattern = 'x'\nas_of = '2026-08-22'"
            ),
            &[
                "x.toml:6: url: found `http://a/${1}`, expected a name as in ${IPINFO_TOKEN}",
                "x.toml:7: path: `url` is there too; a feed has one of them",
                "x.toml:8: pattern: goes with format pattern, not list",
                "x.toml:9: as_of: goes with `path`; a feed with a `url` is of the day it was fetched",
            ],
        );
    }

    #[test]
    fn what_a_kind_needs_is_asked_for() {
        let start = "title = 't'\npath = 'a'\nlicence = {}\n";
        for (rest, expected) in [
            (
                "format = 'list'\nkind = 'membership'",
                "category: is missing, and no column gives it (columns.category)",
            ),
            (
                "format = 'list'\nkind = 'asn'",
                "category: is missing; kind `asn` needs it, or `attributes`",
            ),
            (
                "format = 'rir'\nkind = 'assignment'\ncategory = 'vpn'",
                "category: goes with kind membership, asn or country, not assignment",
            ),
            (
                "format = 'list'\nkind = 'assignment'",
                "attributes: is missing; kind `assignment` says what it assigns",
            ),
            (
                "format = 'mrt'\nkind = 'asn'\ncategory = 'vpn'",
                "kind: `asn` does not go with format `mrt`, of networks",
            ),
            (
                "format = 'onionoo'\nkind = 'membership'\ncategory = 'tor_exit'",
                "category: does not go with format onionoo: relays say it; `values.category` can drop one",
            ),
            (
                "format = 'mmdb'\nkind = 'membership'\ncategory = 'vpn'\ncolumns = { network = 'a' }",
                "columns: `network`: in format `mmdb` the tree says it",
            ),
            (
                "format = 'rpsl'\nkind = 'membership'\ncategory = 'vpn'",
                "columns: kind `membership` in format `rpsl` needs `network`, or `first`",
            ),
            (
                "format = 'csv'\nkind = 'country'\ncategory = 'sanctioned'",
                "columns: kind `country` in format `csv` needs `country`",
            ),
            (
                "format = 'list'\nkind = 'country'\ncategory = 'sanctioned'\nheader = true",
                "header: goes with format csv, tsv, not list",
            ),
            (
                "format = 'rir'\nkind = 'assignment'\nselect = 'a'",
                "select: goes with format json, ndjson, toml, not rir",
            ),
            (
                "format = 'json'\nkind = 'asn'\ncategory = 'vpn'\nselect = 'a['",
                "select: found `a[`, expected a path such as a.b[*].c, with * for any key",
            ),
            (
                "format = 'rir'\nkind = 'assignment'\n[guards]\nmin_rows = 3\nmax_rows = 2",
                "guards.max_rows: found 2, which is less than min_rows, 3",
            ),
        ] {
            let error = read(&format!("{start}{rest}")).expect_err("a fault");
            assert_eq!(error.split_once(": ").map(|(_, message)| message), Some(expected));
        }
    }

    fn keys(schema: &Value, pointer: &str) -> BTreeSet<String> {
        let object = schema.pointer(pointer).and_then(Value::as_object).expect(pointer);
        object.keys().cloned().collect()
    }

    fn words(schema: &Value, pointer: &str) -> Vec<String> {
        let array = schema.pointer(pointer).and_then(Value::as_array).expect(pointer);
        array.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    #[test]
    fn the_published_schema_knows_the_same_keys_and_words() {
        let schema = include_str!("../../schemas/feed.schema.json");
        let schema: Value = serde_json::from_str(schema).expect("JSON");
        let set = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(keys(&schema, "/properties"), set(KEYS));
        assert_eq!(keys(&schema, "/properties/licence/properties"), set(LICENCE_KEYS));
        assert_eq!(keys(&schema, "/properties/guards/properties"), set(GUARD_KEYS));
        let columns: Vec<_> = Column::ALL.iter().map(|column| column.name()).collect();
        assert_eq!(keys(&schema, "/properties/columns/properties"), set(&columns));
        assert_eq!(keys(&schema, "/properties/values/properties"), set(&columns));
        assert_eq!(words(&schema, "/$defs/column/enum"), columns);
        let categories: Vec<_> = Category::ALL.iter().map(|category| category.name()).collect();
        assert_eq!(words(&schema, "/$defs/category/enum"), categories);
        let formats: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
        assert_eq!(words(&schema, "/properties/format/enum"), formats);
        let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(words(&schema, "/properties/kind/enum"), kinds);
    }

    /// Lines with the right keys and values that are right, wrong or broken.
    fn lines() -> impl Strategy<Value = String> {
        let value = prop::sample::select(vec![
            "1",
            "-1",
            "'vpn'",
            "'csv'",
            "'asn'",
            "true",
            "[]",
            "['*1', 2]",
            "{ a = 1 }",
            "'",
            "2026-08-22",
            "{ network = 1, asn = [] }",
            "99999999999999999999999999999999999999999",
            "'9w'",
            "1.5",
        ]);
        let line = (prop::sample::select(KEYS), value)
            .prop_map(|(key, value)| format!("{key} = {value}\n"));
        prop::collection::vec(line, 0..12).prop_map(|lines| lines.concat())
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = read(&text);
        }

        #[test]
        fn no_definition_panics(text in lines()) {
            let _ = read(&text);
        }
    }
}
