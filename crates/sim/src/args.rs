//! Reads the command line.

mod help;

use std::path::PathBuf;
use std::str::FromStr;

use lexopt::prelude::*;

pub use help::{help, list};

use crate::geography::Spread;
use crate::scenario::{CATALOGUE, Entry, Trial};
use crate::strategy::Kind;

/// Most isolates: a life is a number of 32 bits, and this is a hundred times the fleet we expect.
const ISOLATES_MAX: u32 = 1_000_000;
/// Most colos: three times as many as Cloudflare has.
const COLOS_MAX: u16 = 1_000;
/// Most visitors per second.
const RPS_MAX: u32 = 10_000_000;
/// Most cases in one swarm.
const SWARM_MAX: u64 = 1_000_000_000;

/// What was asked for.
#[derive(Clone, Debug)]
pub enum Command {
    /// Print help.
    Help,
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

/// Reads the arguments.
///
/// # Errors
/// What is wrong with them, and what is allowed.
pub fn parse(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut compare = Compare::default();
    let mut kinds = Vec::new();
    let mut swarm = None;
    let mut case = None;
    let mut compared = None;
    let mut any = false;
    while let Some(arg) = parser.next()? {
        any = true;
        if let Long(name) = arg
            && !["help", "list", "swarm", "swarm-case", "seed"].contains(&name)
        {
            compared.get_or_insert_with(|| name.to_owned());
        }
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("list") => return Ok(Command::List),
            Long("scenario") => compare.entries.extend(entries(&parser.value()?.string()?)?),
            Long("strategy") => kinds.push(kind(&parser.value()?.string()?)?),
            Long("isolates") => {
                compare.isolates = within(&mut parser, "isolates", 1, ISOLATES_MAX)?;
            }
            Long("colos") => compare.colos = within(&mut parser, "colos", 1, COLOS_MAX)?,
            Long("rps") => compare.rps = within(&mut parser, "rps", 1, RPS_MAX)?,
            Long("seed") => compare.seed = within(&mut parser, "seed", 0, u64::MAX)?,
            Long("geography") => compare.spread = spread(&parser.value()?.string()?)?,
            Long("json") => compare.form = form(compare.form, Form::Json)?,
            Long("markdown") => compare.form = form(compare.form, Form::Markdown)?,
            Long("plot") => compare.plot = Some(parser.value()?.into()),
            Long("swarm-case") => case = Some(parser.value()?.string()?),
            Long("swarm") => swarm = Some(within(&mut parser, "swarm", 1, SWARM_MAX)?),
            Short(_) | Long(_) | Value(_) => return Err(arg.unexpected()),
        }
    }
    if !any {
        return Ok(Command::Help);
    }
    if let Some(case) = case {
        if swarm.is_some() || compared.is_some() || compare.seed != Compare::default().seed {
            return Err("--swarm-case runs one case as it is written: no other option".into());
        }
        return Ok(Command::SwarmCase(case));
    }
    if let Some(cases) = swarm {
        if let Some(name) = compared {
            return Err(
                format!("--swarm draws its own cases: with it only --seed, no --{name}").into()
            );
        }
        return Ok(Command::Swarm { cases, first: compare.seed });
    }
    if compare.entries.is_empty() {
        return Err(format!("--scenario is missing, expected {}", names()).into());
    }
    if compare.plot.is_some() && compare.entries.len() > 1 {
        return Err("--plot draws one scenario, but more are named".into());
    }
    if !kinds.is_empty() {
        compare.kinds = kinds;
    }
    Ok(Command::Compare(compare))
}

fn entries(name: &str) -> Result<Vec<Entry>, lexopt::Error> {
    if name == "all" {
        return Ok(CATALOGUE.to_vec());
    }
    let entry = Entry::named(name)
        .ok_or_else(|| format!("--scenario cannot be `{name}`, expected {}", names()))?;
    Ok(vec![entry])
}

fn kind(name: &str) -> Result<Kind, lexopt::Error> {
    let expected = "alone, per_request or breakwater";
    Kind::ALL
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| format!("--strategy cannot be `{name}`, expected {expected}").into())
}

fn form(before: Form, chosen: Form) -> Result<Form, lexopt::Error> {
    if before != Form::Table && before != chosen {
        return Err("--json and --markdown exclude each other".into());
    }
    Ok(chosen)
}

fn spread(name: &str) -> Result<Spread, lexopt::Error> {
    match name {
        "shop" => Ok(Spread::Shop),
        "uniform" => Ok(Spread::Uniform),
        _ => Err(format!("--geography cannot be `{name}`, expected shop or uniform").into()),
    }
}

/// Reads a whole number in a range.
fn within<T>(
    parser: &mut lexopt::Parser,
    option: &str,
    least: T,
    most: T,
) -> Result<T, lexopt::Error>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    let text = parser.value()?.string()?;
    match text.parse::<T>() {
        Ok(value) if value >= least && value <= most => Ok(value),
        Ok(_) | Err(_) => {
            let expected = format!("a whole number from {least} to {most}");
            Err(format!("--{option} cannot be `{text}`, expected {expected}").into())
        }
    }
}

fn names() -> String {
    let names: Vec<_> = CATALOGUE.iter().map(|entry| entry.name).collect();
    format!("all or one of {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        parse(lexopt::Parser::from_args(line.split_whitespace())).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn refused(line: &str, why: &str) {
        let error = read(line).unwrap_err();
        assert!(error.starts_with(why), "{error}");
    }

    #[test]
    fn a_comparison_is_read() {
        let line = "--scenario dead --isolates 30 --colos=3 --rps 500 --seed 7 --json \
                    --strategy breakwater --geography uniform";
        let Ok(Command::Compare(compare)) = read(line) else { panic!("{line}") };
        assert_eq!(compare.entries[0].name, "dead");
        assert_eq!((compare.isolates, compare.colos, compare.rps), (30, 3, 500));
        assert_eq!((compare.seed, compare.form, compare.spread), (7, Form::Json, Spread::Uniform));
        assert_eq!(compare.kinds, [Kind::Breakwater]);
    }

    #[test]
    fn a_swarm_starts_at_its_seed() {
        let Ok(Command::Swarm { cases, first }) = read("--swarm 1 --seed 42") else { panic!() };
        assert_eq!((cases, first), (1, 42));
    }

    #[test]
    fn a_case_of_the_swarm_stands_alone() {
        let Ok(Command::SwarmCase(text)) = read(r#"--swarm-case {"seed":3}"#) else { panic!() };
        assert_eq!(text, r#"{"seed":3}"#);
        refused("--swarm-case a.json --swarm 5", "--swarm-case runs one case as it is written");
        refused("--swarm-case a.json --seed 5", "--swarm-case runs one case as it is written");
        refused("--swarm-case a.json --json", "--swarm-case runs one case as it is written");
    }

    #[test]
    fn what_is_refused_is_named_with_what_is_allowed() {
        refused("--scenario ded", "--scenario cannot be `ded`, expected all or one of healthy, ");
        refused("--json", "--scenario is missing, expected all or one of healthy, ");
        refused(
            "--isolates 0",
            "--isolates cannot be `0`, expected a whole number from 1 to 1000000",
        );
        refused("--strategy best", "--strategy cannot be `best`, expected alone, per_request or");
        refused("--geography flat", "--geography cannot be `flat`, expected shop or uniform");
        refused("--swarm 0", "--swarm cannot be `0`, expected a whole number from 1 to 1000000000");
        refused("--swarm 5 --scenario dead", "--swarm draws its own cases: with it only --seed");
        refused(
            "--isolates 5 --swarm 5",
            "--swarm draws its own cases: with it only --seed, no --is",
        );
        refused("--swarm 5 --json", "--swarm draws its own cases");
        refused("--scenario dead --json --markdown", "--json and --markdown exclude each other");
        refused("--scenario all --plot a.svg", "--plot draws one scenario, but more are named");
        refused("--frobnicate", "invalid option '--frobnicate'");
    }
}
