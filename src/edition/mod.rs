//! Database products: what each says of a subject, as `schemas/*.toml` declare it.

mod attribution;
mod bot;
mod country;
mod memo;
mod part;
mod project;
mod schema;
mod source;
mod subject;

pub use part::{Finding, Numbers, Part};
pub use project::Projector;
pub use schema::{Edition, FULL, Unlisted};
pub use subject::{Listed, Subject};
