//! Limits for those who need no key: by the address that asks.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;

use crate::serve::access::account::locked;
use crate::serve::access::ledger::{Limited, Refused};
use crate::serve::access::{Denial, Moment, Span, Window};

/// How many addresses are remembered: a few megabytes. Past that the one that asked
/// longest ago is forgotten; after two minutes there is nothing left to remember of it.
pub const MAX_ADDRESSES: usize = 65_536;

/// A limit a minute for each address; for IPv6, for each /64, of which a client has all.
#[derive(Debug)]
pub struct AddressLimits {
    per_minute: u64,
    n_max: usize,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    windows: HashMap<IpAddr, (Window, u64)>, // with its turn in `order`
    order: BTreeMap<u64, IpAddr>,            // by turn: the longest ago first
    n_turns: u64,
}

impl AddressLimits {
    /// None are remembered yet.
    pub fn new(per_minute: u64) -> Self {
        Self { per_minute, n_max: MAX_ADDRESSES, seen: Mutex::default() }
    }

    /// Counts a request of an address.
    ///
    /// # Errors
    /// If that is more than a minute allows; then it is not counted.
    pub fn admit(&self, address: IpAddr, now: Moment) -> Result<(), Denial> {
        let client = client(address);
        let mut seen = locked(&self.seen);
        let known = seen.windows.get(&client).copied();
        let (mut window, turn) = known.unwrap_or((Window::new(Span::Minute.millis()), u64::MAX));
        let fits = window.fits_at(self.per_minute, 1, now);
        let is_let_in = fits.is_some_and(|at| at <= now);
        if is_let_in {
            window.add(1, now);
        }
        // Who is refused stays known too, or they would be let in again for being forgotten.
        seen.order.remove(&turn);
        let is_full = known.is_none() && seen.windows.len() >= self.n_max;
        if is_full && let Some((_, oldest)) = seen.order.pop_first() {
            seen.windows.remove(&oldest);
        }
        let turn = seen.n_turns;
        seen.n_turns += 1;
        seen.order.insert(turn, client);
        seen.windows.insert(client, (window, turn));
        if is_let_in {
            return Ok(());
        }
        let wait = fits.map_or(60, |at| now.seconds_until(at));
        let what = Limited::Requests(Span::Minute);
        Err(Denial::limited(Refused { what, allowed: self.per_minute, wait }))
    }
}

/// Whom an address stands for.
fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).into(),
        IpAddr::V4(v4) => v4.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use crate::serve::access::{AddressLimits, DenialCode, Moment};

    const NOW: Moment = Moment(1_795_323_600_000);

    /// Of these addresses in turn, which are let in.
    #[track_caller]
    fn check(limits: &AddressLimits, addresses: &[(&str, bool)]) {
        for (idx, (address, expected)) in addresses.iter().enumerate() {
            let admitted = limits.admit(address.parse().expect("an address"), NOW);
            assert_eq!(admitted.is_ok(), *expected, "{idx}: {address}");
        }
    }

    #[test]
    fn each_address_has_its_own_limit() {
        let limits = AddressLimits::new(2);
        let (one, other) = ("192.0.2.1", "192.0.2.2");
        check(&limits, &[(one, true), (one, true), (one, false), (other, true), (one, false)]);
        check(&limits, &[("::ffff:192.0.2.2", true), (other, false)]);
        let denial = limits.admit(one.parse().expect("an address"), NOW).expect_err("a third");
        assert_eq!((denial.code, denial.retry_after), (DenialCode::RateLimited, Some(90)));
        limits.admit(one.parse().expect("an address"), Moment(NOW.0 + 90_000)).expect("waited");
    }

    #[test]
    fn a_64_is_one_client() {
        let limits = AddressLimits::new(1);
        check(&limits, &[("2001:db8::1", true), ("2001:db8::2:0:0:1", false)]);
        check(&limits, &[("2001:db8:0:1::1", true), ("2001:db8:0:1:ffff::", false)]);
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let limits = AddressLimits { n_max: 100, ..AddressLimits::new(2) };
        let address = |n: u32| IpAddr::from(Ipv4Addr::from_bits(0xC000_0200 + n));
        for n in 0..1_000 {
            limits.admit(address(n), NOW).expect("the first of each");
            // This one asks in between, and so is never the oldest.
            let again = limits.admit(address(0), NOW);
            assert_eq!(again.is_ok(), n == 0, "{n}");
            let seen = limits.seen.lock().expect("no panic");
            assert_eq!(seen.windows.len(), seen.order.len());
            assert!(seen.windows.len() <= 100);
        }
    }
}
