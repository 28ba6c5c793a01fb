//! What one visitor gets, and when.

use crate::base::time::Timestamp;
use crate::cache::stored::Reuse;

/// A copy that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtHand {
    /// What a cache would do with it.
    pub reuse: Reuse,
    /// Whether it may be served where the upstream fails.
    pub is_usable_on_error: bool,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Look for a copy, and tell by [`Ladder::handle_copy`].
    LookForCopy,
    /// Look for a copy that was made for others and may step in, and tell by
    /// [`Ladder::handle_copy`].
    LookForStandIn,
    /// Look for a snapshot, and tell by [`Ladder::handle_snapshot`].
    LookForSnapshot,
    /// Begin the calls; what came of them is told by [`Ladder::handle_calls`].
    Call,
    /// Wait for the calls, until then at most. Without a time nothing else can answer: then for as
    /// long as they take, and no longer than until an answer begins, which may break off.
    Await {
        /// When to poll again at the latest.
        until: Option<Timestamp>,
    },
    /// Answer.
    Answer(Rung),
}

/// Where the answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// The copy, as a cache does.
    Cache {
        /// Whether to ask the upstream behind it.
        revalidates: bool,
    },
    /// What the calls brought.
    Called,
    /// The copy, because the upstream does not do well.
    Stale,
    /// The snapshot, because there is no such copy either.
    Snapshot,
    /// The upstream's own bad answer.
    Own,
    /// Breakwater's.
    Fallback,
}

/// The ladder of one visitor.
#[derive(Clone, Copy, Debug)]
pub struct Ladder {
    caches: bool,
    patient_until: Timestamp,
    copy: Copy,
    snapshot: Snapshot,
    calls: Calls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Snapshot {
    /// There are none of such paths, or none for this visitor.
    Barred,
    /// Nobody has looked yet.
    Unknown,
    Missing,
    AtHand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Copy {
    /// This visitor is not to be served one.
    Barred,
    /// Nobody has looked yet.
    Unknown,
    /// There is none for this visitor.
    Missing,
    /// Nor any other that may step in.
    NoneAtAll,
    AtHand(AtHand),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Calls {
    NotBegun,
    UnderWay,
    Good,
    Bad { has_answer: bool },
}

impl Ladder {
    /// For a visitor whose patience ends at `patient_until`. `caches`: fresh copies answer in the
    /// upstream's place.
    pub const fn new(caches: bool, may_serve_copy: bool, patient_until: Timestamp) -> Self {
        let copy = if may_serve_copy { Copy::Unknown } else { Copy::Barred };
        Self { caches, patient_until, copy, snapshot: Snapshot::Barred, calls: Calls::NotBegun }
    }

    /// The same for a visitor who may be served a snapshot.
    pub const fn with_snapshots(mut self) -> Self {
        self.snapshot = Snapshot::Unknown;
        self
    }

    /// A snapshot was found, or none.
    pub fn handle_snapshot(&mut self, is_found: bool) {
        if self.snapshot != Snapshot::Barred {
            self.snapshot = if is_found { Snapshot::AtHand } else { Snapshot::Missing };
        }
    }

    /// A copy was found, or none.
    pub fn handle_copy(&mut self, found: Option<AtHand>) {
        self.copy = match (self.copy, found) {
            (Copy::Barred, _) => Copy::Barred,
            (_, Some(found)) => Copy::AtHand(found),
            (Copy::Unknown, None) => Copy::Missing,
            (Copy::Missing | Copy::NoneAtAll | Copy::AtHand(_), None) => Copy::NoneAtAll,
        };
    }

    /// The calls are over: with a good answer, with a bad one (`has_answer`), or with none.
    pub fn handle_calls(&mut self, is_good: bool, has_answer: bool) {
        self.calls = if is_good { Calls::Good } else { Calls::Bad { has_answer } };
    }

    /// What to do.
    pub fn poll(&mut self, now: Timestamp) -> Step {
        match self.calls {
            Calls::NotBegun => match self.copy {
                Copy::Unknown if self.caches => return Step::LookForCopy,
                Copy::AtHand(AtHand { reuse: Reuse::Fresh, .. }) if self.caches => {
                    return Step::Answer(Rung::Cache { revalidates: false });
                }
                Copy::AtHand(AtHand { reuse: Reuse::WhileRevalidating, .. }) if self.caches => {
                    return Step::Answer(Rung::Cache { revalidates: true });
                }
                Copy::Unknown
                | Copy::AtHand(_)
                | Copy::Missing
                | Copy::NoneAtAll
                | Copy::Barred => {
                    self.calls = Calls::UnderWay;
                    return Step::Call;
                }
            },
            Calls::Good => return Step::Answer(Rung::Called),
            Calls::UnderWay if now < self.patient_until => {
                let is_patient = self.copy != Copy::Barred || self.snapshot != Snapshot::Barred;
                return Step::Await { until: is_patient.then_some(self.patient_until) };
            }
            Calls::UnderWay | Calls::Bad { .. } => {}
        }
        match (self.copy, self.snapshot, self.calls) {
            (Copy::Unknown, ..) => Step::LookForCopy,
            (Copy::Missing, ..) => Step::LookForStandIn,
            (Copy::AtHand(AtHand { is_usable_on_error: true, .. }), ..) => {
                Step::Answer(Rung::Stale)
            }
            (_, Snapshot::Unknown, _) => Step::LookForSnapshot,
            (_, Snapshot::AtHand, _) => Step::Answer(Rung::Snapshot),
            (.., Calls::Bad { has_answer: true }) => Step::Answer(Rung::Own),
            (.., Calls::Bad { has_answer: false }) => Step::Answer(Rung::Fallback),
            (.., Calls::NotBegun | Calls::UnderWay | Calls::Good) => Step::Await { until: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Millis;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000);
    const PATIENT_UNTIL: Timestamp = Timestamp::from_millis(3_000);

    fn at_hand(reuse: Reuse, is_usable_on_error: bool) -> Option<AtHand> {
        Some(AtHand { reuse, is_usable_on_error })
    }

    #[test]
    fn a_fresh_copy_answers_without_a_call_where_the_route_caches() {
        let mut ladder = Ladder::new(true, true, PATIENT_UNTIL);
        assert_eq!(ladder.poll(NOW), Step::LookForCopy);
        ladder.handle_copy(at_hand(Reuse::Fresh, false));
        assert_eq!(ladder.poll(NOW), Step::Answer(Rung::Cache { revalidates: false }));
        let mut ladder = Ladder::new(true, true, PATIENT_UNTIL);
        ladder.handle_copy(at_hand(Reuse::WhileRevalidating, false));
        assert_eq!(ladder.poll(NOW), Step::Answer(Rung::Cache { revalidates: true }));
        let mut ladder = Ladder::new(true, true, PATIENT_UNTIL);
        ladder.handle_copy(at_hand(Reuse::Confirm, true));
        assert_eq!(ladder.poll(NOW), Step::Call);
    }

    #[test]
    fn elsewhere_the_upstream_is_asked_and_nobody_looks_before_it_fails() {
        let mut ladder = Ladder::new(false, true, PATIENT_UNTIL);
        assert_eq!(ladder.poll(NOW), Step::Call);
        assert_eq!(ladder.poll(NOW), Step::Await { until: Some(PATIENT_UNTIL) });
        ladder.handle_calls(true, true);
        assert_eq!(ladder.poll(NOW), Step::Answer(Rung::Called));
    }

    #[test]
    fn when_patience_ends_a_copy_answers_and_without_one_the_call_is_awaited() {
        let mut ladder = Ladder::new(false, true, PATIENT_UNTIL);
        ladder.poll(NOW);
        assert_eq!(ladder.poll(PATIENT_UNTIL), Step::LookForCopy);
        let mut without = ladder;
        ladder.handle_copy(at_hand(Reuse::Confirm, true));
        assert_eq!(ladder.poll(PATIENT_UNTIL), Step::Answer(Rung::Stale));
        without.handle_copy(None);
        assert_eq!(without.poll(PATIENT_UNTIL), Step::LookForStandIn);
        without.handle_copy(None);
        assert_eq!(without.poll(PATIENT_UNTIL), Step::Await { until: None });
        without.handle_calls(false, false);
        assert_eq!(without.poll(PATIENT_UNTIL), Step::Answer(Rung::Fallback));
    }

    #[test]
    fn whoever_has_no_copy_is_patient_too() {
        let mut ladder = Ladder::new(true, true, PATIENT_UNTIL);
        ladder.poll(NOW);
        ladder.handle_copy(None);
        assert_eq!(ladder.poll(NOW), Step::Call);
        assert_eq!(ladder.poll(NOW), Step::Await { until: Some(PATIENT_UNTIL) });
        assert_eq!(ladder.poll(PATIENT_UNTIL), Step::LookForStandIn);
        ladder.handle_copy(None);
        assert_eq!(ladder.poll(PATIENT_UNTIL), Step::Await { until: None });
    }

    #[test]
    fn a_copy_made_for_others_steps_in_where_the_upstream_fails_and_never_before() {
        let mut ladder = Ladder::new(true, true, PATIENT_UNTIL);
        ladder.poll(NOW);
        ladder.handle_copy(None);
        assert_eq!(ladder.poll(NOW), Step::Call);
        ladder.handle_calls(false, true);
        assert_eq!(ladder.poll(NOW), Step::LookForStandIn);
        ladder.handle_copy(at_hand(Reuse::Fresh, true));
        assert_eq!(ladder.poll(NOW), Step::Answer(Rung::Stale));
    }

    #[test]
    fn trouble_goes_down_to_the_copy_then_the_own_answer_then_the_fallback() {
        for (found, has_answer, rung) in [
            (at_hand(Reuse::Confirm, true), true, Rung::Stale),
            (at_hand(Reuse::Confirm, false), true, Rung::Own),
            (None, true, Rung::Own),
            (None, false, Rung::Fallback),
        ] {
            let mut ladder = Ladder::new(false, true, PATIENT_UNTIL);
            ladder.poll(NOW);
            ladder.handle_calls(false, has_answer);
            assert_eq!(ladder.poll(NOW), Step::LookForCopy);
            ladder.handle_copy(found);
            if ladder.poll(NOW) == Step::LookForStandIn {
                ladder.handle_copy(None);
            }
            assert_eq!(ladder.poll(NOW), Step::Answer(rung));
        }
    }

    #[test]
    fn a_snapshot_steps_in_where_no_copy_does() {
        for (found, is_found, rung) in [
            (at_hand(Reuse::Confirm, true), true, Rung::Stale),
            (at_hand(Reuse::Confirm, false), true, Rung::Snapshot),
            (None, true, Rung::Snapshot),
            (None, false, Rung::Own),
        ] {
            let mut ladder = Ladder::new(false, true, PATIENT_UNTIL).with_snapshots();
            ladder.poll(NOW);
            ladder.handle_calls(false, true);
            assert_eq!(ladder.poll(NOW), Step::LookForCopy);
            ladder.handle_copy(found);
            if ladder.poll(NOW) == Step::LookForStandIn {
                ladder.handle_copy(None);
            }
            if ladder.poll(NOW) == Step::LookForSnapshot {
                ladder.handle_snapshot(is_found);
            }
            assert_eq!(ladder.poll(NOW), Step::Answer(rung));
        }
        // Where the route keeps no copies, and when patience ends.
        let mut ladder = Ladder::new(false, false, PATIENT_UNTIL).with_snapshots();
        assert_eq!(ladder.poll(NOW), Step::Call);
        assert_eq!(ladder.poll(NOW), Step::Await { until: Some(PATIENT_UNTIL) });
        assert_eq!(ladder.poll(PATIENT_UNTIL), Step::LookForSnapshot);
        ladder.handle_snapshot(true);
        assert_eq!(ladder.poll(PATIENT_UNTIL), Step::Answer(Rung::Snapshot));
    }

    #[test]
    fn whoever_may_not_have_a_copy_never_gets_one() {
        let mut ladder = Ladder::new(true, false, PATIENT_UNTIL);
        assert_eq!(ladder.poll(NOW), Step::Call);
        ladder.handle_copy(at_hand(Reuse::Fresh, true));
        assert_eq!(ladder.poll(PATIENT_UNTIL), Step::Await { until: None });
        ladder.handle_calls(false, false);
        assert_eq!(ladder.poll(PATIENT_UNTIL), Step::Answer(Rung::Fallback));
    }

    proptest! {
        /// Whatever comes when: the ladder ends, looks once and calls once at most.
        #[test]
        fn every_visitor_is_answered(
            caches: bool,
            may_serve: bool,
            found in proptest::option::of((0u8..3, any::<bool>())),
            is_good: bool,
            has_answer: bool,
            took in 0u64..5_000,
        ) {
            let mut ladder = Ladder::new(caches, may_serve, PATIENT_UNTIL);
            let (mut now, mut looks, mut stand_ins, mut calls) = (NOW, 0, 0, 0);
            let over = NOW + Millis::new(took);
            for _ in 0..10 {
                match ladder.poll(now) {
                    Step::LookForCopy => {
                        looks += 1;
                        ladder.handle_copy(found.map(|(reuse, is_usable_on_error)| {
                            let reuse = [Reuse::Fresh, Reuse::WhileRevalidating, Reuse::Confirm]
                                [usize::from(reuse)];
                            AtHand { reuse, is_usable_on_error }
                        }));
                    }
                    Step::LookForStandIn => {
                        stand_ins += 1;
                        ladder.handle_copy(None);
                    }
                    Step::LookForSnapshot => ladder.handle_snapshot(false),
                    Step::Call => calls += 1,
                    Step::Await { until } => {
                        now = until.map_or(over, |until| until.min(over)).max(now);
                        if now >= over {
                            ladder.handle_calls(is_good, has_answer);
                        }
                    }
                    Step::Answer(rung) => {
                        prop_assert!(looks <= 1 && stand_ins <= 1 && calls <= 1);
                        let is_copy = matches!(rung, Rung::Cache { .. } | Rung::Stale);
                        prop_assert!(!is_copy || (may_serve && found.is_some()));
                        let is_cached = matches!(rung, Rung::Cache { .. });
                        prop_assert!(calls == 1 || is_cached);
                        return Ok(());
                    }
                }
            }
            prop_assert!(false, "not answered");
        }
    }
}
