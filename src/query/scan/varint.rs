//! Integers in as few bytes as they need: seven bits a byte, the lowest first.

/// Adds an integer.
pub(super) fn put(bytes: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Adds a count of addresses, which often ends in many zero bits: how many, and what is before them.
pub(super) fn put_count(bytes: &mut Vec<u8>, count: u128) {
    let n_zeros = if count == 0 { 0 } else { count.trailing_zeros() };
    bytes.push(n_zeros as u8);
    put(bytes, count >> n_zeros);
}

/// Takes an integer that [`put`] added.
pub(super) fn take(bytes: &mut &[u8]) -> u128 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (&byte, rest) = bytes.split_first().expect("as many as were put");
        *bytes = rest;
        value |= u128::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

/// Takes a count that [`put_count`] added.
pub(super) fn take_count(bytes: &mut &[u8]) -> u128 {
    let (&n_zeros, rest) = bytes.split_first().expect("as many as were put");
    *bytes = rest;
    take(bytes) << n_zeros
}

#[cfg(test)]
mod tests {
    use crate::query::scan::varint::{put, put_count, take, take_count};

    #[track_caller]
    fn check(value: u128, n_bytes: usize, n_bytes_of_count: usize) {
        let (mut plain, mut count) = (Vec::new(), Vec::new());
        put(&mut plain, value);
        put_count(&mut count, value);
        assert_eq!((plain.len(), count.len()), (n_bytes, n_bytes_of_count));
        assert_eq!((take(&mut &plain[..]), take_count(&mut &count[..])), (value, value));
    }

    #[test]
    fn integers_are_read_back() {
        check(0, 1, 2);
        check(127, 1, 2);
        check(128, 2, 2);
        check(1 << 96, 14, 2);
        check(u128::MAX, 19, 20);
    }
}
