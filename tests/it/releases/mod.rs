//! Releases: what a store holds after nights, rollbacks, prunings and damages.

mod carried;
mod damage;
mod elsewhere;
mod gates;
mod history;
mod nothing_new;
mod retention;
mod rollback;
mod signed;
mod told;
mod variants;
