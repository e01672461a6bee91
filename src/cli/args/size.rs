//! Sizes as people write them.

/// Reads a number of bytes, with `K`, `M`, `G` or `T` for powers of 1024.
pub(super) fn size(text: &str) -> Result<u64, String> {
    const EXPECTED: &str = "expected bytes with K, M, G or T, such as 512M or 4G";
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let shift = match &*text[digits.len()..].to_ascii_uppercase() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return Err(EXPECTED.to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| EXPECTED.to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "more than 64 bits can say".to_owned())
}

#[cfg(test)]
mod tests {
    use super::size;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(size(text).ok(), expected, "{text}");
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        check("0", Some(0));
        check("512M", Some(512 << 20));
        check("4g", Some(4 << 30));
        check("1TiB", Some(1 << 40));
        check("16777216T", None);
        check("1.5G", None);
        check("G", None);
        check("4 G", None);
        check("4Q", None);
        check("-1", None);
    }
}
