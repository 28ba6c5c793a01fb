//! A breaker that records every transition, because one event may cause several of them, and has
//! the coordinator's own probes follow it.

use core::ops::Deref;

use alloc::vec::Vec;

use super::early::EarlyProbes;
use crate::circuit::breaker::{Breaker, Transition};

/// The number of transitions that wait to be taken; beyond it the oldest is forgotten. No event
/// brings about more than a lapsed order, a recovery and two openings.
const WAITING_MAX: usize = 8;

/// A breaker, and its transitions since they were last taken. Reads go straight to the breaker.
#[derive(Debug)]
pub(super) struct Watched {
    breaker: Breaker,
    transitions: Vec<Transition>,
    /// Our own probes of the open circuit before its deadline.
    pub(super) early: EarlyProbes,
}

impl Watched {
    pub(super) const fn new(breaker: Breaker, early: EarlyProbes) -> Self {
        Self { breaker, transitions: Vec::new(), early }
    }

    /// Lets the breaker do one thing, which makes one transition at most.
    pub(super) fn change<T>(&mut self, work: impl FnOnce(&mut Breaker) -> T) -> T {
        let generation = self.breaker.generation();
        let done = work(&mut self.breaker);
        if self.breaker.generation() != generation
            && let Some(transition) = self.breaker.last_transition()
        {
            if self.transitions.len() >= WAITING_MAX {
                self.transitions.remove(0);
            }
            self.transitions.push(transition);
            self.early.follow(transition);
        }
        done
    }

    pub(super) fn take_transitions(&mut self) -> Vec<Transition> {
        core::mem::take(&mut self.transitions)
    }
}

impl Deref for Watched {
    type Target = Breaker;

    fn deref(&self) -> &Breaker {
        &self.breaker
    }
}
