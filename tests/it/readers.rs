//! Other people's readers of MMDB files, asked from tests.
//!
//! Each reads one file and a list of addresses in a process of its own and
//! answers in one shape. Where a reader cannot say a value exactly,
//! [`Reader::agrees`] knows how far it can.

mod mmdblookup;

use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use ipnet::IpNet;
use serde_json::Value;

/// A reader, by the library it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// libmaxminddb, through its command; one process for each address.
    Mmdblookup,
    /// Python's `maxminddb` with its C extension.
    PythonC,
    /// Python's `maxminddb` in Python alone.
    PythonPure,
    /// A method of Python's `geoip2.database.Reader`, which checks the database's type.
    GeoIp2(&'static str),
    /// Node's `maxmind`.
    NodeMaxmind,
    /// Node's `mmdb-lib`.
    NodeMmdbLib,
}

/// What a reader said about one address.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) address: IpAddr,
    /// The network of the record, or of the gap, host bits cleared.
    pub(crate) network: IpNet,
    /// Null if there is none. Integers above 2^53 - 1 are decimal strings,
    /// bytes are lower-case hex.
    pub(crate) record: Value,
    /// What `geoip2` made of the record; null from every other reader.
    pub(crate) model: Value,
}

impl Reader {
    /// The readers that open any type of database.
    pub(crate) const ALL: [Self; 5] =
        [Self::Mmdblookup, Self::PythonC, Self::PythonPure, Self::NodeMaxmind, Self::NodeMmdbLib];

    /// Asks about every address, in order.
    ///
    /// Fails with the reader's own words if it does not accept the file.
    pub(crate) fn ask(self, database: &Path, addresses: &[IpAddr]) -> Result<Vec<Answer>, String> {
        let python = root().join(".tools/venv/bin/python");
        let script = |name: &str| root().join("tests/it/readers").join(name);
        let mut command = match self {
            Self::Mmdblookup => return mmdblookup::ask(database, addresses),
            Self::PythonC | Self::PythonPure | Self::GeoIp2(_) => Command::new(python),
            Self::NodeMaxmind | Self::NodeMmdbLib => Command::new("node"),
        };
        match self {
            Self::Mmdblookup => {}
            Self::PythonC => drop(command.arg(script("readers.py")).arg("c").arg(database)),
            Self::PythonPure => drop(command.arg(script("readers.py")).arg("python").arg(database)),
            Self::GeoIp2(method) => {
                command.arg(script("readers.py")).arg("geoip2").arg(database).arg(method);
            }
            Self::NodeMaxmind => {
                command.arg(script("readers.mjs")).arg("maxmind").arg(database);
            }
            Self::NodeMmdbLib => {
                command.arg(script("readers.mjs")).arg("mmdb-lib").arg(database);
            }
        }
        answers(&run(command, addresses)?, addresses)
    }

    /// Whether a record is the expected one, as far as this reader can tell.
    ///
    /// `mmdblookup` prints six decimals of a double; JavaScript does not tell
    /// 1.0 from 1. The order of a map's keys is nobody's promise.
    pub(crate) fn agrees(self, expected: &Value, seen: &Value) -> bool {
        match (expected, seen) {
            (Value::Array(expected), Value::Array(seen)) => {
                expected.len() == seen.len()
                    && expected.iter().zip(seen).all(|(expected, seen)| self.agrees(expected, seen))
            }
            (Value::Object(expected), Value::Object(seen)) => {
                expected.len() == seen.len()
                    && expected.iter().all(|(key, expected)| {
                        seen.get(key).is_some_and(|seen| self.agrees(expected, seen))
                    })
            }
            (Value::Number(expected), Value::Number(seen)) if expected.is_f64() => {
                let (Some(expected), Some(seen)) = (expected.as_f64(), seen.as_f64()) else {
                    return false;
                };
                match self {
                    Self::Mmdblookup => (expected - seen).abs() <= 5e-7,
                    _ => expected.to_bits() == seen.to_bits(),
                }
            }
            _ => expected == seen,
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a reader with one address a line to read; returns what it wrote.
fn run(mut command: Command, addresses: &[IpAddr]) -> Result<String, String> {
    let program = PathBuf::from(command.get_program());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("cannot start {}: {error}; run `cargo xtask setup`", program.display())
        });
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let lines: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
    let output = thread::scope(|scope| {
        // A reader that stops early says why on stderr; that it hung up is no news.
        scope.spawn(move || drop(stdin.write_all(lines.join("\n").as_bytes())));
        child.wait_with_output().expect("a child can be waited for")
    });
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !["No module named", "Cannot find module", "ERR_MODULE_NOT_FOUND"]
            .iter()
            .any(|missing| told.contains(missing)),
        "a reader is missing; run `cargo xtask setup`\n{told}"
    );
    if !output.status.success() {
        return Err(told);
    }
    Ok(String::from_utf8(output.stdout).expect("readers write UTF-8"))
}

/// Reads one JSON object a line, in the order of the addresses.
fn answers(lines: &str, addresses: &[IpAddr]) -> Result<Vec<Answer>, String> {
    assert_eq!(lines.lines().count(), addresses.len(), "an answer for each address:\n{lines}");
    let answers = lines.lines().zip(addresses).map(|(line, &address)| {
        let mut answer: Value = serde_json::from_str(line).expect("readers write JSON");
        assert_eq!(answer["ip"], address.to_string(), "answers come in order");
        if let Some(error) = answer["error"].as_str() {
            return Err(format!("{address}: {error}"));
        }
        let network = answer["network"].as_str().expect("an answer names its network");
        let network: IpNet = network.parse().expect("a network is CIDR");
        Ok(Answer {
            address,
            network: network.trunc(),
            record: answer["record"].take(),
            model: answer["model"].take(),
        })
    });
    answers.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::net::IpAddr;

    use ipnet::IpNet;
    use mmdb_writer::{Value as MmdbValue, Writer};
    use serde_json::{Value, json};
    use tempfile::TempDir;

    use crate::readers::Reader;

    /// Writes a small database that holds every type of value.
    fn database(database_type: &str) -> (TempDir, Value) {
        let mut writer = Writer::new(database_type);
        let every_type = MmdbValue::map([
            ("array", MmdbValue::array(["", "a \"b\"", "c\n  d", "ß <utf8_string>"])),
            ("boolean", MmdbValue::Bool(true)),
            ("bytes", MmdbValue::Bytes(vec![0, 0xab, 0xff])),
            ("double", MmdbValue::Double(-52.379_189)),
            ("empty array", MmdbValue::Array(Vec::new())),
            ("empty map", MmdbValue::map(Vec::<(String, MmdbValue)>::new())),
            ("float", MmdbValue::Float(1.5)),
            ("int32", MmdbValue::I32(-5)),
            ("map", MmdbValue::map([("a: \"b\"", MmdbValue::array([MmdbValue::U16(1)]))])),
            ("string", MmdbValue::from("Example, Inc. {")),
            ("uint128", MmdbValue::U128(u128::MAX)),
            ("uint16", MmdbValue::U16(65_535)),
            ("uint32", MmdbValue::U32(u32::MAX)),
            ("uint64", MmdbValue::U64(u64::MAX)),
            ("whole double", MmdbValue::Double(2.0)),
        ]);
        let expected = json!({
            "array": ["", "a \"b\"", "c\n  d", "ß <utf8_string>"],
            "boolean": true,
            "bytes": "00abff",
            "double": -52.379_189,
            "empty array": [],
            "empty map": {},
            "float": 1.5,
            "int32": -5,
            "map": { "a: \"b\"": [1] },
            "string": "Example, Inc. {",
            "uint128": u128::MAX.to_string(),
            "uint16": 65_535,
            "uint32": u32::MAX,
            "uint64": u64::MAX.to_string(),
            "whole double": 2.0,
        });
        let network = |text: &str| text.parse::<IpNet>().unwrap();
        writer.insert_value(network("192.0.2.0/24"), every_type.clone()).unwrap();
        writer.insert_value(network("2001:db8::/32"), every_type).unwrap();
        let flags = MmdbValue::map([("is_anonymous", true), ("is_anonymous_vpn", true)]);
        writer.insert_value(network("198.51.100.0/25"), flags).unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.mmdb"), writer.to_bytes().unwrap()).unwrap();
        (dir, expected)
    }

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn every_reader_tells_every_type_of_value() {
        let (dir, expected) = database("Test");
        let addresses = addresses(&["192.0.2.9", "2001:db8::1", "203.0.113.0"]);
        for reader in Reader::ALL {
            let answers = reader.ask(&dir.path().join("a.mmdb"), &addresses).unwrap();
            for (answer, network) in answers.iter().zip(["192.0.2.0/24", "2001:db8::/32"]) {
                assert_eq!(answer.network.to_string(), network, "{reader:?}");
                assert!(
                    reader.agrees(&expected, &answer.record),
                    "{reader:?}: {:#}",
                    answer.record
                );
            }
            assert_eq!(answers.len(), 3);
            assert_eq!(answers[2].record, Value::Null, "{reader:?}");
            assert!(answers[2].network.contains(&addresses[2]), "{reader:?}");
        }
    }

    #[test]
    fn geoip2_checks_the_type_of_the_database() {
        let (dir, _) = database("GeoIP2-Anonymous-IP");
        let file = dir.path().join("a.mmdb");
        let addresses = addresses(&["198.51.100.1", "203.0.113.0"]);
        let answers = Reader::GeoIp2("anonymous_ip").ask(&file, &addresses).unwrap();
        assert_eq!(answers[0].network.to_string(), "198.51.100.0/25");
        assert_eq!(answers[0].record, json!({ "is_anonymous": true, "is_anonymous_vpn": true }));
        assert_eq!(answers[0].model["is_anonymous_vpn"], true);
        assert_eq!(answers[1].record, Value::Null);
        let refusal = Reader::GeoIp2("city").ask(&file, &addresses).unwrap_err();
        assert!(refusal.contains("GeoIP2-Anonymous-IP"), "{refusal}");
    }

    #[test]
    fn a_file_that_is_no_database_is_refused_by_every_reader() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.mmdb");
        fs::write(&file, "no database").unwrap();
        for reader in Reader::ALL {
            assert!(reader.ask(&file, &addresses(&["192.0.2.1"])).is_err(), "{reader:?}");
        }
    }

    #[test]
    fn agreement_is_as_exact_as_the_reader() {
        let [whole, third] = [json!([2.0]), json!({ "a": 0.333_333_333_3 })];
        assert!(Reader::NodeMaxmind.agrees(&whole, &json!([2])));
        assert!(Reader::Mmdblookup.agrees(&third, &json!({ "a": 0.333_333 })));
        assert!(!Reader::PythonC.agrees(&third, &json!({ "a": 0.333_333 })));
        assert!(!Reader::PythonC.agrees(&json!([1]), &json!([1, 2])));
        assert!(!Reader::PythonC.agrees(&json!(0), &json!(false)));
    }
}
