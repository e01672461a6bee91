//! Serves the files below a folder until standard input ends: what `cargo xtask bench` fetches from.
//!
//! Prints one line, `<port>`; the path of a file below the folder follows `/files/`, on each of the
//! hosts 127.0.0.1 to 127.0.0.63. At the end it prints how many requests there were.
#![expect(clippy::disallowed_methods, reason = "an origin reads its files and arguments")]
#![expect(clippy::print_stdout, reason = "it answers whoever started it")]

#[path = "../it/origin/mod.rs"]
#[allow(dead_code, unused_imports, reason = "tests need more of it")]
mod origin;

use std::env;
use std::io;
use std::path::Path;

use origin::Origin;

/// The hosts that DESIGN's loopback origin has, but for one that nobody listens on.
const N_HOSTS: u8 = 63;

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).ok_or_else(|| io::Error::other("name a folder"))?;
    let origin = Origin::start(N_HOSTS);
    origin.folder("/files", Path::new(&folder));
    let url = origin.url(1, "");
    println!("{}", url.rsplit(':').next().unwrap_or_default());
    for line in io::stdin().lines() {
        line?;
        println!("{}", origin.requests().len());
        origin.forget();
    }
    Ok(())
}
