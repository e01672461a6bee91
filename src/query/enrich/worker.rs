//! What the lines of one thread share: the database, and what has been rendered of it.

use std::net::IpAddr;

use crate::mmdb::{FormatError, Reader};
use crate::query::enrich::render::{Form, render};
use crate::query::enrich::{Fields, Tally};
use crate::query::kept::Kept;

/// The longest line that is looked at, in bytes without its end.
pub(super) const MAX_LINE: usize = 1 << 20;

/// Asks for one thread.
#[derive(Debug)]
pub(super) struct Worker<'e> {
    reader: &'e Reader<'e>,
    fields: &'e Fields,
    form: Form,
    kept: Kept<usize>,
    /// Of lines since it was last taken.
    pub(super) tally: Tally,
}

impl<'e> Worker<'e> {
    pub(super) fn new(reader: &'e Reader<'e>, fields: &'e Fields, form: Form) -> Self {
        Self { reader, fields, form, kept: Kept::new(), tally: Tally::default() }
    }

    /// What is added to a line with that address; nothing where nothing is known.
    pub(super) fn added(&mut self, ip: Option<IpAddr>) -> Result<&[u8], FormatError> {
        let Some(ip) = ip else { return Ok(&[]) };
        self.tally.n_with_address += 1;
        // Not every writer's tree leads from `::ffff:0:0/96` to IPv4.
        let Some(offset) = self.reader.lookup(ip.to_canonical())?.offset else { return Ok(&[]) };
        self.tally.n_known += 1;
        let Self { reader, fields, form, kept, .. } = self;
        kept.get(offset, || Ok(render(form, fields, fields.read(reader, offset)?)))
    }
}

/// A line and its end: what is before `\n` or `\r\n`, and that.
pub(super) fn split_end(line: &[u8]) -> (&[u8], &[u8]) {
    let body = line.strip_suffix(b"\n").unwrap_or(line);
    let body =
        if body.len() < line.len() { body.strip_suffix(b"\r").unwrap_or(body) } else { body };
    line.split_at(body.len())
}
