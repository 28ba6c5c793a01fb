//! A shell around the monitor's host in virtual time: storage, an alarm, probers, receivers and a
//! round each minute. It can be killed at any moment, and loads what was stored.

use breakwater_core::base::budget::{Cost, Resource};
use breakwater_core::base::time::{Millis, Timestamp};
use breakwater_core::site::config::{WatchRules, parse_file};
use breakwater_core::site::figures::ObjectiveDelta;
use breakwater_core::site::monitoring::{
    DependencyFinding, MonitorEffect, MonitorHost, MonitorTask, MonitorWrite, NoticeBatch,
    ProbeOrder,
};
use breakwater_core::site::status::notice::Recipient;
use breakwater_core::watch::alert::outbox::{DeliveryAttempt, DeliveryEnd, DeliveryError};
use breakwater_core::watch::alert::{Alert, AlertKind};
use breakwater_core::watch::check::{CheckObservation, TRAFFIC};
use breakwater_core::watch::health::Status;
use breakwater_core::watch::incident::EdgeShares;
use breakwater_core::watch::monitor::CheckResult;

use crate::storage::Storage;
use crate::subscribing::Noticed;

/// The time of the first event: a time of today, so that stamps look like real ones.
const BEGIN: u64 = 1_795_000_000_000;
/// The platform puts an object away that has done nothing for ten seconds and waits for nothing,
/// and makes it again for the next event
/// (developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle).
const IDLE_MAX: Millis = Millis::from_secs(10);
/// How long a prober takes for a group.
const PROBE_TAKES: Millis = Millis::new(150);
/// How long a receiver takes.
const DELIVERY_TAKES: Millis = Millis::new(80);

/// A message as a receiver got it.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) at: Timestamp,
    pub(crate) message: String,
    pub(crate) channel: String,
    pub(crate) kind: AlertKind,
    pub(crate) incident: String,
}

/// What is under way, and would be lost with the Worker.
enum UnderWay {
    Probe(ProbeOrder),
    /// Nothing comes of it.
    Silence(ProbeOrder),
    Delivery(DeliveryAttempt, Box<Alert>),
    /// The receiver has it, and its answer is on the way.
    Answer(DeliveryAttempt, DeliveryEnd),
    /// Messages to subscribers.
    Notices(Box<NoticeBatch>),
    /// The subscribers have them, and their answers are on the way.
    NoticeAnswers(Box<NoticeBatch>, Vec<DeliveryEnd>),
}

/// The shell. `finds` says what a check finds at a place, `takes` whether a receiver takes what is
/// the so-many-th attempt of all.
pub(crate) struct Shell<F, T> {
    pub(crate) rules: WatchRules,
    pub(crate) now: Timestamp,
    pub(crate) storage: Storage,
    pub(crate) arrived: Vec<Arrived>,
    /// The checks that were made, with the time of each.
    pub(crate) probed: Vec<(Timestamp, String)>,
    /// Whether a prober that finds nothing does not even say so.
    pub(crate) hangs: bool,
    /// When the URL was called that notices when it is not.
    pub(crate) pings: Vec<Timestamp>,
    /// Whether something stored may be unreadable.
    pub(crate) is_damaged: bool,
    /// What could not be read.
    pub(crate) unread: Vec<String>,
    /// What subscribers got.
    pub(crate) noticed: Vec<Noticed>,
    /// How an attempt to tell a subscriber ends.
    pub(crate) notice_ends: fn(&Recipient, Timestamp) -> DeliveryEnd,
    /// How far the clock is ahead, in milliseconds; it is behind if that is negative.
    pub(crate) ahead: i64,
    /// What was spent, and when.
    pub(crate) spent: Vec<(Timestamp, Cost)>,
    /// What visitors got in each minute, by the upstream that they asked for.
    pub(crate) answers: Vec<(String, EdgeShares)>,
    /// What is counted for objectives in each minute.
    pub(crate) counted: Vec<ObjectiveDelta>,
    /// The dependencies of which each round hears that they are well.
    pub(crate) dependencies: Vec<String>,
    host: Option<MonitorHost>,
    alarm: Option<Timestamp>,
    next_round: Timestamp,
    under_way: Vec<(Timestamp, UnderWay)>,
    attempts: u32,
    random: u64,
    pub(crate) finds: F,
    takes: T,
}

impl<F, T> Shell<F, T>
where
    F: Fn(&str, &str, Timestamp) -> Option<CheckResult>,
    T: Fn(u32, Timestamp) -> bool,
{
    pub(crate) fn new(file: &str, seed: u64, finds: F, takes: T) -> Self {
        let head = "[site]\nname = \"Shop\"\nhost = \"shop.example\"\n\
            [upstreams.web]\norigin = \"https://web.example\"\n\
            [[routes]]\nmatch = \"/*\"\nupstream = \"web\"\n";
        let rules = parse_file("test", &[head, file].concat()).expect("a site file").watch;
        let begin = Timestamp::from_millis(BEGIN + seed % 60_000);
        Self {
            rules,
            now: begin,
            storage: Storage::default(),
            arrived: Vec::new(),
            probed: Vec::new(),
            hangs: false,
            pings: Vec::new(),
            is_damaged: false,
            unread: Vec::new(),
            noticed: Vec::new(),
            notice_ends: |_, _| DeliveryEnd::Delivered,
            ahead: 0,
            spent: Vec::new(),
            answers: Vec::new(),
            counted: Vec::new(),
            dependencies: Vec::new(),
            host: None,
            alarm: None,
            next_round: begin,
            under_way: Vec::new(),
            attempts: 0,
            random: seed | 1,
            finds,
            takes,
        }
    }

    /// A number that follows from the seed.
    pub(crate) fn draw(&mut self) -> u32 {
        // xorshift64 (Marsaglia, "Xorshift RNGs", 2003).
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 32) as u32
    }

    /// The host, which is loaded if need be.
    pub(crate) fn host(&mut self) -> &mut MonitorHost {
        if self.host.is_none() {
            let stored = self.storage.read(self.now);
            let lists = stored.groups.len() + stored.incidents.len() + stored.alerts.len();
            let read = lists + stored.days.len();
            self.spend(Cost { rows_read: read as u32, ..Cost::ZERO });
            let (host, unread) = MonitorHost::load(&stored, &self.rules, self.alarm, self.now);
            assert!(self.is_damaged || unread.is_empty(), "{unread:?}");
            self.unread.extend(unread);
            self.host = Some(host);
        }
        self.host.as_mut().expect("it was loaded")
    }

    /// Kills the Worker: what is in memory and under way is lost.
    pub(crate) fn kill(&mut self) {
        self.host = None;
        self.under_way.clear();
    }

    /// When the next event happens.
    fn next_event(&self) -> Timestamp {
        let task = self.under_way.iter().map(|(at, _)| *at).min();
        [self.alarm, task].into_iter().flatten().fold(self.next_round, Timestamp::min)
    }

    /// Sets the clock by this many milliseconds. What is on its way arrives as it would have; the
    /// alarm stays set for the time that the clock shows.
    pub(crate) fn set_clock(&mut self, by: i64) {
        let moved =
            |at: Timestamp| Timestamp::from_millis(at.as_millis().saturating_add_signed(by));
        self.ahead += by;
        self.now = moved(self.now);
        self.next_round = moved(self.next_round);
        for (at, _) in &mut self.under_way {
            *at = moved(*at);
        }
    }

    /// The time that has really passed.
    pub(crate) fn true_now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.as_millis().saturating_add_signed(-self.ahead))
    }

    /// Lets time pass in which the platform runs nothing.
    pub(crate) fn sleep_until(&mut self, end: Timestamp) {
        self.now = end;
        self.next_round = self.next_round.max(end);
    }

    /// Lets time pass until then.
    pub(crate) fn run_until(&mut self, end: Timestamp) {
        while self.step(end) {}
        self.now = end;
    }

    /// Lets the next event happen, unless it comes after `end`.
    pub(crate) fn step(&mut self, end: Timestamp) -> bool {
        let at = self.next_event();
        if at > end {
            return false;
        }
        if self.under_way.is_empty() && at >= self.now + IDLE_MAX {
            self.host = None;
        }
        self.now = self.now.max(at);
        let (random, now) = (self.draw(), self.now);
        let rules = self.rules.clone();
        if at == self.next_round {
            // The round itself, and its question for standing orders.
            self.spend(Cost { object_calls: 2, ..Cost::ZERO });
            self.next_round = self.next_round + Millis::from_secs(60);
            let alarm = self.alarm;
            self.host().alarm_is_set_for(alarm);
            let answers = self.answers.clone();
            self.host().handle_answers(&rules, answers, now);
            let counted = self.counted.clone();
            self.host().handle_objectives(&rules, &counted, now);
            let found = self.dependencies.iter().map(|name| DependencyFinding {
                dependency: name.clone(),
                status: Status::Pass,
                measured_at: now,
            });
            let found: Vec<_> = found.collect();
            self.host().handle_findings(&rules, &found, now);
            self.host().handle_round(&rules, random, now);
        } else if Some(at) == self.alarm {
            self.alarm = None;
            self.spend(Cost { object_calls: 1, ..Cost::ZERO });
            self.host().alarm_is_set_for(None);
            self.host().handle_alarm(&rules, random, now);
        } else if let Some(index) = self.under_way.iter().position(|(due, _)| *due == at) {
            let (_, task) = self.under_way.remove(index);
            self.finish(&rules, task, random);
        }
        self.carry_out(&rules);
        true
    }

    fn finish(&mut self, rules: &WatchRules, task: UnderWay, random: u32) {
        let now = self.now;
        match task {
            UnderWay::Probe(order) => {
                let found: Vec<CheckObservation> = order
                    .checks
                    .iter()
                    .filter_map(|check| self.observe(check, &order.place))
                    .collect();
                if found.is_empty() && self.hangs {
                    let until = now + order.within;
                    self.under_way.push((until, UnderWay::Silence(order)));
                    return;
                }
                self.host().handle_observations(
                    rules,
                    &order.place,
                    order.group,
                    &found,
                    random,
                    now,
                );
            }
            UnderWay::Silence(order) => {
                self.host().handle_observations(rules, &order.place, order.group, &[], random, now);
            }
            UnderWay::Delivery(attempt, alert) => {
                self.attempts += 1;
                let end = if (self.takes)(self.attempts, now) {
                    self.arrived.push(Arrived {
                        at: now,
                        message: attempt.key.message.clone(),
                        channel: attempt.key.channel.clone(),
                        kind: alert.kind,
                        incident: alert.incident.id.clone(),
                    });
                    DeliveryEnd::Delivered
                } else {
                    DeliveryEnd::Failed { error: DeliveryError::Status(503), retry_after: None }
                };
                self.under_way.push((now + Millis::new(1), UnderWay::Answer(attempt, end)));
            }
            UnderWay::Answer(attempt, end) => {
                self.host().handle_end(rules, &attempt, &end, random, now);
            }
            UnderWay::Notices(batch) => {
                let mut ends = Vec::new();
                for to in &batch.recipients {
                    let end = (self.notice_ends)(to, now);
                    if end == DeliveryEnd::Delivered {
                        let (to, content) = (to.clone(), batch.content.clone());
                        self.noticed.push(Noticed { at: now, to, content });
                    }
                    ends.push(end);
                }
                let answers = UnderWay::NoticeAnswers(batch, ends);
                self.under_way.push((now + Millis::new(1), answers));
            }
            UnderWay::NoticeAnswers(batch, ends) => {
                self.host().handle_notified(rules, &batch, &ends, random, now);
            }
        }
    }

    fn observe(&mut self, check: &str, place: &str) -> Option<CheckObservation> {
        self.probed.push((self.now, check.to_owned()));
        let result = (self.finds)(check, place, self.now)?;
        let reasons =
            if result == CheckResult::Up { vec![] } else { vec!["status 503".to_owned()] };
        Some(CheckObservation {
            check: check.to_owned(),
            result,
            took: Millis::new(40),
            status: Some(200),
            reasons,
            evidence: None,
        })
    }

    pub(crate) fn spend(&mut self, cost: Cost) {
        self.spent.push((self.now, cost));
    }

    /// A call of the prober, and what its checks send; circuits and probers are called too.
    fn cost_of(&self, order: &ProbeOrder) -> Cost {
        let checks = order.checks.iter().filter_map(|name| self.rules.check(name));
        let number = order.checks.len() as u32;
        if order.place == TRAFFIC {
            return Cost { object_calls: number, ..Cost::ZERO };
        }
        let subrequests = checks.map(|check| check.requests_max(&order.place) as u32).sum();
        Cost { object_calls: 1, subrequests, ..Cost::ZERO }
    }

    /// The most of each resource that was spent within an hour, wherever it begins.
    pub(crate) fn most_in_an_hour(&self) -> Cost {
        let (mut most, mut sum, mut first) = (Cost::ZERO, [0u64; 5], 0);
        for (at, cost) in &self.spent {
            while at.since(self.spent[first].0) >= Millis::from_secs(3600) {
                for (sum, resource) in sum.iter_mut().zip(Resource::ALL) {
                    *sum -= u64::from(self.spent[first].1[resource]);
                }
                first += 1;
            }
            for (sum, resource) in sum.iter_mut().zip(Resource::ALL) {
                *sum += u64::from(cost[resource]);
                most[resource] = most[resource].max(*sum as u32);
            }
        }
        most
    }

    /// Carries out what the host says, as the Durable Object does.
    pub(crate) fn carry_out(&mut self, rules: &WatchRules) {
        while let Some(effect) = self.host().poll_effect(rules) {
            let now = self.now;
            match effect {
                MonitorEffect::Store(write) => {
                    // What is added is deleted some day.
                    let is_added = matches!(
                        write,
                        MonitorWrite::AddObservations { .. }
                            | MonitorWrite::AddHour { .. }
                            | MonitorWrite::SaveDay { .. }
                    );
                    self.spend(Cost { rows_written: 1 + u32::from(is_added), ..Cost::ZERO });
                    self.storage.write(write);
                }
                MonitorEffect::Read(query) => {
                    let rows = self.storage.found(&query);
                    self.spend(Cost { rows_read: rows.len() as u32, ..Cost::ZERO });
                    let unread = self.host().handle_subscribers(rules, &rows);
                    assert!(self.is_damaged || unread.is_empty(), "{unread:?}");
                }
                MonitorEffect::Arm(at) => {
                    self.spend(Cost { rows_written: 1, ..Cost::ZERO });
                    self.alarm = Some(at.max(now));
                }
                MonitorEffect::Begin(MonitorTask::Probe(order)) => {
                    self.spend(self.cost_of(&order));
                    self.under_way.push((now + PROBE_TAKES, UnderWay::Probe(order)));
                }
                MonitorEffect::Begin(MonitorTask::Notify(batch)) => {
                    let subrequests = batch.recipients.len() as u32;
                    self.spend(Cost { subrequests, ..Cost::ZERO });
                    self.under_way.push((now + DELIVERY_TAKES, UnderWay::Notices(batch)));
                }
                MonitorEffect::Begin(MonitorTask::Deliver(attempt, alert)) => {
                    self.spend(Cost { subrequests: 1, ..Cost::ZERO });
                    self.under_way.push((now + DELIVERY_TAKES, UnderWay::Delivery(attempt, alert)));
                }
                MonitorEffect::Begin(MonitorTask::Ping) => {
                    self.spend(Cost { subrequests: 1, ..Cost::ZERO });
                    self.pings.push(now);
                }
            }
        }
    }
}
