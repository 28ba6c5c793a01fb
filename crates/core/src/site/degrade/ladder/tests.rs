mod suspicion;

use super::*;
use crate::circuit::breaker::Rejected;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_millis(1_000);
const PATIENT_UNTIL: Timestamp = Timestamp::from_millis(3_000);
const AS_CACHE: Rungs = Rungs { stored: StoredUse::AsCache, has_snapshots: false };
const ON_ERROR: Rungs = Rungs { stored: StoredUse::OnError, has_snapshots: false };

/// Each thing is known by its name.
#[derive(Debug)]
struct Names;

impl Handles for Names {
    type Stored = &'static str;
    type Snapshot = &'static str;
    type Calls = ();
    type Good = &'static str;
    type Bad = &'static str;
}

/// What a visitor meets.
#[derive(Clone, Copy, Debug)]
struct World {
    stored: Result<AtHand<&'static str>, NotFound>,
    stand_in: Option<&'static str>,
    snapshot: Option<&'static str>,
    /// When the calls end, and how.
    over: Timestamp,
    end: End,
    suspicion: Suspicion,
    kind: CallKind,
    /// When the circuit opens.
    opens: Timestamp,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Good,
    Bad { has_answer: bool },
    NotSent,
}

const NOTHING: World = World {
    stored: Err(NotFound::Missing(Forwarded::VaryMiss)),
    stand_in: None,
    snapshot: None,
    over: NOW,
    end: End::Bad { has_answer: false },
    suspicion: Suspicion::None,
    kind: CallKind::Safe,
    opens: Timestamp::MAX,
};

const OPEN: Rejected = Rejected::Open { retry_after: Millis::new(9_000) };
const HUNG: Timestamp = Timestamp::from_millis(30_000);

fn at_hand(reuse: Reuse, is_usable_on_error: bool) -> Result<AtHand<&'static str>, NotFound> {
    Ok(AtHand { response: "own", reuse, is_usable_on_error })
}

/// The steps that a visitor's ladder takes, in short, and the rung on which it ends.
fn climb(rungs: Rungs, world: World) -> (Vec<&'static str>, Rung<Names>) {
    let (mut steps, mut now) = (Vec::new(), NOW);
    let mut ladder: Ladder<Names> = Ladder::new(rungs, PATIENT_UNTIL, world.suspicion, world.kind);
    for _ in 0..100 {
        ladder = match ladder.poll(now) {
            LadderStep::LookForStored(lookup) => {
                steps.push("look");
                lookup.handle(world.stored)
            }
            LadderStep::LookForStandIn(lookup) => {
                let is_all = lookup.includes_own_kind();
                steps.push(if is_all { "look for any" } else { "look for others" });
                lookup.handle(world.stand_in)
            }
            LadderStep::LookForSnapshot(lookup) => {
                steps.push("look for snapshot");
                lookup.handle(world.snapshot)
            }
            LadderStep::Call(start) => {
                steps.push(if start.stored().is_some() { "validate" } else { "call" });
                start.handle(())
            }
            LadderStep::Await(mut waiting) => {
                let () = *waiting.calls();
                let step = if waiting.is_last() { "wait for good" } else { "wait" };
                if steps.last() != Some(&step) {
                    steps.push(step);
                }
                now = waiting.until().map_or(world.over, |until| until.min(world.over)).max(now);
                match (now < world.over, waiting.is_last()) {
                    (true, true) => waiting.look_up((now >= world.opens).then_some(OPEN)),
                    (true, false) => waiting.resume(),
                    (false, _) => waiting.handle(world.end.into()),
                }
            }
            LadderStep::Answer(rung) => return (steps, rung),
        };
    }
    panic!("not answered after {steps:?}");
}

impl From<End> for CallResult<&'static str, &'static str> {
    fn from(end: End) -> Self {
        match end {
            End::Good => Self::Good("good"),
            End::Bad { has_answer } => Self::Bad(FailedCalls {
                trouble: Trouble::TimedOut,
                took: Some(Millis::new(7)),
                answer: has_answer.then_some("bad"),
            }),
            End::NotSent => Self::NotSent,
        }
    }
}

/// The rung in short, with what is served from it.
fn short(rung: &Rung<Names>) -> (&'static str, &'static str) {
    match rung {
        Rung::Stored { response, revalidates: false } => ("fresh", response),
        Rung::Stored { response, revalidates: true } => ("revalidating", response),
        Rung::Upstream { answer, .. } => ("upstream", answer),
        Rung::Stale { response, .. } => ("stale", response),
        Rung::Snapshot { snapshot, .. } => ("snapshot", snapshot),
        Rung::UpstreamError { answer, .. } => ("error", answer),
        Rung::Fallback(_) => ("fallback", ""),
        Rung::NotSent => ("not sent", ""),
    }
}

#[track_caller]
fn check(rungs: Rungs, world: World, steps: &[&str], rung: (&str, &str)) {
    let (taken, ended) = climb(rungs, world);
    assert_eq!((taken.as_slice(), short(&ended)), (steps, rung), "{world:?}");
}

#[test]
fn a_fresh_copy_answers_without_a_call_where_the_route_caches() {
    for (reuse, rung) in [(Reuse::Fresh, "fresh"), (Reuse::WhileRevalidating, "revalidating")] {
        let world = World { stored: at_hand(reuse, false), ..NOTHING };
        check(AS_CACHE, world, &["look"], (rung, "own"));
    }
    let world = World { stored: at_hand(Reuse::Validate, true), end: End::Good, ..NOTHING };
    check(AS_CACHE, world, &["look", "validate", "wait"], ("upstream", "good"));
}

#[test]
fn elsewhere_the_upstream_is_asked_and_nobody_looks_before_it_fails() {
    let stored = at_hand(Reuse::Fresh, true);
    let world = World { stored, end: End::Good, ..NOTHING };
    check(ON_ERROR, world, &["call", "wait"], ("upstream", "good"));
}

#[test]
fn when_patience_ends_a_copy_answers_and_without_one_the_call_is_awaited() {
    let world = World { over: HUNG, ..NOTHING };
    let found = World { stored: at_hand(Reuse::Validate, true), ..world };
    check(ON_ERROR, found, &["call", "wait", "look"], ("stale", "own"));
    let steps = ["call", "wait", "look", "look for others", "wait for good"];
    check(ON_ERROR, world, &steps, ("fallback", ""));
}

#[test]
fn who_waits_for_good_leaves_when_the_circuit_opens() {
    let opens = Timestamp::from_millis(6_200);
    let world = World { over: HUNG, opens, ..NOTHING };
    let steps = ["call", "wait", "look", "look for others", "wait for good"];
    let (taken, rung) = climb(ON_ERROR, world);
    assert_eq!(taken, steps);
    let Rung::Fallback(why) = rung else { panic!("{:?}", short(&rung)) };
    assert_eq!(why, Setback { trouble: Trouble::Rejected(OPEN), took: None });
    // A visitor to whom nothing else is open leaves too, and not before patience is over.
    let early = World { opens: NOW, ..world };
    check(Rungs::default(), early, &["call", "wait for good"], ("fallback", ""));
}

#[test]
fn who_has_changed_something_waits_to_learn_what_came_of_it() {
    let opens = Timestamp::from_millis(6_200);
    let world = World { over: HUNG, opens, kind: CallKind::Unsafe, end: End::Good, ..NOTHING };
    check(Rungs::default(), world, &["call", "wait for good"], ("upstream", "good"));
}

#[test]
fn a_visitor_who_has_no_copy_is_patient_too() {
    let world = World { over: HUNG, end: End::Good, ..NOTHING };
    let steps = ["look", "call", "wait", "look for others", "wait for good"];
    check(AS_CACHE, world, &steps, ("upstream", "good"));
}

#[test]
fn a_copy_made_for_others_steps_in_where_the_upstream_fails_and_never_before() {
    let world = World { stand_in: Some("others"), ..NOTHING };
    let steps = ["look", "call", "wait", "look for others"];
    check(AS_CACHE, world, &steps, ("stale", "others"));
    let good = World { end: End::Good, ..world };
    check(AS_CACHE, good, &["look", "call", "wait"], ("upstream", "good"));
}

#[test]
fn the_own_kind_is_looked_for_among_the_others_where_nobody_looked_before() {
    let stored = Err(NotFound::NotLooked);
    let world = World { stored, stand_in: Some("any"), ..NOTHING };
    check(ON_ERROR, world, &["call", "wait", "look", "look for any"], ("stale", "any"));
}

#[test]
fn trouble_goes_down_to_the_copy_then_the_own_answer_then_the_fallback() {
    let missing = NOTHING.stored;
    for (stored, has_answer, rung) in [
        (at_hand(Reuse::Validate, true), true, ("stale", "own")),
        (at_hand(Reuse::Validate, false), true, ("error", "bad")),
        (missing, true, ("error", "bad")),
        (missing, false, ("fallback", "")),
    ] {
        let world = World { stored, end: End::Bad { has_answer }, ..NOTHING };
        assert_eq!(short(&climb(ON_ERROR, world).1), rung, "{world:?}");
    }
}

#[test]
fn a_snapshot_steps_in_where_no_copy_does() {
    let rungs = Rungs { has_snapshots: true, ..ON_ERROR };
    for (stored, snapshot, rung) in [
        (at_hand(Reuse::Validate, true), Some("page"), ("stale", "own")),
        (at_hand(Reuse::Validate, false), Some("page"), ("snapshot", "page")),
        (NOTHING.stored, Some("page"), ("snapshot", "page")),
        (NOTHING.stored, None, ("error", "bad")),
    ] {
        let world = World { stored, snapshot, end: End::Bad { has_answer: true }, ..NOTHING };
        assert_eq!(short(&climb(rungs, world).1), rung, "{world:?}");
    }
    // Where the route stores no responses, and when patience ends.
    let rungs = Rungs { has_snapshots: true, ..Rungs::default() };
    let world = World { snapshot: Some("page"), over: HUNG, ..NOTHING };
    check(rungs, world, &["call", "wait", "look for snapshot"], ("snapshot", "page"));
}

#[test]
fn a_visitor_who_may_not_have_a_copy_never_gets_one() {
    let stored = at_hand(Reuse::Fresh, true);
    let (stand_in, snapshot) = (Some("others"), Some("page"));
    let world = World { stored, stand_in, snapshot, over: HUNG, ..NOTHING };
    check(Rungs::default(), world, &["call", "wait for good"], ("fallback", ""));
}

#[test]
fn what_steps_in_says_why() {
    let why = |world| match climb(ON_ERROR, world).1 {
        Rung::Stale { why, .. } | Rung::Fallback(why) => why,
        other @ (Rung::Stored { .. }
        | Rung::Upstream { .. }
        | Rung::Snapshot { .. }
        | Rung::UpstreamError { .. }
        | Rung::NotSent) => panic!("{:?}", short(&other)),
    };
    let timed_out = Setback { trouble: Trouble::TimedOut, took: Some(Millis::new(7)) };
    let stored = at_hand(Reuse::Validate, true);
    assert_eq!(why(NOTHING), timed_out);
    assert_eq!(why(World { stored, ..NOTHING }), timed_out);
    let impatient = Setback { trouble: Trouble::Impatient, took: None };
    assert_eq!(why(World { stored, over: HUNG, ..NOTHING }), impatient);
}

#[test]
fn a_cache_says_why_it_went_on_to_the_upstream() {
    let forwarded = |rungs, world| match climb(rungs, world).1 {
        Rung::Upstream { forwarded, .. } | Rung::UpstreamError { forwarded, .. } => forwarded,
        other @ (Rung::Stored { .. }
        | Rung::Stale { .. }
        | Rung::Snapshot { .. }
        | Rung::Fallback(_)
        | Rung::NotSent) => panic!("{:?}", short(&other)),
    };
    for end in [End::Good, End::Bad { has_answer: true }] {
        let of = |stored| forwarded(AS_CACHE, World { stored, end, ..NOTHING });
        assert_eq!(of(NOTHING.stored), Some(Forwarded::VaryMiss));
        assert_eq!(of(at_hand(Reuse::Validate, false)), Some(Forwarded::Stale));
        assert_eq!(of(Err(NotFound::NotLooked)), Some(Forwarded::UriMiss));
        assert_eq!(forwarded(ON_ERROR, World { end, ..NOTHING }), None);
    }
}

#[test]
fn what_was_not_sent_has_no_answer() {
    let stored = at_hand(Reuse::Validate, true);
    let world = World { stored, end: End::NotSent, ..NOTHING };
    check(ON_ERROR, world, &["call", "wait"], ("not sent", ""));
}

fn stored() -> impl Strategy<Value = Result<AtHand<&'static str>, NotFound>> {
    let reuse = prop::sample::select(vec![Reuse::Fresh, Reuse::WhileRevalidating, Reuse::Validate]);
    prop_oneof![
        (reuse, any::<bool>()).prop_map(|(reuse, is_usable)| at_hand(reuse, is_usable)),
        Just(Err(NotFound::NotLooked)),
        Just(Err(NotFound::Missing(Forwarded::UriMiss))),
    ]
}

proptest! {
    /// Whatever comes when: the ladder ends, looks once for each thing and calls once at most.
    #[test]
    fn every_visitor_is_answered(
        use_of_stored in prop::sample::select(
            vec![StoredUse::Never, StoredUse::OnError, StoredUse::AsCache],
        ),
        has_snapshots: bool,
        stored in stored(),
        has_stand_in: bool,
        has_snapshot: bool,
        end in prop::sample::select(vec![
            End::Good, End::Bad { has_answer: true }, End::Bad { has_answer: false }, End::NotSent,
        ]),
        took in 0u64..5_000,
        suspicion in prop::sample::select(
            vec![
                Suspicion::None,
                Suspicion::CallBehind,
                Suspicion::NoCall,
                Suspicion::SlowStart,
            ],
        ),
    ) {
        let rungs = Rungs { stored: use_of_stored, has_snapshots };
        let stand_in = has_stand_in.then_some("others");
        let snapshot = has_snapshot.then_some("page");
        let over = NOW + Millis::new(took);
        let world = World { stored, stand_in, snapshot, over, end, suspicion, ..NOTHING };
        let (steps, rung) = climb(rungs, world);
        let times = |prefix: &str| steps.iter().filter(|step| step.starts_with(prefix)).count();
        let calls = times("call") + times("validate");
        let looks = steps.iter().filter(|step| **step == "look").count();
        let stand_ins = times("look for others") + times("look for any");
        prop_assert!(looks <= 1 && stand_ins <= 1 && times("look for snapshot") <= 1 && calls <= 1);
        let (name, _) = short(&rung);
        let serves_copy = matches!(name, "stale" | "snapshot");
        let is_held_back = suspicion == Suspicion::SlowStart
            && use_of_stored == StoredUse::AsCache
            && matches!(stored, Ok(AtHand { is_usable_on_error: true, .. }));
        let has_no_call = (suspicion == Suspicion::NoCall || is_held_back) && serves_copy;
        let is_hit = matches!(name, "fresh" | "revalidating");
        prop_assert_eq!(calls, usize::from(!has_no_call && !is_hit));
        let waits = matches!(suspicion, Suspicion::None | Suspicion::SlowStart);
        prop_assert!(waits || !serves_copy || times("wait") == 0);
        let is_stored = matches!(name, "fresh" | "revalidating" | "stale");
        prop_assert!(use_of_stored.is_open() || !is_stored);
        prop_assert!(has_snapshots || name != "snapshot");
    }
}
