//! What a database says of one address.

use std::net::IpAddr;

use serde_json::json;

use crate::base::{Family, Prefix, V4, V6};
use crate::mmdb::{FormatError, Reader, Value};

/// What a database says of an address.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The address.
    pub ip: IpAddr,
    /// The largest prefix around it of which the same is said, as the database has it.
    pub network: String,
    /// What is said; `None` where nothing is known.
    pub record: Option<Value>,
}

/// Looks an address up.
///
/// # Errors
/// If the database is damaged where it was read.
pub fn lookup(reader: &Reader<'_>, ip: IpAddr) -> Result<Answer, FormatError> {
    let found = reader.lookup(ip)?;
    let record = found.offset.map(|offset| reader.decode(offset)).transpose()?;
    Ok(Answer { ip, network: network(ip, found.prefix_len), record })
}

impl Answer {
    /// `{"ip","network","record"}`.
    pub fn to_json(&self) -> serde_json::Value {
        let record = self.record.as_ref().map(Value::to_json);
        json!({ "ip": self.ip.to_string(), "network": self.network, "record": record })
    }
}

/// The prefix of that length around an address.
pub(super) fn network(ip: IpAddr, len: u8) -> String {
    fn text<F: Family>(addr: F::Addr, len: u8) -> String {
        let prefix = Prefix::<F>::masked(addr, len.min(F::BITS));
        prefix.expect("no longer than the family's bits").to_string()
    }
    match ip {
        IpAddr::V4(ip) => text::<V4>(ip.to_bits(), len),
        IpAddr::V6(ip) => text::<V6>(ip.to_bits(), len),
    }
}

#[cfg(test)]
mod tests {
    use crate::base::{Run, V4};
    use crate::mmdb::{Contents, Metadata, Pool, Reader, write};
    use crate::query::lookup;

    #[track_caller]
    fn check(ip: &str, expected: &str) {
        let mut pool = Pool::new();
        let entry = (pool.utf8("n"), pool.uint64(1 << 53));
        let record = pool.map(&[entry]);
        let run = Run::<V4> { first: 0xC000_0200, last: 0xC000_02FF, value: record.0 };
        let metadata = Metadata {
            database_type: "ipmint-test".to_owned(),
            description: "test".to_owned(),
            build_epoch: 1,
        };
        let contents = Contents { pool: &pool, v4: &[run], v6: &[] };
        let database = write(contents, &metadata).expect("small");
        let reader = Reader::open(&database.bytes).expect("sound");
        let answer = lookup(&reader, ip.parse().expect("an address")).expect("sound");
        assert_eq!(answer.to_json().to_string(), expected);
    }

    #[test]
    fn an_answer_names_the_network_and_the_record() {
        let record = r#"{"n":"9007199254740992"}"#;
        check(
            "192.0.2.7",
            &format!(r#"{{"ip":"192.0.2.7","network":"192.0.2.0/24","record":{record}}}"#),
        );
        check("192.0.3.7", r#"{"ip":"192.0.3.7","network":"192.0.3.0/24","record":null}"#);
        check("2001:db8::1", r#"{"ip":"2001:db8::1","network":"2001:800::/21","record":null}"#);
    }
}
