//! Small sets of numbers, each distinct one held once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// A distinct set of a [`Sets`]; equal ids are equal sets.
pub type SetId = u32;

/// Distinct lists of ascending numbers, by the order in which they were first met.
#[derive(Clone, Debug, Default)]
pub struct Sets {
    /// Where each set ends in `members`.
    ends: Vec<u32>,
    members: Vec<u32>,
    ids: HashTable<SetId>,
    hasher: DefaultHashBuilder,
}

impl Sets {
    /// No set yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of distinct sets.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The members of a set, ascending.
    pub fn get(&self, id: SetId) -> &[u32] {
        slice(&self.ends, &self.members, id)
    }

    /// Every set, by id.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.ends.len() as u32).map(|id| self.get(id))
    }

    /// Returns the id of the set with these members, ascending.
    pub fn intern(&mut self, members: &[u32]) -> SetId {
        let hash = self.hasher.hash_one(members);
        if let Some(&id) =
            self.ids.find(hash, |&id| slice(&self.ends, &self.members, id) == members)
        {
            return id;
        }
        let id = SetId::try_from(self.ends.len()).expect("fewer than 2^32 distinct sets");
        self.members.extend_from_slice(members);
        self.ends.push(u32::try_from(self.members.len()).expect("fewer than 2^32 members"));
        let Self { ends, members, ids, hasher } = self;
        ids.insert_unique(hash, id, |&id| hasher.hash_one(slice(ends, members, id)));
        id
    }
}

fn slice<'a>(ends: &[u32], members: &'a [u32], id: SetId) -> &'a [u32] {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &members[start as usize..ends[id] as usize]
}
