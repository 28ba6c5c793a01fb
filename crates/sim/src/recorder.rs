//! Records what happens in a run, in bins of a tenth of a second.

mod visits;

pub use visits::{Answer, LONG, NOTICED, Visit, VisitBin, VisitCounts};

use crate::time::Micros;

/// The width of a bin is 100 ms.
pub const BIN: Micros = Micros::from_ms(100);
/// A second has 10 bins.
pub const SECOND: usize = 10;

/// The counts of a tenth of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bin {
    /// Decisions about visitors of continents that have had no outage so far.
    pub before_outage: Decisions,
    /// Decisions about visitors of continents that have an outage.
    pub during_outage: Decisions,
    /// Decisions about visitors of continents whose outage is over.
    pub after_outage: Decisions,
    /// Calls that arrived at the Durable Object, and its alarms.
    pub object_calls: u32,
    /// Calls that began at the upstream, the coordinator's probes included.
    pub upstream_calls: u32,
    /// What visitors waited and got.
    pub visits: VisitBin,
}

/// The decision about a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The visitor's call goes to the upstream.
    Admitted,
    /// The visitor's call is rejected.
    Rejected,
    /// The visitor gets a copy at once, and no call is made.
    Spared,
}

/// Decisions about visitors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Visitors whose call went to the upstream.
    pub admitted: u32,
    /// Visitors whose call was rejected.
    pub rejected: u32,
    /// Visitors who got a copy at once, although the circuit rejects no calls.
    pub spared: u32,
}

impl Decisions {
    /// Counts a decision.
    const fn record(&mut self, decision: Decision) {
        match decision {
            Decision::Admitted => self.admitted += 1,
            Decision::Rejected => self.rejected += 1,
            Decision::Spared => self.spared += 1,
        }
    }

    /// The number of decisions.
    pub const fn total(self) -> u32 {
        self.admitted + self.rejected + self.spared
    }

    /// The sum of two counts.
    pub const fn plus(self, other: Self) -> Self {
        Self {
            admitted: self.admitted + other.admitted,
            rejected: self.rejected + other.rejected,
            spared: self.spared + other.spared,
        }
    }
}

/// The counts of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorder {
    /// Sums leave out what happens before this time, while the fleet is still starting.
    warm_up: Micros,
    bins: Vec<Bin>,
    /// Visitors whose call met an outage.
    pub met_outage: u64,
    /// Those of them whose call began after the outage: the upstream was recovering, and had more
    /// calls than it could serve.
    pub met_in_recovery: u64,
    /// Those of them whose call began during the outage, but after the trip.
    pub met_after_trip: u64,
    /// Calls in flight that will meet an outage.
    in_flight: u64,
    /// The calls in flight when the first call that met an outage ended. The fleet cannot know of
    /// the outage before that.
    pub in_flight_at_first_sign: Option<u64>,
    /// Visitors who waited for a call that met an outage while it lasted.
    pub waited_for_sick: u64,
    /// When the first patience with a call that met an outage is over.
    impatient_at: Option<Micros>,
    /// The calls in flight that will meet an outage, at that time: what the fleet has in flight
    /// when it could first suspect something.
    pub in_flight_at_first_impatience: Option<u64>,
    /// What visitors waited and got while their continent had an outage.
    pub visits_in_outage: VisitCounts,
    /// What visitors waited and got at other times after the warm-up.
    pub visits_elsewhere: VisitCounts,
    /// Isolates that started during an outage, for a visitor who met it there.
    pub started_in_outage: u64,
    /// When the strategy first opened for the whole fleet because of an outage.
    pub trip: Option<Micros>,
    /// Circuits that opened where there had been no outage.
    pub false_openings: u64,
    /// The time that all visitors together waited for decisions.
    pub waited: Micros,
}

impl Recorder {
    /// Creates an empty record, whose sums begin after the warm-up.
    pub fn new(warm_up: Micros) -> Self {
        Self {
            warm_up,
            bins: Vec::new(),
            met_outage: 0,
            met_in_recovery: 0,
            met_after_trip: 0,
            in_flight: 0,
            in_flight_at_first_sign: None,
            waited_for_sick: 0,
            impatient_at: None,
            in_flight_at_first_impatience: None,
            visits_in_outage: VisitCounts::default(),
            visits_elsewhere: VisitCounts::default(),
            started_in_outage: 0,
            trip: None,
            false_openings: 0,
            waited: Micros(0),
        }
    }

    /// All bins from the start of the run.
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// The bins after the warm-up.
    pub fn measured(&self) -> &[Bin] {
        self.bins.get(index(self.warm_up)..).unwrap_or_default()
    }

    /// Records the decision about a visitor who came at `arrived_at`. `has_outage` says whether
    /// the visitor's continent has an outage, `had_outage` whether it has or had one.
    pub fn record_decision(
        &mut self,
        now: Micros,
        arrived_at: Micros,
        has_outage: bool,
        had_outage: bool,
        decision: Decision,
    ) {
        if now >= self.warm_up {
            self.waited += now.since(arrived_at);
        }
        let bin = self.bin(now);
        let decisions = match (has_outage, had_outage) {
            (true, _) => &mut bin.during_outage,
            (false, true) => &mut bin.after_outage,
            (false, false) => &mut bin.before_outage,
        };
        decisions.record(decision);
    }

    /// Records what a visitor waits and gets.
    pub fn record_visit(&mut self, now: Micros, visit: Visit) {
        self.bin(now).visits.record(visit);
        if visit.has_outage {
            self.visits_in_outage.record(visit);
        } else if now >= self.warm_up {
            self.visits_elsewhere.record(visit);
        }
    }

    /// Records that a visitor waits for a call that will meet an outage. `has_outage` says whether
    /// there is one now, `impatient_at` when the visitor's patience with the call is over, if the
    /// call takes that long.
    pub fn record_wait_start(&mut self, has_outage: bool, impatient_at: Option<Micros>) {
        self.waited_for_sick += u64::from(has_outage);
        if let Some(at) = impatient_at {
            self.impatient_at.get_or_insert(at);
        }
    }

    /// Records the start of a call. `met_outage` says whether it will meet an outage, `has_outage`
    /// whether there is one now.
    pub fn record_call_start(&mut self, now: Micros, met_outage: bool, has_outage: bool) {
        self.bin(now).upstream_calls += 1;
        self.note_impatience(now);
        self.met_outage += u64::from(met_outage);
        self.in_flight += u64::from(met_outage);
        self.met_in_recovery += u64::from(met_outage && !has_outage);
        let after_trip = self.trip.is_some_and(|trip| now > trip);
        self.met_after_trip += u64::from(met_outage && has_outage && after_trip);
    }

    /// Records a probe of the coordinator.
    pub fn record_probe(&mut self, now: Micros) {
        self.bin(now).upstream_calls += 1;
    }

    /// Records the end of a call.
    pub fn record_call_end(&mut self, now: Micros, met_outage: bool) {
        self.note_impatience(now);
        if met_outage {
            self.in_flight_at_first_sign.get_or_insert(self.in_flight);
            self.in_flight -= 1;
        }
    }

    /// Records the start of an isolate on a continent that has an outage or not.
    pub fn record_isolate_start(&mut self, has_outage: bool) {
        self.started_in_outage += u64::from(has_outage);
    }

    /// Records a call to the Durable Object, or its alarm.
    pub fn record_object_call(&mut self, now: Micros) {
        self.bin(now).object_calls += 1;
    }

    /// Records the opening of a circuit.
    pub fn record_opening(&mut self, now: Micros, is_false: bool) {
        self.false_openings += u64::from(is_false && now >= self.warm_up);
    }

    /// Records that the strategy opened for the whole fleet because of an outage.
    pub fn record_trip(&mut self, now: Micros) {
        self.trip.get_or_insert(now);
    }

    fn note_impatience(&mut self, now: Micros) {
        if self.impatient_at.is_some_and(|at| now >= at) {
            self.in_flight_at_first_impatience.get_or_insert(self.in_flight);
        }
    }

    fn bin(&mut self, now: Micros) -> &mut Bin {
        let index = index(now);
        if index >= self.bins.len() {
            self.bins.resize(index + 1, Bin::default());
        }
        &mut self.bins[index]
    }
}

/// The index of the bin that contains a point in time.
pub const fn index(at: Micros) -> usize {
    (at.0 / BIN.0) as usize
}
