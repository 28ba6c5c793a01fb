//! Reads the command line.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, value_parser};

use crate::geography::Spread;
use crate::scenario::{CATALOGUE, Entry, Trial};
use crate::strategy::Kind;

/// Most isolates: a life is a number of 32 bits, and this is a hundred times the fleet we expect.
const ISOLATES_MAX: i64 = 1_000_000;
/// Most colos: three times as many as Cloudflare has.
const COLOS_MAX: i64 = 1_000;
/// Most visitors per second.
const RPS_MAX: i64 = 10_000_000;
/// Means every scenario.
const ALL: &str = "all";
/// Most seeds of one scenario.
const SEEDS_MAX: u64 = 1_000_000;
/// Most cases in one swarm.
const SWARM_MAX: u64 = 1_000_000_000;

/// What was asked for.
#[derive(Clone, Debug)]
pub enum Command {
    /// Name the scenarios.
    List,
    /// Compare strategies.
    Compare(Compare),
    /// Play random cases.
    Swarm {
        /// How many.
        cases: u64,
        /// The seed of the first; each next one is one more.
        first: u64,
    },
    /// Run one case of the swarm, given as its text or as a file that holds it.
    SwarmCase(String),
}

/// What is compared.
#[derive(Clone, Debug)]
pub struct Compare {
    /// Scenarios, in the order in which they are played.
    pub entries: Vec<Entry>,
    /// Strategies, in the order of their columns.
    pub kinds: Vec<Kind>,
    /// Isolates.
    pub isolates: u32,
    /// Colos.
    pub colos: u16,
    /// Visitors per second.
    pub rps: u32,
    /// How they are spread.
    pub spread: Spread,
    /// The seed.
    pub seed: u64,
    /// How many seeds are played from it on, if figures of many are asked for.
    pub seeds: Option<u64>,
    /// In what form.
    pub form: Form,
    /// Where the picture goes.
    pub plot: Option<PathBuf>,
}

/// How a comparison is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// A table.
    #[default]
    Table,
    /// A JSON object per scenario, one per line.
    Json,
    /// A section per scenario.
    Markdown,
}

impl Default for Compare {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            kinds: Kind::ALL.to_vec(),
            isolates: 3_000,
            colos: 300,
            rps: 50_000,
            spread: Spread::Shop,
            seed: 1,
            seeds: None,
            form: Form::Table,
            plot: None,
        }
    }
}

impl Compare {
    /// The trial of an entry.
    pub fn trial(&self, entry: Entry) -> Trial {
        Trial {
            scenario: entry.scenario(),
            isolates: self.isolates,
            colos: self.colos,
            rps: self.rps,
            spread: self.spread,
            seed: self.seed,
        }
    }
}

/// Simulates a fleet of Workers in front of an upstream, on the same core code as the Worker, and
/// compares ways to protect it: each isolate alone, one Durable Object call per request,
/// Breakwater. The same seed always gives the same figures, and all strategies meet the same
/// visitors.
#[derive(Debug, Parser)]
#[command(name = "breakwater-sim", verbatim_doc_comment, after_help = FIGURES)]
struct Options {
    /// What happens: `all`, or a scenario that --list names; may be given more than once
    #[arg(long, value_name = "NAME", hide_possible_values = true,
        value_parser = PossibleValuesParser::new(scenarios()))]
    scenario: Vec<String>,
    /// Isolates, spread over the colos by traffic
    #[arg(long, value_name = "N", default_value_t = Compare::default().isolates,
        value_parser = value_parser!(u32).range(1..=ISOLATES_MAX))]
    isolates: u32,
    /// Colos: 40 % on the home continent, 35 % on the next, 25 % far away
    #[arg(long, value_name = "N", default_value_t = Compare::default().colos,
        value_parser = value_parser!(u16).range(1..=COLOS_MAX))]
    colos: u16,
    /// Visitors per second
    #[arg(long, value_name = "N", default_value_t = Compare::default().rps,
        value_parser = value_parser!(u32).range(1..=RPS_MAX))]
    rps: u32,
    /// What all chance comes from
    #[arg(long, value_name = "N", default_value_t = Compare::default().seed)]
    seed: u64,
    /// Play N seeds from --seed on, on all cores, and print how the figures
    /// are distributed; the upstream is mended up to `open_for` later than
    /// the scenario says, at random by the seed
    #[arg(long, value_name = "N", verbatim_doc_comment, conflicts_with = "plot",
        value_parser = value_parser!(u64).range(1..=SEEDS_MAX))]
    seeds: Option<u64>,
    /// Where the visitors are. shop: 80 % of the traffic at home, near
    /// the upstream and the Durable Object, 14 % next, 6 % far; uniform:
    /// each colo has the same
    #[arg(long, value_name = "NAME", value_enum, default_value_t, verbatim_doc_comment)]
    geography: Spread,
    /// What protects the upstream; may be given more than once [default: all]
    #[arg(long, value_name = "NAME", value_enum)]
    strategy: Vec<Kind>,
    /// Print one JSON object per scenario and line
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print one section per scenario
    #[arg(long)]
    markdown: bool,
    /// Draw load and rejections over time, as SVG; for one scenario
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Name the scenarios
    #[arg(long)]
    list: bool,
    /// Run N random cases from --seed on, on all cores, and check after
    /// each step what must always hold; a case that fails prints the
    /// command that runs it again, and is then shrunk: simplified, in at
    /// most 3,000 runs, as long as it fails in the same way; the smallest
    /// case is described and printed as a text
    #[arg(long, value_name = "N", verbatim_doc_comment, conflicts_with_all = COMPARED,
        value_parser = value_parser!(u64).range(1..=SWARM_MAX))]
    swarm: Option<u64>,
    /// Run one case, given as the text that was printed (JSON, begins
    /// with `{`) or as a file that holds it; the text can be edited:
    /// fields that are left out have no fault in them, times are written
    /// as `1.5s`, and shares from 0 to 1
    #[arg(long, value_name = "CASE", verbatim_doc_comment, conflicts_with_all = COMPARED,
        conflicts_with_all = ["swarm", "seed"])]
    swarm_case: Option<String>,
}

/// The options of a comparison. A swarm draws its own cases, and takes none of them.
const COMPARED: [&str; 10] = [
    "scenario",
    "isolates",
    "colos",
    "rps",
    "seeds",
    "geography",
    "strategy",
    "json",
    "markdown",
    "plot",
];

const FIGURES: &str = "\
Examples:
  breakwater-sim --scenario dead --plot dead.svg
  breakwater-sim --scenario all --isolates 300 --colos 30 --rps 5000 --markdown
  breakwater-sim --scenario hang --seeds 1000 --isolates 60 --colos 6 --rps 1000
  breakwater-sim --swarm 100000 --seed 1

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

Where copies are at hand, which are stored responses that a visitor may get, more figures follow.
They are of the visitors who come during the outage, or of all if there is none. A visitor with a
copy gets it when the call has failed, is rejected, or has taken `patience`, 2 s.

  time that visitors wait   they read for a second between two requests
  visitors who waited for   those who met the outage while it lasted, and got no copy at once; their
  the sick upstream         bound are the isolates, and the calls in flight when a patience was over
                            for the first time
  calls per second          that began at the upstream in the outage, probes included
  from second               the second of the outage from which on that is so in every second
  mended to 99 % good       from the end of the outage until 99 % of the visitors without a copy get
                            the upstream's answer, and those of every later second do; and the same
                            of all visitors
  busiest second            calls at the upstream from its mending on, against before the outage
";

/// Reads the arguments, of which the first is the program's name.
///
/// # Errors
/// What is wrong with them, and what is allowed; or help, if they ask for it or there are none.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Command, clap::Error> {
    let mut words: Vec<OsString> = words.into_iter().collect();
    if words.len() <= 1 {
        words.push("--help".into());
    }
    let options = Options::try_parse_from(words)?;
    if options.list {
        return Ok(Command::List);
    }
    if let Some(case) = options.swarm_case {
        return Ok(Command::SwarmCase(case));
    }
    if let Some(cases) = options.swarm {
        return Ok(Command::Swarm { cases, first: options.seed });
    }
    let form = match (options.json, options.markdown) {
        (true, _) => Form::Json,
        (_, true) => Form::Markdown,
        (false, false) => Form::Table,
    };
    let entries: Vec<Entry> = options.scenario.iter().flat_map(|name| entries(name)).collect();
    if entries.is_empty() {
        let missing = format!("--scenario is missing, expected one of {}", scenarios().join(", "));
        return Err(Options::command().error(ErrorKind::MissingRequiredArgument, missing));
    }
    if options.plot.is_some() && entries.len() > 1 {
        let many = "--plot draws one scenario, but more are named";
        return Err(Options::command().error(ErrorKind::ArgumentConflict, many));
    }
    let all = Compare::default().kinds;
    Ok(Command::Compare(Compare {
        entries,
        kinds: if options.strategy.is_empty() { all } else { options.strategy },
        isolates: options.isolates,
        colos: options.colos,
        rps: options.rps,
        spread: options.geography,
        seed: options.seed,
        seeds: options.seeds,
        form,
        plot: options.plot,
    }))
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

/// What `--scenario` means by this name.
fn entries(name: &str) -> Vec<Entry> {
    match name {
        ALL => CATALOGUE.to_vec(),
        _ => Entry::named(name).into_iter().collect(),
    }
}

/// What `--scenario` takes.
fn scenarios() -> Vec<&'static str> {
    [ALL].into_iter().chain(CATALOGUE.iter().map(|entry| entry.name)).collect()
}

#[cfg(test)]
mod tests;
