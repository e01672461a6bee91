//! From a path to a file or a small answer; `router` has every route on one page, `site` is all of it.
//!
//! - `admission`: whose request it is, before the routes that ask for keys;
//! - `asked`, `names`, `params`: a request, its path and its query, as routes see them;
//! - `download`, `delta`, `list`, `store`: the interface of our own, and the store as it lies on the disk;
//! - `update`, `elastic`: other people's clients;
//! - `account`, `health`: about a key, about the server.

mod account;
mod admission;
mod asked;
mod delta;
mod download;
mod elastic;
mod health;
mod list;
mod names;
mod openapi;
mod params;
mod router;
mod site;
mod store;
mod update;

pub use site::Site;
