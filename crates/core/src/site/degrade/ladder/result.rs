//! What came of a request's calls.

use super::Setback;
use crate::base::time::Millis;
use crate::circuit::breaker::Rejected;
use crate::circuit::outcome::Ended;
use crate::site::degrade::Trouble;

/// The result of a request's calls.
#[derive(Debug)]
pub enum CallResult<G, B> {
    /// An answer that is worth passing on.
    Good(G),
    /// Trouble.
    Bad(FailedCalls<B>),
    /// The platform refused to send the request, or Breakwater failed at it: nothing has left.
    NotSent,
}

/// Calls that brought no good answer.
#[derive(Debug)]
pub struct FailedCalls<A> {
    /// Why none is good.
    pub trouble: Trouble,
    /// How long the visitor waited for them; `None` if the upstream was not asked.
    pub took: Option<Millis>,
    /// The upstream's own answer, if it gave one.
    pub answer: Option<A>,
}

impl<G, B> CallResult<G, B> {
    /// The result of a call that did not end well.
    pub fn bad(ended: Ended, answer: Option<B>, took: Option<Millis>) -> Self {
        match ended {
            Ended::NotSent => Self::NotSent,
            Ended::Answered { .. }
            | Ended::TimedOut
            | Ended::Disconnected
            | Ended::VisitorLeft
            | Ended::VisitorStalled
            | Ended::BrokeWhileSending
            | Ended::Interim => {
                Self::Bad(FailedCalls { trouble: Trouble::told(ended), took, answer })
            }
        }
    }

    /// The result where the circuit admitted no call, or none could be made in time.
    pub fn never_made(rejected: Option<Rejected>) -> Self {
        let trouble = rejected.map_or(Trouble::Disconnected, Trouble::Rejected);
        Self::Bad(FailedCalls { trouble, took: None, answer: None })
    }
}

impl<A> FailedCalls<A> {
    /// The same with another form of the answer.
    pub fn map<B>(self, change: impl FnOnce(A) -> B) -> FailedCalls<B> {
        let Self { trouble, took, answer } = self;
        FailedCalls { trouble, took, answer: answer.map(change) }
    }

    pub(super) const fn why(&self) -> Setback {
        Setback { trouble: self.trouble, took: self.took }
    }
}
