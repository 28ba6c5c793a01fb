use super::*;
use alloc::vec::Vec;

const fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + ms)
}

/// What the monitor says at this time.
fn said(now: Timestamp) -> PublicStatus {
    PublicStatus { at: now, ..PublicStatus::default() }
}

fn kept(asked: Timestamp) -> KeptStatus {
    KeptStatus { asked, status: said(asked) }
}

/// An isolate that asked the monitor at this time.
fn asked(now: Timestamp) -> StatusKnowledge {
    let mut knowledge = StatusKnowledge::new(0);
    assert!(knowledge.begin(now));
    assert_eq!(knowledge.handle_look(None, None, now), NextStep::Ask);
    knowledge.handle_reply(said(now), now);
    knowledge
}

fn known_at(knowledge: &StatusKnowledge) -> Option<Timestamp> {
    knowledge.known().map(|known| known.status.at)
}

#[test]
fn a_new_isolate_asks_once_and_waits() {
    let mut knowledge = StatusKnowledge::new(0);
    assert!(knowledge.is_awaited(at(0)) && knowledge.begin(at(0)));
    assert!(!knowledge.begin(at(1)), "another request does not ask as well");
    assert_eq!(knowledge.looks_again_in(at(1)), Some(LOOK_AGAIN), "it waits for the first");
    assert_eq!(knowledge.handle_look(None, None, at(5)), NextStep::Ask);
    let for_the_colo = knowledge.handle_reply(said(at(30)), at(6));
    assert_eq!(for_the_colo, KeptStatus { asked: at(6), status: said(at(30)) });
    assert!(!knowledge.is_awaited(at(31)));
    assert_eq!(knowledge.looks_again_in(at(31)), None);
}

#[test]
fn what_is_fresh_is_not_renewed() {
    let mut knowledge = asked(at(0));
    assert!(!knowledge.begin(at(14_999)));
    assert!(knowledge.begin(at(15_000)));
    assert!(!knowledge.is_awaited(at(15_000)), "who has something to show does not wait");
}

#[test]
fn the_isolates_of_a_colo_are_spread() {
    let spread = |random| StatusKnowledge::new(random).spread;
    assert_eq!(spread(0), Millis::ZERO);
    assert!(spread(u32::MAX) < SPREAD);
    assert!(spread(u32::MAX) > spread(u32::MAX / 2));
}

#[test]
fn what_another_isolate_left_in_the_colo_is_taken() {
    let mut knowledge = StatusKnowledge::new(0);
    assert!(knowledge.begin(at(10_000)));
    assert_eq!(knowledge.handle_look(Some(kept(at(3_000))), None, at(10_001)), NextStep::Done);
    assert_eq!(known_at(&knowledge), Some(at(3_000)));
    assert!(!knowledge.begin(at(17_999)), "it is as fresh as it was there");
    assert!(knowledge.begin(at(18_000)));
}

#[test]
fn what_the_colo_has_serves_while_it_is_renewed() {
    let mut knowledge = StatusKnowledge::new(0);
    assert!(knowledge.begin(at(100_000)));
    assert_eq!(knowledge.handle_look(Some(kept(at(0))), None, at(100_000)), NextStep::Ask);
    assert!(!knowledge.is_awaited(at(100_000)));
}

#[test]
fn while_one_isolate_asks_the_others_serve_what_they_have() {
    let mut knowledge = asked(at(0));
    assert!(knowledge.begin(at(15_000)));
    let step = knowledge.handle_look(Some(kept(at(0))), Some(at(14_990)), at(15_000));
    assert_eq!(step, NextStep::Done);
    assert!(!knowledge.begin(at(15_999)), "the cache is looked into once a second");
    assert!(knowledge.begin(at(16_000)));
    let step = knowledge.handle_look(Some(kept(at(14_990))), Some(at(14_990)), at(16_001));
    assert_eq!(step, NextStep::Done);
    assert_eq!(known_at(&knowledge), Some(at(14_990)));
}

#[test]
fn an_isolate_that_was_cut_short_while_it_asked_is_followed_by_another() {
    let mut knowledge = asked(at(0));
    assert!(knowledge.begin(at(20_000)));
    assert_eq!(knowledge.handle_look(None, Some(at(15_000)), at(20_000)), NextStep::Ask);
    // This one's own request is cut short, too.
    assert!(!knowledge.begin(at(29_999)));
    assert!(knowledge.begin(at(30_000)));
}

#[test]
fn a_request_with_nothing_to_show_waits_for_another_isolate_and_then_asks_itself() {
    let mut knowledge = StatusKnowledge::new(0);
    assert!(knowledge.begin(at(0)));
    let note = Some(at(0));
    let again = NextStep::LookAgain(LOOK_AGAIN);
    assert_eq!(knowledge.handle_look(None, note, at(10)), again);
    assert_eq!(knowledge.handle_look(None, note, at(1_999)), again);
    assert_eq!(knowledge.handle_look(None, note, at(2_000)), NextStep::Ask);
}

#[test]
fn a_failed_ask_is_not_repeated_for_five_seconds_and_what_was_known_serves() {
    let mut knowledge = asked(at(0));
    assert!(knowledge.begin(at(20_000)));
    assert!(!knowledge.handle_lost(at(22_000)), "the bucket knows no more");
    assert_eq!(known_at(&knowledge), Some(at(0)));
    assert_eq!(knowledge.age(at(22_000)), Millis::from_secs(22));
    assert!(!knowledge.begin(at(26_999)));
    assert!(knowledge.begin(at(27_000)));
}

#[test]
fn after_a_failure_nobody_waits_for_a_minute() {
    let mut knowledge = StatusKnowledge::new(0);
    assert!(knowledge.begin(at(0)));
    assert!(knowledge.handle_lost(at(2_000)), "the bucket may have something");
    for now in [2_000, 61_999] {
        assert!(!knowledge.is_awaited(at(now)), "{now}");
    }
    assert!(knowledge.begin(at(7_000)), "it is asked again behind an answer");
    assert_eq!(knowledge.looks_again_in(at(7_001)), None);
    assert!(knowledge.is_awaited(at(62_000)));
}

#[test]
fn the_bucket_is_looked_at_when_what_is_known_is_old_and_every_five_minutes_at_most() {
    let mut knowledge = asked(at(0));
    assert!(!knowledge.handle_lost(at(599_999)));
    assert!(knowledge.handle_lost(at(600_000)));
    knowledge.handle_rescue(said(at(300_000)));
    assert_eq!(known_at(&knowledge), Some(at(300_000)));
    assert!(!knowledge.handle_lost(at(899_999)), "what it has is not old");
    assert!(knowledge.handle_lost(at(900_000)));
    assert!(!knowledge.handle_lost(at(1_199_999)));
    knowledge.handle_rescue(said(at(200_000)));
    assert_eq!(known_at(&knowledge), Some(at(300_000)), "an older copy tells nothing");
}

#[test]
fn a_later_state_has_another_version_and_the_same_one_has_not() {
    let mut knowledge = asked(at(0));
    let version = |knowledge: &StatusKnowledge| knowledge.known().map(|known| known.version);
    assert_eq!(version(&knowledge), Some(1));
    assert!(knowledge.begin(at(20_000)));
    knowledge.handle_look(Some(kept(at(0))), Some(at(19_000)), at(20_000));
    assert_eq!(version(&knowledge), Some(1));
    knowledge.handle_reply(said(at(21_000)), at(21_000));
    assert_eq!(version(&knowledge), Some(2));
}

#[test]
fn a_clock_that_was_set_back_holds_nothing_up() {
    let mut knowledge = asked(at(100_000_000));
    assert!(knowledge.begin(at(0)), "what is from the future is not fresh");
    assert_eq!(knowledge.handle_look(Some(kept(at(90_000))), None, at(0)), NextStep::Ask);
    assert_eq!(known_at(&knowledge), Some(at(100_000_000)), "nor is what another clock wrote");
    knowledge.handle_reply(said(at(10)), at(10));
    assert_eq!(known_at(&knowledge), Some(at(10)));
}

#[test]
fn the_bucket_is_written_in_each_fifth_minute() {
    let written = (0..60).filter(|minute| copy_is_due(at(minute * 60_000 + 1_234))).count();
    assert_eq!(written, 12);
}

/// Plays requests that come every millisecond in several isolates of a colo, with a monitor that
/// answers after 40 ms or never, and a cache that is written after 10 ms. Returns when the monitor
/// was asked.
fn played(isolates: usize, lasts: u64, is_dead: bool) -> Vec<u64> {
    let step = u32::MAX / isolates as u32;
    let mut all: Vec<_> = (0..isolates).map(|it| StatusKnowledge::new(it as u32 * step)).collect();
    let (mut cache, mut note, mut asks) = (None::<KeptStatus>, None, Vec::new());
    let mut writes: Vec<(u64, Option<KeptStatus>, Option<Timestamp>)> = Vec::new();
    let mut replies: Vec<(u64, usize, Timestamp)> = Vec::new();
    for ms in 0..lasts {
        let now = at(ms);
        writes.retain(|(due, kept, noted)| {
            if *due == ms {
                cache = kept.clone().or(cache.take());
                note = noted.or(note);
            }
            *due != ms
        });
        replies.retain(|&(due, of, begun)| {
            if due == ms && is_dead {
                all[of].handle_lost(now);
            } else if due == ms {
                let kept = all[of].handle_reply(said(begun), begun);
                writes.push((ms + 10, Some(kept), None));
            }
            due != ms
        });
        let of = ms as usize % isolates;
        if all[of].begin(now) && all[of].handle_look(cache.clone(), note, now) == NextStep::Ask {
            asks.push(ms);
            writes.push((ms + 10, None, Some(now)));
            replies.push((ms + if is_dead { 2_000 } else { 40 }, of, now));
        }
    }
    asks
}

#[test]
fn a_colo_asks_once_in_each_period_however_many_ask_for_the_page() {
    let asks = played(1, 60_000, false);
    assert_eq!(asks.len(), 4, "{asks:?}");
    // Isolates that begin within the ten milliseconds of the cache's write all ask once.
    let asks = played(8, 60_000, false);
    let later = asks.iter().filter(|ms| **ms > 1_000).count();
    assert!(asks.len() <= 8 + 4 && later <= 4, "{asks:?}");
}

#[test]
fn a_colo_asks_a_dead_monitor_every_five_seconds_at_most() {
    let asks = played(8, 120_000, true);
    let settled: Vec<_> = asks.into_iter().filter(|ms| *ms > 10_000).collect();
    // Two that look within the ten milliseconds of the cache's write both ask.
    let together = settled.chunk_by(|one, next| next - one < 10);
    let begun: Vec<_> = together.map(|asks| (asks[0], asks.len())).collect();
    for pair in begun.windows(2) {
        assert!(pair[1].0 - pair[0].0 >= 4_900, "{settled:?}");
    }
    assert!(begun.iter().all(|(_, asks)| *asks <= 3), "{settled:?}");
}
