//! Texts that may be asked for again, as many as a limit holds.

use std::hash::Hash;

use hashbrown::HashMap;

/// How many bytes are kept; then all is forgotten and begun anew.
const MAX_BYTES: usize = 64 << 20;

/// What was made of keys before.
#[derive(Debug)]
pub(super) struct Kept<K> {
    texts: HashMap<K, Box<[u8]>>,
    bytes_left: usize,
}

impl<K: Eq + Hash + Copy> Kept<K> {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { texts: HashMap::new(), bytes_left: MAX_BYTES }
    }

    /// The text of a key, made unless it is kept.
    pub(super) fn get<E>(
        &mut self,
        key: K,
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<&[u8], E> {
        if !self.texts.contains_key(&key) {
            let text = make()?;
            if text.len() > self.bytes_left {
                self.texts.clear();
                self.bytes_left = MAX_BYTES;
            }
            self.bytes_left = self.bytes_left.saturating_sub(text.len());
            self.texts.insert(key, text.into());
        }
        Ok(&self.texts[&key])
    }
}
