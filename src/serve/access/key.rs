//! A key: the secret that a client sends, and the digest that is all we keep of it.

use std::fmt;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// What every key begins with, so that people and scanners of leaked secrets know one.
const PREFIX: &str = "ipm_";
/// 160 bits: nobody guesses one, whatever the rate.
const N_BYTES: usize = 20;
/// Five bits a character.
const N_CHARS: usize = N_BYTES * 8 / 5;
/// Crockford's base 32 in lower case: no `i`, `l`, `o` or `u`, for keys that are read out.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A secret. Neither [`fmt::Debug`] nor anything else but [`Key::reveal`] shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String); // invariant: `PREFIX` and `N_CHARS` of `ALPHABET`

impl Key {
    /// Makes a new one from the system's random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; N_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self::of(bytes))
    }

    /// Reads what a client sent; `None` if no key looks like that.
    pub(super) fn parse(sent: &[u8]) -> Option<Self> {
        let chars = sent.strip_prefix(PREFIX.as_bytes())?;
        let is_one = chars.len() == N_CHARS && chars.iter().all(|byte| ALPHABET.contains(byte));
        let text = is_one.then(|| std::str::from_utf8(sent).ok()).flatten()?;
        Some(Self(text.to_owned()))
    }

    /// The key itself: for its owner, once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it. A plain SHA-256: against 160 random bits there is no dictionary, which
    /// is what slow and salted digests are for.
    pub fn digest(&self) -> KeyDigest {
        KeyDigest(Sha256::digest(self.0.as_bytes()).into())
    }

    fn of(bytes: [u8; N_BYTES]) -> Self {
        let mut text = String::with_capacity(PREFIX.len() + N_CHARS);
        text.push_str(PREFIX);
        for group in bytes.chunks_exact(5) {
            let bits = group.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
            let chars = (0..8).rev().map(|place| ALPHABET[(bits >> (5 * place) & 31) as usize]);
            text.extend(chars.map(char::from));
        }
        Self(text)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The SHA-256 of a key. Only [`KeyDigest::is`] compares two.
#[derive(Clone, Copy)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// Whether it is the same one, in constant time.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// Where it stands in a table: eight bytes of it. What a look-up's time may tell of these, tells
    /// nothing of a key.
    pub(super) fn slot(&self) -> u64 {
        self.0[..8].iter().fold(0, |slot, byte| slot << 8 | u64::from(*byte))
    }

    /// As the file keeps it.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for KeyDigest {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use crate::serve::access::Key;

    #[track_caller]
    fn check(sent: &str, is_key: bool) {
        assert_eq!(Key::parse(sent.as_bytes()).is_some(), is_key, "{sent}");
    }

    #[test]
    fn only_what_we_make_is_a_key() {
        check("ipm_0123456789abcdefghjkmnpqrstvwxyz", true);
        check("ipm_0123456789abcdefghjkmnpqrstvwxy", false);
        check("ipm_0123456789abcdefghjkmnpqrstvwxyzz", false);
        check("ipm_0123456789ABCDEFGHJKMNPQRSTVWXYZ", false);
        check("ipm_0123456789abcdefghjkmnpqrstvwxyl", false);
        check("ipn_0123456789abcdefghjkmnpqrstvwxyz", false);
        check("", false);
    }

    #[test]
    fn every_bit_of_the_random_bytes_is_in_the_text() {
        let of = |bytes| Key::of(bytes).reveal().to_owned();
        assert_eq!(of([0; 20]), format!("ipm_{}", "0".repeat(32)));
        assert_eq!(of([255; 20]), format!("ipm_{}", "z".repeat(32)));
        let mut seen = std::collections::BTreeSet::new();
        for bit in 0..160 {
            let mut bytes = [0; 20];
            bytes[bit / 8] = 1 << (bit % 8);
            seen.insert(of(bytes));
        }
        assert_eq!(seen.len(), 160);
    }

    #[test]
    fn a_made_key_reads_back_and_is_like_no_other() {
        let (one, other) = (Key::generate().expect("random"), Key::generate().expect("random"));
        assert_eq!(Key::parse(one.reveal().as_bytes()).as_ref(), Some(&one));
        assert!(one.digest().is(&one.digest()));
        assert!(!one.digest().is(&other.digest()));
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        let key = Key::generate().expect("random");
        assert_eq!(format!("{key:?} {:?}", key.digest()), "Key(…) KeyDigest(…)");
    }
}
