//! libmaxminddb through `mmdblookup`: its typed text, read back into JSON.
//!
//! ```text
//! {
//!   "asn":
//!     64496 <uint32>
//!   "names":
//!     [
//!       "a" <utf8_string>
//!     ]
//! }
//! ```
//!
//! Strings come as they are, unescaped: a quote or a line end inside one is
//! told from the end by what follows the end, ` <utf8_string>` and a new line.

use std::net::IpAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use ipnet::IpNet;
use serde_json::{Map, Number, Value};

use crate::readers::Answer;

/// It takes one address a process: more than these are a test's mistake.
const MAX_ADDRESSES: usize = 1_000;

/// `mmdblookup` ends like this when the file holds nothing for the address.
const NOT_FOUND: i32 = 6;

/// Asks about every address, in order.
pub(super) fn ask(database: &Path, addresses: &[IpAddr]) -> Result<Vec<Answer>, String> {
    assert!(addresses.len() <= MAX_ADDRESSES, "{} addresses, a process each", addresses.len());
    addresses.iter().map(|&address| ask_one(database, address)).collect()
}

fn ask_one(database: &Path, address: IpAddr) -> Result<Answer, String> {
    let output = Command::new("mmdblookup")
        .arg("--verbose")
        .arg("--file")
        .arg(database)
        .args(["--ip", &address.to_string()])
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| {
            panic!("cannot start mmdblookup: {error}; run `cargo xtask setup`")
        });
    if !output.status.success() && output.status.code() != Some(NOT_FOUND) {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let text = String::from_utf8(output.stdout).expect("strings are UTF-8, so is the output");
    // Metadata first, then the length, then the record.
    let (metadata, rest) =
        text.split_once("Record prefix length: ").expect("--verbose tells the length");
    let (length, record) = rest.split_once('\n').expect("the length ends its line");
    let mut length: u8 = length.trim().parse().expect("a length is a number");
    if address.is_ipv4() && metadata.contains("IPv6\n") {
        // Counted from the root; a gap wider than IPv4 is cut to it.
        length = length.saturating_sub(96);
    }
    let record = if output.status.success() { parse(record) } else { Value::Null };
    let network = IpNet::new(address, length).expect("no length exceeds its family's").trunc();
    Ok(Answer { address, network, record, model: Value::Null })
}

/// Reads one value and nothing after it.
#[track_caller]
fn parse(text: &str) -> Value {
    let mut parser = Parser { rest: text };
    let value = parser.value();
    assert_eq!(parser.rest.trim(), "", "after the value");
    value
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn value(&mut self) -> Value {
        self.rest = self.rest.trim_start();
        if self.takes("{") {
            return self.map();
        }
        if self.takes("[") {
            return self.array();
        }
        if self.takes("\"") {
            return Value::String(self.until("\" <utf8_string>\n").to_owned());
        }
        let text = self.until(" <");
        match self.until(">\n") {
            "bytes" => Value::String(text.to_ascii_lowercase()),
            "boolean" => Value::Bool(text == "true"),
            "double" | "float" => {
                let number = text.parse().ok().and_then(Number::from_f64);
                Value::Number(number.unwrap_or_else(|| panic!("`{text}` is no finite number")))
            }
            "uint128" => {
                let digits = text.trim_start_matches("0x");
                integer(u128::from_str_radix(digits, 16).expect("a uint128 is hex"))
            }
            "int32" => Value::from(text.parse::<i32>().expect("an int32 is decimal")),
            "uint16" | "uint32" | "uint64" => {
                integer(text.parse().expect("an unsigned integer is decimal"))
            }
            other => panic!("`{text}` has the unknown type `{other}`"),
        }
    }

    fn map(&mut self) -> Value {
        let mut map = Map::new();
        loop {
            self.rest = self.rest.trim_start();
            if self.takes("}") {
                return Value::Object(map);
            }
            assert!(self.takes("\""), "a key, not {:?}", self.rest);
            let key = self.until("\": \n").to_owned();
            map.insert(key, self.value());
        }
    }

    fn array(&mut self) -> Value {
        let mut array = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            if self.takes("]") {
                return Value::Array(array);
            }
            array.push(self.value());
        }
    }

    /// Steps over a text if it comes next.
    fn takes(&mut self, text: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(text) else {
            return false;
        };
        self.rest = rest;
        true
    }

    /// Steps over a text and returns what lies before it.
    #[track_caller]
    fn until(&mut self, text: &str) -> &'a str {
        let (before, rest) = self
            .rest
            .split_once(text)
            .unwrap_or_else(|| panic!("no {text:?} in what mmdblookup wrote: {:?}", self.rest));
        self.rest = rest;
        before
    }
}

/// JSON cannot be trusted with integers above 2^53 - 1 (RFC 8259 §6).
fn integer(value: u128) -> Value {
    match u64::try_from(value) {
        Ok(value) if value < 1 << 53 => Value::from(value),
        _ => Value::String(value.to_string()),
    }
}
