//! A small HTTP/1.1 client over one connection: what is asked and what came, byte for byte.
//!
//! No library between, so that nothing is asked again, decoded or made up for: a server is judged by
//! what it sent.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// A server that says nothing for so long is broken.
const SILENCE: Duration = Duration::from_mins(1);

/// More than any head has lines.
const MAX_LINES: usize = 100;

/// Whether a body is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Head,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A connection that is kept.
pub(crate) struct Connection {
    host: String,
    stream: BufReader<TcpStream>,
}

impl Connection {
    /// Opens one to `host:port`.
    pub(crate) fn open(host: &str) -> Result<Self> {
        let stream = TcpStream::connect(host).with_context(|| format!("cannot reach {host}"))?;
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { host: host.to_owned(), stream: BufReader::new(stream) })
    }

    /// Asks for a path, and takes the whole answer.
    pub(crate) fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        let (answer, left) = self.ask_for(method, path, headers, usize::MAX)?;
        ensure!(left == 0, "{left} bytes did not come");
        Ok(answer)
    }

    /// The same, taking so many bytes of the body at most; returns how many were left. If any, the
    /// connection is of no more use.
    pub(crate) fn ask_for(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        limit: usize,
    ) -> Result<(Answer, usize)> {
        let name = if method == Method::Get { "GET" } else { "HEAD" };
        let mut request = format!("{name} {path} HTTP/1.1\r\nHost: {}\r\n", self.host);
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n")?;
        }
        request += "\r\n";
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut answer = self.head()?;
        if method == Method::Head || answer.status == 304 {
            return Ok((answer, 0));
        }
        ensure!(answer.header("transfer-encoding").is_none(), "a body of unknown length");
        let length = answer.header("content-length").context("no Content-Length")?;
        let length: usize = length.parse().context("Content-Length")?;
        let mut body = vec![0; length.min(limit)];
        self.stream.read_exact(&mut body).context("the body ended early")?;
        answer.body = body;
        Ok((answer, length.saturating_sub(limit)))
    }

    fn head(&mut self) -> Result<Answer> {
        let status = self.line()?;
        let status = status.split(' ').nth(1).with_context(|| format!("status line {status:?}"))?;
        let status = status.parse()?;
        let mut headers = Vec::new();
        for _ in 0..MAX_LINES {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(Answer { status, headers, body: Vec::new() });
            }
            let (name, value) = line.split_once(':').with_context(|| format!("field {line:?}"))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        bail!("a head of more than {MAX_LINES} lines")
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        ensure!(self.stream.read_line(&mut line)? > 0, "closed before an answer");
        let line = line.strip_suffix("\r\n").with_context(|| format!("line {line:?}"))?;
        Ok(line.to_owned())
    }
}

impl Answer {
    /// The value of a field.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}
