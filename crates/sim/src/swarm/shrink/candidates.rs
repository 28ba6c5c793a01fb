//! The simplifications of a case.

use breakwater_core::base::time::Millis;
use breakwater_core::circuit::policy::Policy;

use crate::geography::Spread;
use crate::swarm::Case;
use crate::swarm::case::simpler_policies;
use crate::time::Micros;
use crate::upstream::Condition;

/// Returns the simplifications of a case, the largest first. Each of them is simpler in one
/// respect and no more complicated in any other, so that a search always ends.
pub(super) fn candidates(case: &Case) -> Vec<Case> {
    let mut all = Candidates { case, found: Vec::new() };
    all.remove_faults();
    all.reset_values();
    all.reduce_fleet();
    all.shorten_faults();
    all.simplify_faults();
    all.simplify_policy();
    all.round_times();
    all.round_shares();
    all.found
}

struct Candidates<'a> {
    case: &'a Case,
    found: Vec<Case>,
}

impl Candidates<'_> {
    /// Adds the case with a change, unless the change has no effect.
    fn add(&mut self, change: impl FnOnce(&mut Case)) {
        let mut changed = self.case.clone();
        change(&mut changed);
        if changed != *self.case {
            self.found.push(changed);
        }
    }

    fn remove_faults(&mut self) {
        self.remove_from(|case| &mut case.phases);
        self.remove_from(|case| &mut case.partitions);
        self.remove_from(|case| &mut case.evictions);
        self.remove_from(|case| &mut case.deploys);
        self.remove_from(|case| &mut case.orders);
        self.add(|case| case.final_order = None);
    }

    /// Removes all elements of a list, then each half of it, then each element.
    fn remove_from<T>(&mut self, list: impl Fn(&mut Case) -> &mut Vec<T>) {
        let count = list(&mut self.case.clone()).len();
        let mut size = count;
        while size > 0 {
            for from in (0..count).step_by(size) {
                self.add(|case| drop(list(case).drain(from..(from + size).min(count))));
            }
            size /= 2;
        }
    }

    /// Sets single values to those of a case without faults.
    fn reset_values(&mut self) {
        let default = Case::default();
        self.add(|case| case.loss = default.loss);
        self.add(|case| case.duplicates = default.duplicates);
        self.add(|case| case.extra_delay = default.extra_delay);
        self.add(|case| case.cut_short = default.cut_short);
        self.add(|case| case.throttled_share = default.throttled_share);
        self.add(|case| case.unsafe_share = default.unsafe_share);
        self.add(|case| case.copies = default.copies);
        self.add(|case| case.skew_ms = default.skew_ms);
        self.add(|case| case.has_cache = default.has_cache);
        self.add(|case| case.has_probe = default.has_probe);
        self.add(|case| case.mean_lifetime = default.mean_lifetime);
        self.add(|case| case.spread = Spread::Shop);
    }

    fn reduce_fleet(&mut self) {
        let Case { isolates, colos, rps, .. } = *self.case;
        for fewer in smaller(isolates) {
            // Each isolate keeps its rate, which the checker's bounds rest on.
            let rate = u64::from(rps) * u64::from(fewer);
            self.add(|case| {
                case.isolates = fewer;
                case.rps = rate.div_ceil(u64::from(isolates)) as u32;
            });
        }
        for fewer in smaller(rps).filter(|fewer| fewer * 6 >= isolates) {
            self.add(|case| case.rps = fewer);
        }
        for fewer in smaller(colos.into()) {
            self.add(|case| case.colos = fewer as u16);
        }
    }

    /// Ends the time of faults earlier, with all faults in it.
    fn shorten_faults(&mut self) {
        for (numerator, denominator) in [(1, 4), (1, 2), (3, 4), (7, 8)] {
            let micros = self.case.faults_end.0 / denominator * numerator;
            let end = Micros::from_secs(micros / 1_000_000);
            self.add(|case| {
                case.faults_end = end;
                case.phases.retain(|phase| phase.from < end);
                for phase in &mut case.phases {
                    phase.until = phase.until.min(end);
                }
                case.partitions.retain(|partition| partition.from < end);
                for partition in &mut case.partitions {
                    partition.until = partition.until.min(end);
                }
                case.evictions.retain(|&at| at < end);
                case.deploys.retain(|deploy| deploy.at < end);
                case.orders.retain(|order| order.at < end);
            });
        }
    }

    fn simplify_faults(&mut self) {
        for index in 0..self.case.phases.len() {
            let phase = self.case.phases[index];
            self.add(|case| case.phases[index].condition = Condition::Refusing);
            self.add(|case| case.phases[index].continent = None);
            let half = Micros(phase.until.since(phase.from).0 / 2);
            if half >= Micros::from_secs(1) {
                self.add(|case| case.phases[index].until = phase.from + half);
                self.add(|case| case.phases[index].from = phase.from + half);
            }
        }
        for index in 0..self.case.partitions.len() {
            let partition = self.case.partitions[index];
            let half = Micros(partition.until.since(partition.from).0 / 2);
            if half >= Micros::from_secs(1) {
                self.add(|case| case.partitions[index].until = partition.from + half);
                self.add(|case| case.partitions[index].from = partition.from + half);
            }
        }
        for index in 0..self.case.deploys.len() {
            self.add(|case| case.deploys[index].policy = None);
        }
    }

    /// Sets all of the policy to the defaults, then each key of it.
    fn simplify_policy(&mut self) {
        self.add(|case| case.policy = Policy::default());
        for policy in simpler_policies(&self.case.policy) {
            self.add(|case| case.policy = policy);
        }
        for index in 0..self.case.deploys.len() {
            let policies = self.case.deploys[index].policy.as_ref().map(simpler_policies);
            for policy in policies.into_iter().flatten() {
                self.add(|case| case.deploys[index].policy = Some(policy));
            }
        }
    }

    /// Rounds times down to whole seconds, all at once and one by one.
    fn round_times(&mut self) {
        let round = |at: &mut Micros| *at = Micros::from_secs(at.0 / 1_000_000);
        let round_timeout = |case: &mut Case| case.call_timeout = whole_seconds(case.call_timeout);
        self.add(|case| {
            times(case).into_iter().for_each(round);
            round_timeout(case);
        });
        for index in 0..times(&mut self.case.clone()).len() {
            self.add(|case| times(case).into_iter().skip(index).take(1).for_each(round));
        }
        self.add(round_timeout);
    }

    /// Rounds each share down to whole percents.
    fn round_shares(&mut self) {
        for share in [
            (|case| &mut case.loss) as fn(&mut Case) -> &mut f64,
            |case| &mut case.duplicates,
            |case| &mut case.cut_short,
        ] {
            self.add(|case| {
                let share = share(case);
                *share = (*share * 100.0).floor() / 100.0;
            });
        }
    }
}

/// All times of a case, in a fixed order.
fn times(case: &mut Case) -> Vec<&mut Micros> {
    let mut times = vec![&mut case.faults_end, &mut case.mean_lifetime, &mut case.extra_delay];
    for phase in &mut case.phases {
        times.extend([&mut phase.from, &mut phase.until]);
    }
    for partition in &mut case.partitions {
        times.extend([&mut partition.from, &mut partition.until]);
    }
    times.extend(&mut case.evictions);
    times.extend(case.deploys.iter_mut().map(|deploy| &mut deploy.at));
    times.extend(case.orders.iter_mut().map(|order| &mut order.at));
    times
}

/// Rounds down to whole seconds, unless nothing would be left.
fn whole_seconds(span: Millis) -> Millis {
    Millis::from_secs(span.get() / 1_000).max(span.min(Millis::from_secs(1)))
}

/// Smaller numbers than this one, from 1 on: 1, the half, and one less.
fn smaller(number: u32) -> impl Iterator<Item = u32> {
    let mut smaller = vec![1, number / 2, number.saturating_sub(1)];
    smaller.retain(|&candidate| candidate > 0 && candidate < number);
    smaller.dedup();
    smaller.into_iter()
}
