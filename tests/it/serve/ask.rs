//! A client that says what it is told to, byte for byte, and reads one answer.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Nobody waits longer for an answer; a test that hangs fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Asks with more header lines, and reads until the server closes.
#[track_caller]
pub(crate) fn ask(address: SocketAddr, method: &str, target: &str, lines: &[&str]) -> Reply {
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\n");
    for line in lines {
        request += line;
        request += "\r\n";
    }
    request += "Connection: close\r\n\r\n";
    Reply::parse(&exchange(address, request.as_bytes()), method == "HEAD")
}

/// GET.
#[track_caller]
pub(crate) fn get(address: SocketAddr, target: &str, lines: &[&str]) -> Reply {
    ask(address, "GET", target, lines)
}

/// Sends bytes and reads what comes until the server closes.
#[track_caller]
pub(crate) fn exchange(address: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("not zero");
    stream.write_all(request).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer in time");
    answer
}

/// Puts the chunks of a body together (RFC 9112 §7.1); the last one must be there.
#[track_caller]
pub(crate) fn unchunked(mut chunked: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = chunked.windows(2).position(|window| window == b"\r\n").expect("a whole line");
        let size = std::str::from_utf8(&chunked[..line]).expect("hex digits");
        let size = usize::from_str_radix(size, 16).expect("hex digits");
        body.extend_from_slice(&chunked[line + 2..line + 2 + size]);
        let rest = chunked[line + 2 + size..].strip_prefix(b"\r\n").expect("the chunk's end");
        if size == 0 {
            assert!(rest.is_empty(), "more after the last chunk");
            return body;
        }
        chunked = rest;
    }
}

impl Reply {
    /// Reads an answer, which must be exactly as long as it says.
    #[track_caller]
    pub(crate) fn parse(bytes: &[u8], is_head: bool) -> Self {
        let head_end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let head_end = head_end.expect("a whole head");
        let head = std::str::from_utf8(&bytes[..head_end]).expect("text");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").expect("name: value");
            (name.to_ascii_lowercase(), value.to_owned())
        };
        let mut reply = Self {
            status: status.parse().expect("a number"),
            headers: lines.map(header).collect(),
            body: bytes[head_end + 4..].to_vec(),
        };
        if is_head || reply.status == 304 || reply.status == 204 {
            assert!(reply.body.is_empty(), "{reply:?}");
        } else if reply.header("transfer-encoding") == Some("chunked") {
            reply.body = unchunked(&reply.body);
        } else {
            let length = reply.header("content-length").expect("a length");
            assert_eq!(length, reply.body.len().to_string(), "{:?}", reply.headers);
        }
        reply
    }

    /// The value of a header; it may come once.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(other, _)| other == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} twice: {:?}", self.headers);
        value
    }

    /// Fails the test unless the status is this.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(300)]);
        assert_eq!(self.status, status, "{:?}\n{text}", self.headers);
        self
    }

    /// Fails the test unless a header has this value.
    #[track_caller]
    pub(crate) fn expect_header(self, name: &str, value: &str) -> Self {
        assert_eq!(self.header(name), Some(value), "{name}: {:?}", self.headers);
        self
    }

    /// Fails the test unless it is an error with this code that says what to do.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, code: &str) -> Self {
        let reply = self.expect(status).expect_header("content-type", "application/json");
        let object = reply.json();
        assert_eq!(object["error"], code, "{object}");
        assert_eq!(object["status"], status, "{object}");
        assert!(object["message"].as_str().is_some_and(|message| !message.is_empty()), "{object}");
        reply
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}
