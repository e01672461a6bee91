//! Whose request it is, what their plan allows, and how much of it is left.
//!
//! ```text
//! headers, query ── credential ──> key ── table ──> account ┐
//!                                  plans.toml ──────> plan ─┴─ ledger ──> Grant, or Denial
//!                                                               │ window, window, window, window
//!                        keys.sqlite <── keeper, every 500 ms ──┘
//! ```
//!
//! A request touches memory only: the digest of its key is looked up, and the ledger of its account
//! is locked for as long as it takes to look at four windows and count in all of them, or in none.
//! The file of keys is the business of one thread, which writes what was counted and reads what
//! `ipmint keys` changed.
//!
//! Never here: a key as text, other than the one that was just made and the one that was just sent.

mod access;
mod account;
mod addresses;
mod credential;
mod denial;
mod error;
mod grant;
mod keeper;
mod key;
mod key_file;
mod ledger;
mod moment;
mod plan;
mod plan_file;
mod usage;
mod window;

pub use access::Access;
pub use addresses::{AddressLimits, MAX_ADDRESSES};
pub use credential::is_credential;
pub use denial::{Denial, DenialCode};
pub use error::AccessError;
pub use grant::Grant;
pub use key::{Key, KeyDigest};
pub use key_file::{AccountRecord, KeyFile, Revocation, UsageRow};
pub use moment::Moment;
pub use plan::{Group, Limits, Plan, Plans};
pub use usage::{AccountUsage, Period, Spent, Usage};
pub use window::{Span, Window};
