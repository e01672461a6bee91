//! The server: what it promises to clients, to operators, and to itself under abuse.
//!
//! ```text
//! ask, server ── a client that says what it is told to; the real binary, and what it says
//!   conditional, ranges, forms, swap, update, keys ── requests, one by one
//!   feeds ── what became of the feeds
//!   diff, history ── what changed, and what each release says of an address
//!   questions, addresses, badge, batch, batch_streams, own, codes ── what is asked of addresses
//!   page ─── the files of the page for people
//!   openapi, schemathesis ── whether all of it is as the document says
//!   abuse, streams, listeners, tls, shutdown, log, settings ── connections and operators
//!   inside ── what takes a route that no release has
//! running ────── the binary with a store that gets a release a night
//!   clients ────── curl, wget, aria2: conditions, and resuming across releases
//!   geoipupdate ── MaxMind's own client, before and after its protocol changed
//!   elastic ────── the list that Elasticsearch's downloader follows
//!   provenance ─── sha256sum and minisign
//!   pulled ─────── `ipmint pull`, and zstd on a delta that came over HTTP
//!   redbot ─────── every URL under REDbot
//!   network ────── prefixes, ranges and AS
//!   seeds ──────── the answers that `docs/seeds.md` prints
//! ```

mod abuse;
mod addresses;
mod ask;
mod badge;
mod batch;
mod batch_streams;
mod clients;
mod codes;
mod conditional;
mod diff;
mod elastic;
mod feeds;
mod forms;
mod geoipupdate;
mod history;
mod inside;
mod keys;
mod keys_of_questions;
mod listeners;
mod log;
mod map;
mod network;
mod openapi;
mod own;
mod page;
mod past;
mod provenance;
mod pulled;
pub(crate) mod questions;
mod ranges;
mod redbot;
pub(crate) mod running;
mod schemathesis;
mod seeds;
mod server;
mod settings;
mod shutdown;
mod streams;
mod swap;
mod tls;
mod update;
