//! Entries in order of their paths. A sorted list: there are a thousand at most, and a tree would
//! take more of the Worker's code than it saves time.

use alloc::vec::Vec;

use super::Entry;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::cache::snapshot) struct Entries(Vec<Entry>);

impl Entries {
    /// Of two entries of one path the first counts.
    pub(super) fn new(mut list: Vec<Entry>) -> Self {
        let is_sorted = list.is_sorted_by(|one, next| one.path < next.path);
        if is_sorted {
            return Self(list);
        }
        let mut entries = Self::default();
        for entry in list.drain(..) {
            if entries.get(&entry.path).is_none() {
                entries.insert(entry);
            }
        }
        entries
    }

    pub(in crate::cache::snapshot) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter()
    }

    pub(in crate::cache::snapshot) fn get(&self, path: &str) -> Option<&Entry> {
        self.place(path).ok().and_then(|at| self.0.get(at))
    }

    pub(in crate::cache::snapshot) fn get_mut(&mut self, path: &str) -> Option<&mut Entry> {
        self.place(path).ok().and_then(|at| self.0.get_mut(at))
    }

    /// Takes the place of one with the same path.
    pub(in crate::cache::snapshot) fn insert(&mut self, entry: Entry) {
        match self.place(&entry.path) {
            Ok(at) => self.0[at] = entry,
            Err(at) => self.0.insert(at, entry),
        }
    }

    pub(in crate::cache::snapshot) fn remove(&mut self, path: &str) -> Option<Entry> {
        self.place(path).ok().map(|at| self.0.remove(at))
    }

    fn place(&self, path: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|entry| entry.path.as_str().cmp(path))
    }
}
