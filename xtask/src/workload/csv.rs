//! Writes the rows as Python's `csv.writer` does with `\n` line ends.

use std::fmt::Write as _;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::workload::generate::{Row, Workload};

const HEADER: &str = "prefix,asn,org,score,is_vpn,is_tor,is_proxy,is_datacenter,is_bot,sources\n";

/// Rows are handed to the writer in pieces of about this many bytes.
const PIECE_BYTES: usize = 1 << 20;

impl Workload {
    /// Writes the header and every row.
    pub(crate) fn write_csv(&self, mut out: impl io::Write) -> io::Result<()> {
        let mut text = String::with_capacity(PIECE_BYTES + 1024);
        text.push_str(HEADER);
        for row in &self.rows {
            self.write_row(&mut text, row);
            if text.len() >= PIECE_BYTES {
                out.write_all(text.as_bytes())?;
                text.clear();
            }
        }
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    fn write_row(&self, text: &mut String, row: &Row) {
        let system = &self.systems[row.system_idx as usize];
        let profile = &system.profiles[usize::from(row.profile_idx)];
        let written = if row.is_v6 {
            write!(text, "{}/{},{},", Ipv6Addr::from_bits(row.addr), row.len, system.asn)
        } else {
            write!(text, "{}/{},{},", Ipv4Addr::from_bits(row.addr as u32), row.len, system.asn)
        };
        written.expect("a string takes everything");
        // The only field that may need quotes; no word holds a quote itself.
        if system.organisation.contains(',') {
            text.extend(["\"", &system.organisation, "\""]);
        } else {
            text.push_str(&system.organisation);
        }
        write!(text, ",{}", profile.score).expect("a string takes everything");
        for flag in profile.flags {
            text.push_str(if flag { ",true" } else { ",false" });
        }
        text.extend([",", &profile.sources, "\n"]);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use sha2::{Digest, Sha256};

    use crate::workload::{DEFAULT_SEED, rows};

    #[track_caller]
    fn check(n_rows: usize, seed: u64, sha256: &str) {
        let mut csv = Vec::new();
        rows(n_rows, seed).unwrap().write_csv(&mut csv).unwrap();
        let mut digest = String::new();
        for byte in Sha256::digest(&csv) {
            write!(digest, "{byte:02x}").unwrap();
        }
        assert_eq!(digest, sha256, "{n_rows} rows of seed {seed}");
    }

    /// The digests are of what the reference generator wrote under CPython 3.11.
    #[test]
    fn bytes_are_those_of_the_reference_generator() {
        check(
            1_000,
            DEFAULT_SEED,
            "7b03ce73c6942e36e1d588c478ccb1e5289469c09f3aed28bfafa4b3994f5a64",
        );
        check(
            20_000,
            DEFAULT_SEED,
            "423f55f0ab3425237eeb8d733d97fda7dd361af3b37c04cf0921973aa4a8fb65",
        );
        check(20_000, 7, "9bf17f3f30ea7b3576857ee37b7795583bd169fa438f42dbd617c40af53a98d5");
    }

    #[test]
    fn too_few_rows_are_refused() {
        assert!(rows(999, DEFAULT_SEED).is_err());
    }
}
