//! Numbers as compact forms and deltas have them: seven bits a byte, the lowest first.

/// Appends a number.
pub(crate) fn number(out: &mut Vec<u8>, mut n: usize) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}
