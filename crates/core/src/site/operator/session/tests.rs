use super::*;
use crate::site::operator::OperatorTokens;
use crate::site::operator::token::tokens;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use alloc::{format, vec};
use proptest::prelude::*;

const START: u64 = 1_795_424_400_000;
const MINUTE: u64 = 60_000;

fn at(ms: u64) -> Timestamp {
    Timestamp::from_millis(START + ms)
}

fn hash(number: usize) -> SessionHash {
    SessionHash::try_from(format!("{number:064x}")).unwrap()
}

#[test]
fn the_stored_form_is_this() {
    let session = OperatorSession {
        rank: Rank::Responder,
        by: Operator::ResponderToken,
        created: at(0),
        seen: at(5),
        user_agent: "a browser".into(),
    };
    let stored = concat!(
        r#"{"version":1,"session":{"rank":"responder","by":"token:responder","#,
        r#""created":1795424400000,"seen":1795424400005,"user_agent":"a browser"}}"#
    );
    assert_eq!(session.to_stored(), stored);
    assert_eq!(OperatorSession::from_stored(stored), Ok(session));
    assert!(OperatorSession::from_stored(&stored.replace(":1,", ":2,")).is_err());
}

#[test]
fn what_a_browser_calls_itself_is_cut_and_has_no_controls() {
    let long = "é".repeat(USER_AGENT_MAX);
    let session = OperatorSession::new(Rank::Viewer, &format!("a\n\u{1b}[31mb{long}"), at(0));
    assert!(session.user_agent.starts_with("a[31mbé"), "{}", session.user_agent);
    assert!(session.user_agent.len() <= USER_AGENT_MAX, "{}", session.user_agent);
}

#[test]
fn a_session_in_use_lasts_a_working_day_and_no_longer() {
    let mut sessions = OperatorSessions::default();
    let session = OperatorSession::new(Rank::Viewer, "", at(0));
    assert_eq!(sessions.begin(hash(1), session, None, at(0)), Ok(vec![]));
    let mut renewals = 0;
    for minute in 0..8 * 60 {
        match sessions.look_up(&hash(1), at(minute * MINUTE)) {
            SessionLookup::Lasts { is_renewed, .. } => renewals += u32::from(is_renewed),
            other @ (SessionLookup::Over | SessionLookup::Unknown) => {
                panic!("after {minute} minutes: {other:?}")
            }
        }
    }
    assert_eq!(renewals, 95, "one every five minutes");
    assert_eq!(sessions.look_up(&hash(1), at(8 * 60 * MINUTE)), SessionLookup::Over);
    assert_eq!(sessions.look_up(&hash(1), at(8 * 60 * MINUTE)), SessionLookup::Unknown);
}

#[test]
fn a_session_that_is_not_used_ends_after_an_hour() {
    let mut sessions = OperatorSessions::default();
    let session = OperatorSession::new(Rank::Viewer, "", at(0));
    sessions.begin(hash(1), session, None, at(0)).unwrap();
    let lasts = sessions.look_up(&hash(1), at(60 * MINUTE - 1));
    assert!(matches!(lasts, SessionLookup::Lasts { is_renewed: true, .. }), "{lasts:?}");
    assert_eq!(sessions.look_up(&hash(1), at(120 * MINUTE - 1)), SessionLookup::Over);
}

#[test]
fn a_login_ends_the_session_that_the_browser_had() {
    let mut sessions = OperatorSessions::default();
    let session = OperatorSession::new(Rank::Viewer, "", at(0));
    sessions.begin(hash(1), session.clone(), None, at(0)).unwrap();
    sessions.begin(hash(2), session.clone(), None, at(0)).unwrap();
    assert_eq!(sessions.begin(hash(3), session, Some(&hash(1)), at(1)), Ok(vec![hash(1)]));
    assert_eq!(sessions.look_up(&hash(1), at(1)), SessionLookup::Unknown);
    assert_eq!(sessions.lasting(at(1)).count(), 2);
}

#[test]
fn no_one_ends_the_sessions_of_a_higher_rank() {
    let mut sessions = OperatorSessions::default();
    let mut begin = |number: usize, rank, now| {
        let begun = sessions.begin(hash(number), OperatorSession::new(rank, "", now), None, now);
        assert!(sessions.lasting(now).count() <= SESSIONS_MAX);
        begun
    };
    for number in 0..SESSIONS_MAX {
        let rank = if number < 2 { Rank::Viewer } else { Rank::Admin };
        assert_eq!(begin(number, rank, at(number as u64)), Ok(vec![]));
    }
    assert_eq!(begin(1000, Rank::Admin, at(500)), Ok(vec![hash(0)]));
    assert_eq!(begin(1001, Rank::Viewer, at(500)), Ok(vec![hash(1)]));
    assert_eq!(begin(1002, Rank::Responder, at(500)), Ok(vec![hash(1001)]));
    assert_eq!(begin(1003, Rank::Viewer, at(500)), Err(TooManySessions));
    assert_eq!(begin(1004, Rank::Admin, at(500)), Ok(vec![hash(1002)]));
    assert_eq!(begin(1005, Rank::Admin, at(500)), Ok(vec![hash(2)]), "the oldest of its own rank");
    // Those that are over make room.
    assert_eq!(begin(1006, Rank::Viewer, at(60 * MINUTE + 400)).map(|it| it.len()), Ok(197));
}

#[test]
fn a_session_is_named_by_the_beginning_of_its_digest() {
    let sessions =
        OperatorSessions::restore([(hash(1), OperatorSession::new(Rank::Viewer, "", at(0)))]);
    assert_eq!(sessions.named("000000000000"), Some(hash(1)));
    assert_eq!(sessions.named(""), None);
    assert_eq!(sessions.named(hash(1).as_str()), None);
}

#[test]
fn what_was_asked_before_a_session_ended_brings_it_not_back() {
    let mut cache = SessionCache::default();
    let session = OperatorSession::new(Rank::Viewer, "", at(0));
    cache.remember(hash(1), session.clone(), at(0));
    assert!(cache.find(&hash(1), at(9_999)).is_some());
    assert!(cache.find(&hash(1), at(10_000)).is_none());
    cache.remember(hash(1), session.clone(), at(0));
    cache.handle_ended(hash(1));
    assert!(cache.find(&hash(1), at(1)).is_none());
    cache.remember(hash(1), session.clone(), at(1));
    assert!(cache.find(&hash(1), at(1)).is_none());
    cache.remember(hash(2), session.clone(), at(5));
    assert!(cache.find(&hash(2), at(4)).is_none(), "the clock was set back");
    for number in 10..10 + 2 * SESSIONS_CACHED_MAX {
        cache.remember(hash(number), session.clone(), at(5));
    }
    assert!(cache.find(&hash(10), at(5)).is_none());
    assert!(cache.find(&hash(9 + 2 * SESSIONS_CACHED_MAX), at(5)).is_some());
}

/// What happens to a site, a browser and its operators.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A login, perhaps in the browser of an earlier one.
    Login { rank: Rank, before: Option<usize> },
    /// A request by one of two isolates, which changes something or not.
    Use { session: usize, isolate: usize, is_write: bool },
    /// A logout by one of two isolates.
    Logout { session: usize, isolate: usize },
    /// An admin ends a session.
    Revoke { session: usize },
    /// A token gets another value.
    Rotate { rank: Rank },
    /// The object is put away, and reads its rows again.
    Reload,
    /// Time passes.
    Wait { ms: u64 },
}

fn rank() -> impl Strategy<Value = Rank> {
    prop::sample::select(&Rank::ALL[..])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (rank(), prop::option::of(0_usize..4))
            .prop_map(|(rank, before)| Step::Login { rank, before }),
        12 => (0_usize..6, 0_usize..2, any::<bool>())
            .prop_map(|(session, isolate, is_write)| Step::Use { session, isolate, is_write }),
        1 => (0_usize..6, 0_usize..2)
            .prop_map(|(session, isolate)| Step::Logout { session, isolate }),
        1 => (0_usize..6).prop_map(|session| Step::Revoke { session }),
        1 => rank().prop_map(|rank| Step::Rotate { rank }),
        1 => Just(Step::Reload),
        8 => prop_oneof![0_u64..20_000, 0..30 * MINUTE, 0..200 * MINUTE]
            .prop_map(|ms| Step::Wait { ms }),
    ]
}

/// What is plainly known of a session.
struct Known {
    cookie: String,
    rank: Rank,
    /// Which of its rank's tokens it came from.
    token: usize,
    created: u64,
    used: u64,
    ended: Option<u64>,
    /// The isolate that ended it.
    ended_by: Option<usize>,
}

/// The whole of it, as the control plane puts it together.
struct Site {
    generations: [usize; 3],
    tokens: OperatorTokens,
    object: OperatorSessions,
    rows: Vec<(SessionHash, String)>,
    isolates: [SessionCache; 2],
    known: Vec<Known>,
    now: u64,
}

impl Site {
    fn new() -> Self {
        let mut site = Self {
            generations: [0; 3],
            tokens: tokens(&[]),
            object: OperatorSessions::default(),
            rows: Vec::new(),
            isolates: Default::default(),
            known: Vec::new(),
            now: 0,
        };
        site.read_tokens();
        site
    }

    fn read_tokens(&mut self) {
        let values =
            Rank::ALL.map(|rank| (rank, format!("{rank} {}", self.generations[rank as usize])));
        self.tokens = tokens(&values.each_ref().map(|(rank, value)| (*rank, value.as_str())));
    }

    fn remove(&mut self, hash: &SessionHash) {
        self.rows.retain(|(row, _)| row != hash);
    }

    fn store(&mut self, hash: SessionHash, session: &OperatorSession) {
        self.remove(&hash);
        self.rows.push((hash, session.to_stored()));
    }

    fn login(&mut self, rank: Rank, before: Option<usize>) {
        let mut random = [0; SESSION_ID_BYTES];
        random[..8].copy_from_slice(&self.known.len().to_le_bytes());
        let (ticket, cookie) = SessionTicket::issue(&random, rank, &self.tokens).unwrap();
        let session = OperatorSession::new(rank, "", at(self.now));
        let had = before.filter(|at| *at < self.known.len());
        let had_ticket =
            had.and_then(|at| SessionTicket::read(&self.known[at].cookie, &self.tokens));
        let before = had_ticket.as_ref().map(SessionTicket::hash);
        let ended = self
            .object
            .begin(ticket.hash().clone(), session.clone(), before, at(self.now))
            .unwrap();
        ended.iter().for_each(|hash| self.remove(hash));
        self.store(ticket.hash().clone(), &session);
        if let Some(had) = had.filter(|_| had_ticket.is_some()) {
            self.known[had].ended.get_or_insert(self.now);
        }
        let token = self.generations[rank as usize];
        let (created, used) = (self.now, self.now);
        let (ended, ended_by) = (None, None);
        self.known.push(Known { cookie, rank, token, created, used, ended, ended_by });
    }

    /// The rank that a request has by the cookie of a session.
    fn rank_by(&mut self, session: usize, isolate: usize, is_write: bool) -> Option<Rank> {
        let ticket = SessionTicket::read(&self.known[session].cookie, &self.tokens)?;
        let now = at(self.now);
        if !is_write && let Some(cached) = self.isolates[isolate].find(ticket.hash(), now) {
            return Some(cached.rank);
        }
        match self.object.look_up(ticket.hash(), now) {
            SessionLookup::Lasts { session, is_renewed } => {
                if is_renewed {
                    self.store(ticket.hash().clone(), &session);
                }
                self.isolates[isolate].remember(ticket.hash().clone(), session.clone(), now);
                Some(session.rank)
            }
            SessionLookup::Over => {
                self.remove(ticket.hash());
                None
            }
            SessionLookup::Unknown => None,
        }
    }

    fn end(&mut self, session: usize, isolate: Option<usize>) {
        let Some(ticket) = SessionTicket::read(&self.known[session].cookie, &self.tokens) else {
            return;
        };
        self.object.end(ticket.hash());
        self.remove(ticket.hash());
        if let Some(isolate) = isolate {
            self.isolates[isolate].handle_ended(ticket.hash().clone());
        }
        let known = &mut self.known[session];
        known.ended.get_or_insert(self.now);
        known.ended_by = known.ended_by.or(isolate);
    }

    fn reload(&mut self) {
        let read = |(hash, json): &(SessionHash, String)| {
            (hash.clone(), OperatorSession::from_stored(json).unwrap())
        };
        self.object = OperatorSessions::restore(self.rows.iter().map(read));
    }

    fn request(
        &mut self,
        session: usize,
        isolate: usize,
        is_write: bool,
    ) -> Result<(), TestCaseError> {
        let now = self.now;
        let given = self.rank_by(session, isolate, is_write);
        let generation = self.generations[self.known[session].rank as usize];
        let known = &mut self.known[session];
        let is_of_today = known.token == generation;
        let idle_for = now - known.used;
        if let Some(rank) = given {
            prop_assert_eq!(rank, known.rank, "never another rank");
            prop_assert!(is_of_today, "never with a token that was replaced");
            prop_assert!(now - known.created < SESSION_LIFE.get(), "never after its end");
            prop_assert!(idle_for < SESSION_IDLE.get(), "never after an hour without use");
            if let Some(ended) = known.ended {
                prop_assert!(!is_write, "nothing is changed after its end");
                prop_assert!(now - ended < SESSION_CACHED_FOR.get(), "nothing is read for long");
                prop_assert!(known.ended_by != Some(isolate), "not where it was ended");
            }
            known.used = now;
        } else {
            // The last use is known to within five minutes, and the time that isolates remember.
            let unknown = SESSION_RENEWAL.saturating_add(SESSION_CACHED_FOR);
            let is_idle = idle_for + unknown.get() >= SESSION_IDLE.get();
            let is_old = now - known.created >= SESSION_LIFE.get();
            prop_assert!(
                !is_of_today || known.ended.is_some() || is_old || is_idle,
                "a session in use lasts"
            );
            known.ended.get_or_insert(now);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn sessions_open_what_a_naive_model_says(steps in prop::collection::vec(step(), 1..120)) {
        let mut site = Site::new();
        for step in steps {
            let has = |session: usize| session < site.known.len();
            match step {
                Step::Login { rank, before } => site.login(rank, before),
                Step::Use { session, isolate, is_write } if has(session) => {
                    site.request(session, isolate, is_write)?;
                }
                Step::Logout { session, isolate } if has(session) => {
                    site.end(session, Some(isolate));
                }
                Step::Revoke { session } if has(session) => site.end(session, None),
                Step::Use { .. } | Step::Logout { .. } | Step::Revoke { .. } => {}
                Step::Rotate { rank } => {
                    site.generations[rank as usize] += 1;
                    site.read_tokens();
                }
                Step::Reload => site.reload(),
                Step::Wait { ms } => site.now += ms,
            }
            prop_assert!(site.rows.len() <= SESSIONS_MAX);
        }
    }
}

#[test]
fn a_rotated_token_is_not_one_that_comes_back() {
    let [old, new] = ["a", "b"].map(|token| tokens(&[(Rank::Viewer, token)]));
    let (_, cookie) = SessionTicket::issue(&[1; SESSION_ID_BYTES], Rank::Viewer, &old).unwrap();
    assert_eq!(SessionTicket::read(&cookie, &new), None);
    assert!(SessionTicket::read(&cookie, &old).is_some(), "the same token is the same proof");
    assert_eq!(TooManySessions.to_string().lines().count(), 1);
}
