//! What reached a backend, by its own account.

use std::collections::{BTreeMap, BTreeSet};

/// What visitors say that they are. Breakwater asks with the same words when it renews a copy.
pub(super) const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/// What Breakwater says in a visitor's place whose own words it does not know.
const STAND_IN: &str = "Breakwater-Refresh";

/// A request that reached the backend.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Arrival {
    /// Seconds from the first visitor on.
    pub(super) at: f64,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) cookie: String,
    /// Whether a visitor is the reason, and not a probe of the tool itself.
    pub(super) is_for_visitor: bool,
}

/// Reads the backend's file of arrivals. `first`: when the first visitor came, in milliseconds
/// since 1970. Lines that are not whole are left out.
pub(super) fn parse(text: &str, first: u64) -> Vec<Arrival> {
    text.lines().filter_map(|line| arrival(line, first)).collect()
}

fn arrival(line: &str, first: u64) -> Option<Arrival> {
    let mut fields = line.split('\t');
    let at: u64 = fields.next()?.parse().ok()?;
    let (method, target) = (fields.next()?.to_owned(), fields.next()?.to_owned());
    let (cookie, agent) = (fields.next()?.to_owned(), fields.next()?);
    let is_for_visitor = agent == AGENT || agent == STAND_IN;
    let at = (at as f64 - first as f64) / 1e3;
    Some(Arrival { at, method, target, cookie, is_for_visitor })
}

/// Orders that arrived more than once: each visitor's order has a cookie of its own.
pub(super) fn doubled(arrivals: &[Arrival]) -> usize {
    let mut counts = BTreeMap::<&str, usize>::new();
    for order in arrivals.iter().filter(|arrival| arrival.method == "POST") {
        *counts.entry(order.cookie.as_str()).or_default() += 1;
    }
    counts.values().filter(|count| **count > 1).count()
}

/// When anything arrived that had arrived before `end` too, at whatever time. Addresses that no
/// visitor has used are not asked for while all is well, and more of them later are no overshoot.
pub(super) fn times_of_known(arrivals: &[Arrival], end: f64) -> Vec<f64> {
    let asked = |arrival: &Arrival| (arrival.method.clone(), arrival.target.clone());
    let known: BTreeSet<_> = arrivals.iter().filter(|it| it.at < end).map(asked).collect();
    arrivals.iter().filter(|it| known.contains(&asked(it))).map(|it| it.at).collect()
}

/// The most of these times within any one second of this span.
pub(super) fn busiest_second(times: &[f64], from: f64, to: f64) -> usize {
    let mut times = times.to_vec();
    times.retain(|at| (from..to).contains(at));
    times.sort_by(f64::total_cmp);
    let until = |end: f64| times.partition_point(|at| *at < end);
    times.iter().map(|start| until(start + 1.0) - until(*start)).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{AGENT, Arrival, busiest_second, doubled, parse, times_of_known};

    fn at(times: &[f64]) -> Vec<Arrival> {
        let arrival = |at: &f64| Arrival {
            at: *at,
            method: "GET".into(),
            target: "/".into(),
            cookie: String::new(),
            is_for_visitor: true,
        };
        times.iter().map(arrival).collect()
    }

    #[test]
    fn arrivals_are_told_from_a_tools_own_probes() {
        let text = format!(
            "1500\tGET\t/products/1?ref=a\tsession=ann\t{AGENT}\n\
             500\tGET\t/health/ready\t\tGo-http-client/1.1\n\
             2000\tGET\t/\t\tBreakwater-Refresh\n2000\tGET\t/pro"
        );
        let read = parse(&text, 1_000);
        assert_eq!(
            read[0],
            Arrival {
                at: 0.5,
                method: "GET".into(),
                target: "/products/1?ref=a".into(),
                cookie: "session=ann".into(),
                is_for_visitor: true,
            }
        );
        let rest: Vec<_> = read[1..].iter().map(|it| (it.at, it.is_for_visitor)).collect();
        assert_eq!(rest, [(-0.5, false), (1.0, true)]);
    }

    #[test]
    fn an_order_is_doubled_if_its_cookie_arrives_twice() {
        let line = |method: &str, cookie: &str| format!("1\t{method}\t/api/orders\t{cookie}\tx\n");
        let text = [("POST", "a"), ("POST", "b"), ("POST", "a"), ("POST", "a"), ("GET", "b")]
            .map(|(method, cookie)| line(method, cookie))
            .concat();
        assert_eq!(doubled(&parse(&text, 0)), 1);
    }

    #[test]
    fn the_busiest_second_may_begin_anywhere() {
        let times = [0.1, 0.9, 1.0, 1.05, 1.9, 5.0];
        assert_eq!(busiest_second(&times, 0.0, 10.0), 4);
        assert_eq!(busiest_second(&times, 0.0, 1.0), 2);
        assert_eq!(busiest_second(&times, 7.0, 9.0), 0);
    }

    #[test]
    fn what_was_not_asked_for_while_all_was_well_makes_no_second_busier() {
        let mut arrivals = at(&[0.1, 6.0, 6.1, 6.2]);
        arrivals[3].target = "/new".into();
        let known = times_of_known(&arrivals, 1.0);
        assert_eq!(busiest_second(&known, 0.0, 1.0), 1);
        assert_eq!(busiest_second(&known, 5.0, 10.0), 2);
    }
}
