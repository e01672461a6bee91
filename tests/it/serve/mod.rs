//! The server: what it promises to clients, to operators, and to itself under abuse.

mod abuse;
mod inside;
mod listeners;
mod log;
mod server;
mod settings;
mod shutdown;
mod streams;
mod tls;
