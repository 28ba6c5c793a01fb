//! Counts what happens, in bins of a tenth of a second.

use crate::time::Micros;

/// The span of a bin.
pub const BIN: Micros = Micros::from_ms(100);
/// Bins in a second.
pub const SECOND: usize = 10;

/// What happened in a tenth of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bin {
    /// Decisions where no outage has been so far.
    pub untouched: Decisions,
    /// Decisions in an outage.
    pub out: Decisions,
    /// Decisions where an outage is over.
    pub after: Decisions,
    /// Calls that arrived at the Durable Object, alarms included.
    pub object_calls: u32,
}

/// What was decided about visitors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Let through to the upstream.
    pub admitted: u32,
    /// Turned away.
    pub rejected: u32,
}

impl Decisions {
    /// All of them.
    pub const fn all(self) -> u32 {
        self.admitted + self.rejected
    }

    /// Both together.
    pub const fn and(self, other: Self) -> Self {
        Self { admitted: self.admitted + other.admitted, rejected: self.rejected + other.rejected }
    }
}

/// The counts of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// What happens before is not counted in sums: a fleet that has just started is no fleet.
    warm_up: Micros,
    bins: Vec<Bin>,
    /// Visitors whose call met the outage.
    pub met: u64,
    /// Those among them whose call began when the outage was over: the upstream recovered, and had
    /// more calls than it could serve.
    pub met_in_recovery: u64,
    /// Those whose call began in the outage, but after the trip.
    pub met_after_trip: u64,
    /// Calls under way that meet the outage.
    in_flight: u64,
    /// Those under way when the first of them ended. Before that nobody can know of the outage.
    pub in_flight_at_first_sign: Option<u64>,
    /// Isolates that were born in an outage, to the visitor who met it there.
    pub born_in_outage: u64,
    /// When the strategy first opened for all because of an outage.
    pub trip: Option<Micros>,
    /// Circuits that opened where there had been no outage.
    pub false_openings: u64,
    /// What visitors waited for decisions, in all.
    pub waited: Micros,
}

impl Meter {
    /// Nothing counted; sums begin after the warm-up.
    pub const fn new(warm_up: Micros) -> Self {
        Self {
            warm_up,
            bins: Vec::new(),
            met: 0,
            met_in_recovery: 0,
            met_after_trip: 0,
            in_flight: 0,
            in_flight_at_first_sign: None,
            born_in_outage: 0,
            trip: None,
            false_openings: 0,
            waited: Micros(0),
        }
    }

    /// All bins from the start.
    pub fn bins(&self) -> &[Bin] {
        &self.bins
    }

    /// The bins after the warm-up.
    pub fn measured(&self) -> &[Bin] {
        self.bins.get(index(self.warm_up)..).unwrap_or_default()
    }

    /// A decision about a visitor who came at `came`. `is_out`: there is an outage where they are;
    /// `was_out`: there is or was one.
    pub fn decide(
        &mut self,
        now: Micros,
        came: Micros,
        is_out: bool,
        was_out: bool,
        admitted: bool,
    ) {
        if now >= self.warm_up {
            self.waited += now.since(came);
        }
        let bin = self.bin(now);
        let decisions = match (is_out, was_out) {
            (true, _) => &mut bin.out,
            (false, true) => &mut bin.after,
            (false, false) => &mut bin.untouched,
        };
        decisions.admitted += u32::from(admitted);
        decisions.rejected += u32::from(!admitted);
    }

    /// A call begins that will meet an outage or not, and whether there is one now.
    pub fn begin(&mut self, now: Micros, met_outage: bool, is_out: bool) {
        self.met += u64::from(met_outage);
        self.in_flight += u64::from(met_outage);
        self.met_in_recovery += u64::from(met_outage && !is_out);
        let after_trip = self.trip.is_some_and(|trip| now > trip);
        self.met_after_trip += u64::from(met_outage && is_out && after_trip);
    }

    /// A call has ended.
    pub fn end(&mut self, met_outage: bool) {
        if met_outage {
            self.in_flight_at_first_sign.get_or_insert(self.in_flight);
            self.in_flight -= 1;
        }
    }

    /// An isolate is born where there is an outage or not.
    pub fn count_birth(&mut self, is_out: bool) {
        self.born_in_outage += u64::from(is_out);
    }

    /// A call arrived at the Durable Object, or its alarm went off.
    pub fn count_object_call(&mut self, now: Micros) {
        self.bin(now).object_calls += 1;
    }

    /// A circuit opened.
    pub fn handle_opening(&mut self, now: Micros, is_false: bool) {
        self.false_openings += u64::from(is_false && now >= self.warm_up);
    }

    /// The strategy opened for all because of an outage.
    pub fn handle_trip(&mut self, now: Micros) {
        self.trip.get_or_insert(now);
    }

    fn bin(&mut self, now: Micros) -> &mut Bin {
        let index = index(now);
        if index >= self.bins.len() {
            self.bins.resize(index + 1, Bin::default());
        }
        &mut self.bins[index]
    }
}

/// The bin of a point in time.
pub const fn index(at: Micros) -> usize {
    (at.0 / BIN.0) as usize
}
