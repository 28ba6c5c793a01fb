//! A case in words.

use std::fmt::{self, Display, Write};

use breakwater_core::circuit::breaker::Override;

use super::Case;
use super::text::policy_keys;
use crate::geography::Continent;
use crate::strategy::Order;
use crate::time::Micros;
use crate::upstream::Condition;

impl Case {
    /// Describes the case for people: its fleet, then its faults in the order of their times.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_fleet(&mut text).and_then(|()| self.write_events(&mut text));
        text
    }

    fn write_fleet(&self, text: &mut String) -> fmt::Result {
        let isolates = count(self.isolates, "isolate");
        let colos = count(self.colos.into(), "colo");
        let visitors = count(self.rps, "visitor");
        writeln!(text, "{isolates} in {colos}, {visitors}/s, seed {}", self.seed)?;
        let policy: Vec<_> = policy_keys(&self.policy)
            .iter()
            .map(|(key, value)| format!("{key} = {}", value.to_string().trim_matches('"')))
            .collect();
        let policy = if policy.is_empty() { "the defaults".to_owned() } else { policy.join(", ") };
        writeln!(text, "policy: {policy}")?;
        let mut facts = vec![
            format!("calls time out after {}", self.call_timeout),
            format!("isolates live for {} on average", seconds(self.mean_lifetime)),
        ];
        let mut fact = |holds: bool, text: String| {
            if holds {
                facts.push(text);
            }
        };
        fact(!self.has_cache, "the colos' caches store nothing".to_owned());
        fact(!self.has_probe, "the upstream has no probe path".to_owned());
        fact(self.skew_ms > 0, format!("clocks are off by up to {} ms", self.skew_ms));
        fact(self.unsafe_share > 0.0, percent(self.unsafe_share, "requests are unsafe"));
        fact(self.copies > 0.0, percent(self.copies, "requests have a copy at hand"));
        writeln!(text, "{}", facts.join("; "))?;
        let mut faults = Vec::new();
        let mut fault = |holds: bool, text: String| {
            if holds {
                faults.push(text);
            }
        };
        fault(self.loss > 0.0, percent(self.loss, "messages are lost"));
        fault(self.duplicates > 0.0, percent(self.duplicates, "reports arrive twice"));
        let delay = seconds(self.extra_delay);
        fault(self.extra_delay > Micros(0), format!("messages take {delay} longer on average"));
        fault(self.cut_short > 0.0, percent(self.cut_short, "session steps are cut short"));
        fault(self.throttled_share > 0.0, percent(self.throttled_share, "calls are throttled"));
        if !faults.is_empty() {
            writeln!(text, "until {}: {}", seconds(self.faults_end), faults.join("; "))?;
        }
        Ok(())
    }

    fn write_events(&self, text: &mut String) -> fmt::Result {
        let mut events: Vec<(Micros, String)> = Vec::new();
        for phase in &self.phases {
            let whose = phase.continent.map_or("", from_continent);
            let what = format!(
                "until {} the upstream {}{whose}",
                seconds(phase.until),
                condition(phase.condition)
            );
            events.push((phase.from, what));
        }
        for partition in &self.partitions {
            let until = seconds(partition.until);
            let name = continent(partition.continent);
            events.push((partition.from, format!("until {until} the {name} is cut off")));
        }
        for &at in &self.evictions {
            events.push((at, "the coordinator is evicted".to_owned()));
        }
        for deploy in &self.deploys {
            let policy = if deploy.policy.is_some() { " with another policy" } else { "" };
            events.push((deploy.at, format!("a deploy{policy} replaces all isolates")));
        }
        events.extend(self.all_orders().map(|(at, order)| (at, describe_order(order))));
        events.push((self.faults_end, "all faults are over".to_owned()));
        events.push((self.stable_from(), "the fleet must be stable".to_owned()));
        events.push((self.end(), "the run ends".to_owned()));
        // The sort is stable: events of one time keep the order in which they take effect.
        events.sort_by_key(|&(at, _)| at);
        for (at, what) in events.iter().filter(|&&(at, _)| at <= self.end()) {
            writeln!(text, "{:>14}  {what}", seconds(*at))?;
        }
        Ok(())
    }
}

fn condition(condition: Condition) -> String {
    match condition {
        Condition::Healthy => "answers calls".to_owned(),
        Condition::Hanging => "never answers calls".to_owned(),
        Condition::Refusing => "refuses calls".to_owned(),
        Condition::Slow(more) => format!("takes {} longer for calls", seconds(more)),
        Condition::Failing(share) => format!("fails {:.1} % of calls", share * 100.0),
        Condition::Recovering(from, to) => {
            format!("serves {:.0} % to {:.0} % of its normal load of calls", from * 1e2, to * 1e2)
        }
        Condition::HeavyTail => "takes up to 20 s for calls".to_owned(),
        Condition::Brownout { capacity, failing } => {
            let (capacity, failing) = (capacity * 1e2, failing * 1e2);
            format!("serves {capacity:.0} % of its normal load, and fails {failing:.1} % of calls")
        }
    }
}

const fn from_continent(continent: Continent) -> &'static str {
    match continent {
        Continent::Home => " from the home continent",
        Continent::Next => " from the next continent",
        Continent::Far => " from the far continent",
    }
}

const fn continent(continent: Continent) -> &'static str {
    match continent {
        Continent::Home => "home continent",
        Continent::Next => "next continent",
        Continent::Far => "far continent",
    }
}

fn describe_order(order: Order) -> String {
    match order {
        Order::Override { chosen: Some(chosen), lasts } => {
            let state = match chosen {
                Override::ForcedOpen => "forced_open",
                Override::ForcedClosed => "forced_closed",
                Override::MetricsOnly => "metrics_only",
            };
            format!("an operator orders {state} for {lasts}")
        }
        Order::Override { chosen: None, .. } => "an operator lifts the override".to_owned(),
        Order::Bypass { lasts: Some(lasts) } => format!("an operator orders a bypass for {lasts}"),
        Order::Bypass { lasts: None } => "an operator lifts the bypass".to_owned(),
    }
}

fn count(number: u32, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

fn percent(share: f64, what: &str) -> String {
    format!("{:.1} % of {what}", share * 100.0)
}

fn seconds(span: Micros) -> impl Display {
    format!("{:.3} s", span.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::Phase;

    #[test]
    fn a_case_is_described_in_the_order_of_its_events() {
        let phase = Phase {
            from: Micros::from_secs(2),
            until: Micros::from_secs(9),
            continent: Some(Continent::Far),
            condition: Condition::Refusing,
        };
        let case = Case {
            isolates: 3,
            evictions: vec![Micros::from_secs(1)],
            phases: vec![phase],
            loss: 0.25,
            faults_end: Micros::from_secs(10),
            ends_at: Some(Micros::from_secs(12)),
            ..Case::default()
        };
        assert_eq!(
            case.describe(),
            "\
3 isolates in 1 colo, 1 visitor/s, seed 0
policy: the defaults
calls time out after 10s; isolates live for 600.000 s on average
until 10.000 s: 25.0 % of messages are lost
       1.000 s  the coordinator is evicted
       2.000 s  until 9.000 s the upstream refuses calls from the far continent
      10.000 s  all faults are over
      12.000 s  the run ends
"
        );
    }
}
