//! The list that Elasticsearch's `GeoIpDownloader` is pointed at with `ingest.geoip.downloader.endpoint`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::serve::running::{Running, client, ended};
use crate::support::Project;

/// What its `httpClient` asks the endpoint with.
const ENDPOINT: &str = "/v1/database";

/// Resolves the URL of an entry as `GeoIpDownloader.processDatabase` does (8.x): one that is not
/// absolute replaces what follows the last slash of the endpoint.
fn resolve(endpoint: &str, url: &str) -> String {
    if url.starts_with("http") {
        return url.to_owned();
    }
    let folder = endpoint.rsplit_once('/').expect("a path").0;
    format!("{folder}/{url}")
}

#[test]
fn every_entry_of_the_list_leads_to_one_database() {
    let project = Project::with_sample();
    project.write("serve.toml", "[aliases]\nGeoLite2-ASN = \"asn\"\n");
    let server = Running::start(&project, &["--config", "serve.toml"]);
    let list = server.get(&format!("{ENDPOINT}?elastic_geoip_service_tos=agree"), &[]).json();
    let list = list.as_array().expect("an array");
    let names: Vec<&str> = list.iter().map(|entry| text(entry, "name")).collect();
    for edition in ["asn.tgz", "city.tgz", "GeoLite2-ASN.tgz"] {
        assert!(names.contains(&edition), "no {edition} in {names:?}");
    }
    let folder = project.path("elastic");
    fs::create_dir(&folder).expect("created");
    for entry in list {
        follow(&server, entry, &folder);
    }
}

/// Downloads an entry, checks its MD5 and unpacks it as `DatabaseNodeService` does.
#[track_caller]
fn follow(server: &Running, entry: &Value, folder: &Path) {
    let name = text(entry, "name");
    let edition = name.strip_suffix(".tgz").unwrap_or_else(|| panic!("{name}"));
    let url = resolve(&server.at(ENDPOINT), text(entry, "url"));
    let mut curl = client("curl");
    curl.args(["-s", "-S", "-f", "-o", name, &url]).current_dir(folder);
    ended(&mut curl).expect_code(0);

    let found = ended(client("md5sum").arg(name).current_dir(folder)).expect_code(0).stdout;
    let expected = text(entry, "md5_hash");
    assert_eq!(found.split(' ').next(), Some(expected), "{name} from {url}");

    let files = ended(client("tar").args(["-tzf", name]).current_dir(folder)).expect_code(0).stdout;
    let databases: Vec<&str> = files
        .lines()
        .filter_map(|path| path.rsplit('/').next())
        .filter(|file| Path::new(file).extension().is_some_and(|kind| kind == "mmdb"))
        .collect();
    // The file is taken whose name starts with that of the database.
    assert_eq!(databases, [format!("{edition}.mmdb")], "{name}: {files}");
}

#[track_caller]
fn text<'a>(entry: &'a Value, field: &str) -> &'a str {
    entry[field].as_str().unwrap_or_else(|| panic!("no {field} in {entry}"))
}
