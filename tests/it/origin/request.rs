//! A request as it was read, and how it is read: HTTP/1.1 within limits.

use std::io::{self, BufRead, Read as _};

/// The longest request line or header line, with its line end.
const MAX_LINE: u64 = 16 << 10;

/// The most header lines.
const MAX_HEADERS: usize = 100;

/// The largest body that is skipped; nobody here has a reason to send one.
const MAX_BODY: u64 = 1 << 20;

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// `GET` or `HEAD`, or what was refused.
    pub(crate) method: String,
    /// Path and query, as sent.
    pub(crate) target: String,
    /// What `Host` said.
    pub(crate) host: String,
    /// Names in lower case, in the order they were sent.
    pub(crate) headers: Vec<(String, String)>,
    /// Counts connections from 1, over all hosts.
    pub(crate) connection: u64,
    /// The status it was answered with.
    pub(crate) status: u16,
}

impl Request {
    /// The path without a query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A header, by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the client asks to be told only of a change.
    pub(crate) fn is_conditional(&self) -> bool {
        self.header("if-none-match").is_some() || self.header("if-modified-since").is_some()
    }

    /// Whether the connection may stay open behind the answer.
    pub(super) fn keeps_alive(&self) -> bool {
        !self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }
}

/// Why there is no request.
#[derive(Debug)]
pub(super) enum NoRequest {
    /// The client is gone.
    Gone,
    /// What came is no request; to be answered with this status.
    Refused(u16),
}

impl From<io::Error> for NoRequest {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Reads the next request of a connection, and its body if it has one.
pub(super) fn read(from: &mut impl BufRead, connection: u64) -> Result<Request, NoRequest> {
    let first = line(from)?;
    let parts: Vec<&str> = first.split(' ').collect();
    let [method, target, "HTTP/1.1"] = parts[..] else { return Err(NoRequest::Refused(400)) };
    if !target.starts_with('/') {
        // Sent to a proxy (RFC 9112 §3.2.2), which this is not.
        return Err(NoRequest::Refused(400));
    }
    let mut headers = Vec::new();
    loop {
        let line = line(from)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or(NoRequest::Refused(400))?;
        if headers.len() == MAX_HEADERS {
            return Err(NoRequest::Refused(431));
        }
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let (method, target) = (method.to_owned(), target.to_owned());
    let mut request =
        Request { method, target, host: String::new(), headers, connection, status: 0 };
    // RFC 9112 §3.2: without it the answer is 400.
    request.host = request.header("host").ok_or(NoRequest::Refused(400))?.to_owned();
    if request.header("transfer-encoding").is_some() {
        return Err(NoRequest::Refused(400));
    }
    if let Some(length) = request.header("content-length") {
        let length: u64 = length.parse().map_err(|_| NoRequest::Refused(400))?;
        if length > MAX_BODY {
            return Err(NoRequest::Refused(413));
        }
        io::copy(&mut from.take(length), &mut io::sink())?;
    }
    Ok(request)
}

/// A line without its end.
fn line(from: &mut impl BufRead) -> Result<String, NoRequest> {
    let mut bytes = Vec::new();
    from.take(MAX_LINE).read_until(b'\n', &mut bytes)?;
    if bytes.is_empty() {
        return Err(NoRequest::Gone);
    }
    let line = bytes.strip_suffix(b"\r\n").ok_or(NoRequest::Refused(400))?;
    String::from_utf8(line.to_vec()).map_err(|_| NoRequest::Refused(400))
}

#[cfg(test)]
mod tests {
    use crate::origin::request::{NoRequest, read};

    #[track_caller]
    fn check(text: &str, expected: Result<&str, u16>) {
        let found = match read(&mut text.as_bytes(), 1) {
            Ok(request) => Ok(request.target),
            Err(NoRequest::Refused(status)) => Err(status),
            Err(NoRequest::Gone) => Err(0),
        };
        assert_eq!(found.as_deref().map_err(|status| *status), expected, "{text}");
    }

    #[test]
    fn what_is_no_request_is_refused() {
        check("GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n", Ok("/a?b"));
        check("", Err(0));
        check("GET / HTTP/1.1\r\n\r\n", Err(400));
        check("GET / HTTP/1.0\r\nHost: x\r\n\r\n", Err(400));
        check("GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", Err(400));
        check("GET / HTTP/1.1\r\nHost x\r\n\r\n", Err(400));
        check("GET / HTTP/1.1\nHost: x\n\n", Err(400));
        check("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n", Err(413));
        let headers = "a: b\r\n".repeat(101);
        check(&format!("GET / HTTP/1.1\r\n{headers}\r\n"), Err(431));
        check(&format!("GET /{} HTTP/1.1\r\n", "a".repeat(1 << 14)), Err(400));
    }
}
