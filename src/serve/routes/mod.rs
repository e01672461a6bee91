//! From a path to a file or a small answer; `router` has every route on one page, `site` is all of it.
//!
//! - `admission`: whose request it is, before the routes that ask for keys;
//! - `asked`, `names`, `params`: a request, its path and its query, as routes see them;
//! - `address`, `batch`, `own`, `badge`, `absent`: questions about addresses, by way of a `subject`, or of `items` and
//!   their `answers`;
//! - `cidr`, `map`, `network`, `asn`: questions about networks;
//! - `openapi`: all of these described; `schemas`: what parameters may be;
//! - `diff`, `history`: what changed, between two releases and of one address;
//! - `download`, `delta`, `list`, `feeds`, `store`: the interface of our own, and the store as it lies on the disk;
//! - `update`, `elastic`: other people's clients;
//! - `page`: the page for people;
//! - `account`, `health`: about a key, about the server.

mod absent;
mod account;
mod address;
mod admission;
mod answers;
mod asked;
mod asn;
mod badge;
mod batch;
mod cidr;
mod dated;
mod delta;
mod diff;
mod download;
mod elastic;
mod feeds;
mod health;
mod history;
mod items;
mod list;
mod map;
mod names;
mod network;
mod openapi;
mod own;
mod page;
mod params;
mod router;
mod schemas;
mod site;
mod store;
mod subject;
mod update;

pub use site::Site;
