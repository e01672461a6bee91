//! The server, judged from outside: by the clients that its users have.
//!
//! ```text
//! running ──── the real binary on a port of its own, and a store that it serves
//!   clients ────── curl, wget, aria2: conditions, and resuming across releases
//!   geoipupdate ── MaxMind's own client, before and after its protocol changed
//!   elastic ────── the list that Elasticsearch's downloader follows
//!   provenance ─── sha256sum and minisign
//!   pulled ─────── `ipmint pull`, and zstd on a delta that came over HTTP
//!   redbot ─────── every URL under REDbot
//! ```

mod ask;
mod clients;
mod conditional;
mod elastic;
mod forms;
mod geoipupdate;
mod provenance;
mod pulled;
mod ranges;
mod redbot;
mod running;
mod swap;
mod update;
