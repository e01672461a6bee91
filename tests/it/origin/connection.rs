//! One connection: requests in, responses out, with everything that goes wrong on purpose.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::origin::answer::{Answer, Fate, Framing};
use crate::origin::request::{self, NoRequest};
use crate::origin::response::{Response, respond};
use crate::origin::state::Shared;

/// How many bytes are written at once where no script says.
const PIECE: usize = 64 << 10;

/// How often a stalled connection looks whether it may end, where the client talks meanwhile.
const LOOK: Duration = Duration::from_millis(20);

/// Takes the connections of a host until it ends.
pub(super) fn accept(listener: &TcpListener, host: u8, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        let n_open = stream.local_addr().ok().and_then(n_established);
        let mut state = shared.lock();
        let Some(connection) = state.open(host, &stream, n_open) else { return };
        let handler = {
            let shared = Arc::clone(shared);
            thread::spawn(move || {
                // An error is a client that went away, or the script's own cut.
                let _ = serve(&stream, connection, &shared);
                shared.lock().close(connection);
            })
        };
        state.handlers.push(handler);
    }
}

/// How many connections the system has open to an address; `None` where it does not tell.
///
/// Our handlers see the end of a connection late, the system sees it at once. But its table is long while other
/// tests have thousands open, and a connection may end, and the next begin, while it is read: what is open
/// stands in two readings.
fn n_established(local: SocketAddr) -> Option<usize> {
    match established(local)? {
        n_open @ ..=1 => Some(n_open),
        n_open => Some(established(local)?.min(n_open)),
    }
}

fn established(local: SocketAddr) -> Option<usize> {
    let SocketAddr::V4(local) = local else { return None };
    let ip: Ipv4Addr = *local.ip();
    let ours = format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), local.port());
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    // Columns: number, local address, remote address, state; 01 is TCP_ESTABLISHED. A table that
    // changes while it is read may name a connection twice.
    let client = |line| {
        let mut columns = str::split_whitespace(line).skip(1);
        let (local, remote, state) = (columns.next()?, columns.next()?, columns.next()?);
        (local == ours && state == "01").then_some(remote)
    };
    let clients: BTreeSet<&str> = table.lines().filter_map(client).collect();
    Some(clients.len())
}

/// Answers requests until either side has enough.
fn serve(stream: &TcpStream, connection: u64, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut request = match request::read(&mut reader, connection) {
            Ok(request) => request,
            Err(NoRequest::Gone) => return Ok(()),
            Err(NoRequest::Refused(status)) => return refuse(stream, status),
        };
        let is_head = request.method == "HEAD";
        if !is_head && request.method != "GET" {
            return refuse(stream, 405);
        }
        let mut state = shared.lock();
        let answer = state.answer(&request.target);
        let response = respond(&answer, &request);
        request.status = response.status;
        let keeps_alive = request.keeps_alive();
        state.requests.push(request);
        drop(state);
        Wire { stream, shared }.send(&answer, &response, is_head)?;
        if !keeps_alive || matches!(response.framing, Framing::Claimed(_) | Framing::Close) {
            return Ok(());
        }
    }
}

fn refuse(mut stream: &TcpStream, status: u16) -> io::Result<()> {
    write!(stream, "HTTP/1.1 {status} \r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// The way out.
struct Wire<'a> {
    stream: &'a TcpStream,
    shared: &'a Shared,
}

impl Wire<'_> {
    /// Sends a response; an error ends the connection.
    fn send(&mut self, answer: &Answer, response: &Response, is_head: bool) -> io::Result<()> {
        match answer.fate {
            Fate::HangUp => return Err(cut()),
            Fate::Silence => return Err(self.stall()),
            _ => {}
        }
        self.stream.write_all(head(response).as_bytes())?;
        let has_body = !is_head && ![204, 304].contains(&response.status);
        if has_body { self.send_body(answer, response) } else { Ok(()) }
    }

    fn send_body(&mut self, answer: &Answer, response: &Response) -> io::Result<()> {
        let body = &response.body[response.part.clone()];
        let end = match answer.fate {
            Fate::StallAfter(n_bytes) | Fate::CutAfter(n_bytes) => n_bytes.min(body.len()),
            _ => body.len(),
        };
        let (n_bytes, pause) = answer.drip.unwrap_or((PIECE, Duration::ZERO));
        let is_chunked = response.framing == Framing::Chunked;
        for piece in body[..end].chunks(n_bytes) {
            if !pause.is_zero() && !self.shared.pause(pause) {
                return Err(cut());
            }
            if is_chunked {
                write!(self.stream, "{:x}\r\n", piece.len())?;
            }
            self.stream.write_all(piece)?;
            if is_chunked {
                self.stream.write_all(b"\r\n")?;
            }
            self.shared.served(piece.len());
        }
        match answer.fate {
            Fate::StallAfter(_) => return Err(self.stall()),
            Fate::CutAfter(_) => return Err(cut()),
            _ => {}
        }
        if is_chunked {
            self.stream.write_all(b"0\r\n\r\n")?;
        }
        Ok(())
    }

    /// Says nothing until the client or the origin ends.
    fn stall(&self) -> io::Error {
        while let Ok(1) = self.stream.peek(&mut [0]) {
            // It said something more instead of hanging up.
            if !self.shared.pause(LOOK) {
                break;
            }
        }
        cut()
    }
}

/// Status line and headers.
fn head(response: &Response) -> String {
    let mut text = format!("HTTP/1.1 {} \r\n", response.status);
    let mut add = |name: &str, value: &str| text.extend([name, ": ", value, "\r\n"]);
    for (name, value) in &response.headers {
        add(name, value);
    }
    // RFC 9110 §8.6: no length of what a 304 has not.
    if ![204, 304].contains(&response.status) {
        match response.framing {
            Framing::Length => add("Content-Length", &response.part.len().to_string()),
            Framing::Claimed(length) => add("Content-Length", &length.to_string()),
            Framing::Chunked => add("Transfer-Encoding", "chunked"),
            Framing::Close => add("Connection", "close"),
        }
    }
    text.push_str("\r\n");
    text
}

fn cut() -> io::Error {
    io::Error::other("the script ends the connection here")
}
