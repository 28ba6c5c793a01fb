//! What is to happen, and when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Micros;

/// A queue of events by time; those of the same time come in the order in which they were put in,
/// so that a run does not depend on the heap's taste.
#[derive(Debug)]
pub struct Agenda<E> {
    /// Time, sequence, and where the event is: small, since it is moved about.
    heap: BinaryHeap<Reverse<(Micros, u64, u32)>>,
    events: Vec<Option<E>>,
    free: Vec<u32>,
    sequence: u64,
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), events: Vec::new(), free: Vec::new(), sequence: 0 }
    }
}

impl<E> Agenda<E> {
    /// Puts an event in.
    pub fn put(&mut self, at: Micros, event: E) {
        let index = match self.free.pop() {
            Some(index) => {
                self.events[index as usize] = Some(event);
                index
            }
            None => {
                self.events.push(Some(event));
                (self.events.len() - 1) as u32
            }
        };
        self.heap.push(Reverse((at, self.sequence, index)));
        self.sequence += 1;
    }

    /// When the next event is; [`Micros::NEVER`] if there is none.
    pub fn next_at(&self) -> Micros {
        self.heap.peek().map_or(Micros::NEVER, |Reverse((at, _, _))| *at)
    }

    /// Takes the next event out.
    pub fn take(&mut self) -> Option<(Micros, E)> {
        let Reverse((at, _, index)) = self.heap.pop()?;
        self.free.push(index);
        self.events[index as usize].take().map(|event| (at, event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_one_time_come_in_the_order_they_were_put_in() {
        let mut agenda = Agenda::default();
        for (at, name) in [(5, "c"), (3, "a"), (5, "d"), (3, "b")] {
            agenda.put(Micros(at), name);
        }
        let names: Vec<_> = std::iter::from_fn(|| agenda.take()).map(|(_, name)| name).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
        assert_eq!(agenda.next_at(), Micros::NEVER);
    }
}
