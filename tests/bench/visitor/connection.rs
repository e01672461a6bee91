//! One connection: heads are read, bodies thrown away.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::net::{AddressFamily, RecvFlags, SocketType, bind, connect, recv, socket};

/// More than any head has.
const HEAD_BYTES: usize = 16 << 10;

/// A server that says nothing for so long is broken.
const SILENCE: Duration = Duration::from_mins(1);

/// A connection, and what came of the body together with the head before it.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    ahead: usize,
}

/// Status and length of an answer.
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) n_bytes: u64,
}

impl Connection {
    /// From one of this machine's own addresses: a server may bound how many each has.
    pub(crate) fn from(source: Ipv4Addr, host: SocketAddrV4) -> Result<Self> {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
        bind(&socket, &SocketAddrV4::new(source, 0))?;
        connect(&socket, &host).with_context(|| format!("cannot connect from {source}"))?;
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_write_timeout(Some(SILENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, ahead: 0 })
    }

    /// Sends a request and reads the head of the answer.
    pub(crate) fn ask(&mut self, request: &[u8]) -> Result<Head> {
        self.stream.write_all(request)?;
        let mut bytes = [0; HEAD_BYTES];
        let mut length = 0;
        loop {
            let n_read = self.stream.read(&mut bytes[length..])?;
            ensure!(n_read > 0, "closed after {length} bytes of a head");
            // The end may lie across two reads.
            let from = length.saturating_sub(3);
            length += n_read;
            if let Some(end) = bytes[from..length].windows(4).position(|part| part == b"\r\n\r\n") {
                let end = from + end + 4;
                self.ahead = length - end;
                return Head::parse(&bytes[..end]);
            }
            ensure!(length < HEAD_BYTES, "a head of more than {HEAD_BYTES} bytes");
        }
    }

    /// Throws away some bytes of the body, without ever having them, and returns how many came:
    /// `MSG_TRUNC` on a TCP socket (tcp(7)). `room` says how many may come.
    pub(crate) fn discard(&mut self, room: &mut [u8]) -> Result<usize> {
        if self.ahead > 0 {
            return Ok(std::mem::take(&mut self.ahead));
        }
        let (_, n_discarded) = recv(&self.stream, room, RecvFlags::TRUNC)?;
        ensure!(n_discarded > 0, "closed in the middle of a body");
        Ok(n_discarded)
    }
}

impl Head {
    fn parse(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes)?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?;
        let length = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim())
        });
        Ok(Self { status: status.parse()?, n_bytes: length.unwrap_or("0").parse()? })
    }
}
