//! What `--help` and `--list` print.

use std::fmt::Write;

use crate::scenario::CATALOGUE;

const HELP: &str = "\
usage: breakwater-sim --scenario NAME|all [--isolates 3000] [--colos 300] [--rps 50000] [--seed 1]
                      [--geography shop|uniform] [--strategy NAME] [--json | --markdown]
                      [--plot FILE.svg]
       breakwater-sim --swarm N [--seed FIRST]
       breakwater-sim --swarm-case TEXT|FILE
       breakwater-sim --list

Simulates a fleet of Workers in front of an upstream, on the same core code as the Worker, and
compares ways to protect it: each isolate alone, one Durable Object call per request, Breakwater.
The same seed always gives the same figures, and all strategies meet the same visitors.

  --scenario NAME    what happens; --list names all of them; may be given more than once
  --isolates N       isolates, spread over the colos by traffic (3000)
  --colos N          colos: 40 % on the home continent, 35 % on the next, 25 % far away (300)
  --rps N            visitors per second (50000)
  --seed N           what all chance comes from (1)
  --geography NAME   shop: 80 % of the traffic at home, near the upstream and the Durable Object,
                     14 % next, 6 % far; uniform: each colo has the same (shop)
  --strategy NAME    alone, per_request or breakwater; may be given more than once (all)
  --json             one JSON object per scenario and line
  --markdown         one section per scenario
  --plot FILE        draw load and rejections over time, as SVG; for one scenario
  --list             name the scenarios
  --swarm N          run N random cases from --seed on, on all cores, and check after each step
                     what must always hold; a case that fails prints the command that runs it
                     again, and is then shrunk: simplified, in at most 3,000 runs, as long as it
                     fails in the same way; the smallest case is described and printed as a text
  --swarm-case TEXT  run one case, given as the text that was printed (JSON, begins with `{`) or as
                     a file that holds it; the text can be edited: fields that are left out have
                     no fault in them, times are written as `1.5s`, and shares from 0 to 1

What the figures mean. The first minute is a warm-up and is not counted.

  time to open              from the start of the outage until, from then on for a second, 99 % of
                            the visitors in it are rejected
  time to decide for all    until the coordinator opened, or half of the isolates did, each alone
  met the outage            visitors whose call failed, timed out or was slow because of it, or
                            because the recovering upstream was overloaded
  while it was open         those among them after the decision: probes, and isolates that had not
                            heard yet
  bound                     isolates that lived in the outage + calls in flight when the first of
                            them ended, since before that nobody can know of it; those who met the
                            outage itself (not the recovery) should not exceed it
  without an outage         rejected visitors, and opened circuits, where there has been none so far
  object calls              calls to the Durable Object, and its alarms; it serves 1,000 a second;
                            those of the trip: from the start of the outage until 10 s after the
                            decision
  time to full recovery     from the end of the last outage until 99 % are admitted, and stay so
  peak load                 most calls in a second of the ten since a fifth of visitors is admitted
                            again, against what all of them would make
  wait for the decision     what asking costs each visitor before the call can go out
";

/// What `--help` prints.
pub const fn help() -> &'static str {
    HELP
}

/// What `--list` prints.
pub fn list() -> String {
    let mut text = String::new();
    for entry in CATALOGUE {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:12}{}", entry.name, entry.about);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_fit_a_terminal() {
        for line in help().lines().chain(list().lines()) {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}
