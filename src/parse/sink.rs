//! Where entries go as they are read.

use crate::base::{Run, V4, V6};

/// Takes the entries of a snapshot as they come, so that nobody has to hold all of them.
pub trait Sink: Send {
    /// Takes what comes next in file order: of each chunk its entries, labels numbered as they
    /// are in [`Parsed::labels`](crate::parse::Parsed::labels) in the end.
    ///
    /// Called a few hundred times for a gigabyte, while other threads read on.
    fn take(&mut self, v4: Vec<Vec<Run<V4>>>, v6: Vec<Vec<Run<V6>>>);
}

/// Keeps all entries in memory, in file order.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    /// IPv4 entries; the value is a label's number.
    pub v4: Vec<Run<V4>>,
    /// IPv6 entries, likewise.
    pub v6: Vec<Run<V6>>,
}

impl Sink for Entries {
    fn take(&mut self, v4: Vec<Vec<Run<V4>>>, v6: Vec<Vec<Run<V6>>>) {
        append(&mut self.v4, v4);
        append(&mut self.v6, v6);
    }
}

/// Each chunk is given back once it is copied.
fn append<T: Copy>(all: &mut Vec<T>, chunks: Vec<Vec<T>>) {
    for chunk in chunks {
        if all.is_empty() {
            *all = chunk;
        } else {
            all.extend_from_slice(&chunk);
        }
    }
}
