//! The simulator's command line.

use std::io::Write;
use std::process::ExitCode;
use std::{fs, panic};

use breakwater_sim::args::{self, Command, Compare, Form};
use breakwater_sim::campaign::Campaign;
use breakwater_sim::plot;
use breakwater_sim::report::Comparison;
use breakwater_sim::scenario::Entry;
use breakwater_sim::simulation::{RunResult, run_all};
use breakwater_sim::swarm::{self, Case, FailedSeed, SHRINK_RUNS, Shrunk};
use breakwater_sim::upstream::Upstream;

/// The first 3 seeds that fail are shrunk: the others mostly fail for the same reason.
const SHRUNK_MAX: usize = 3;
/// The command that runs the case whose text follows.
const RUN_CASE: &str = "cargo run --release -p breakwater-sim -- --swarm-case";

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let command = args::parse(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let done = match command {
        Command::List => print(&args::list()),
        Command::Compare(compare) => run(&compare),
        Command::Swarm { cases, first } => swarm(first, cases),
        Command::SwarmCase(text) => run_case(&text),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(compare: &Compare) -> Result<()> {
    for &entry in &compare.entries {
        if let Some(seeds) = compare.seeds {
            campaign(compare, entry, seeds)?;
            continue;
        }
        let trial = compare.trial(entry);
        let results: Vec<RunResult> = run_all(&trial, &compare.kinds);
        let metrics = results.iter().map(|result| result.metrics.clone()).collect();
        let comparison = Comparison::new(entry, &trial, metrics);
        match compare.form {
            Form::Table => print(&format!("{comparison}\n"))?,
            Form::Json => print(&format!("{}\n", serde_json::to_string(&comparison)?))?,
            Form::Markdown => print(&format!("{}\n", comparison.markdown()))?,
        }
        if let Some(path) = &compare.plot {
            let outage = Upstream::new(trial.scenario.phases.clone(), 1.0).outage();
            plot::draw(path, entry.name, &results, outage)
                .map_err(|error| format!("cannot draw to {}: {error}", path.display()))?;
        }
    }
    Ok(())
}

/// Runs a scenario with many seeds. Progress goes to standard error.
fn campaign(compare: &Compare, entry: Entry, seeds: u64) -> Result<()> {
    let campaign = Campaign::run(compare, entry, seeds, |done, all| {
        if done.is_multiple_of((all / 100).max(1)) || done == all {
            eprint!("\r{}: {done} of {all} runs", entry.name);
        }
    });
    eprintln!();
    match compare.form {
        Form::Table => print(&format!("{campaign}\n")),
        Form::Json => print(&format!("{}\n", serde_json::to_string(&campaign)?)),
        Form::Markdown => print(&format!("{}\n", campaign.markdown())),
    }
}

/// Runs random cases, and shrinks the first that fail. Progress goes to standard error.
fn swarm(first: u64, cases: u64) -> Result<()> {
    let step = (cases / 100).max(1);
    let failures = swarm::run_many(first, cases, |done| {
        if done.is_multiple_of(step) || done == cases {
            eprint!("\r{done} of {cases} cases");
        }
    });
    eprintln!();
    for failed in &failures {
        print(&format!("{failed}\n"))?;
    }
    for failed in failures.iter().take(SHRUNK_MAX) {
        let shrunk = shrink(failed);
        print(&format!("\nseed {}, shrunk in {} runs:\n", failed.seed, shrunk.runs))?;
        print(&format!("{}\n{}", shrunk.failure, shrunk.case.describe()))?;
        print(&format!("{RUN_CASE} '{}'\n", shrunk.case))?;
    }
    match failures.len() {
        0 => print(&format!("{cases} cases passed\n")),
        failed => Err(format!("{failed} of {cases} cases failed").into()),
    }
}

fn shrink(failed: &FailedSeed) -> Shrunk {
    // A candidate that panics is one of hundreds: the messages would bury the progress.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let (case, failure) = (Case::random(failed.seed), failed.failure.clone());
    let shrunk = swarm::shrink(case, failure, SHRINK_RUNS, swarm::run_case, |runs| {
        if runs.is_multiple_of(20) {
            eprint!("\rshrinking seed {}: {runs} of at most {SHRINK_RUNS} runs", failed.seed);
        }
    });
    eprintln!();
    panic::set_hook(hook);
    shrunk
}

/// Runs one case, given as its text or as a file.
fn run_case(text: &str) -> Result<()> {
    let text = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        fs::read_to_string(text).map_err(|error| format!("cannot read {text}: {error}"))?
    };
    let case: Case = text.parse()?;
    print(&case.describe())?;
    match swarm::run_case(&case) {
        Ok(()) => print("the case passed\n"),
        Err(failure) => Err(failure.to_string().into()),
    }
}

/// Writes to standard output. A reader that closes it early is no error.
fn print(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}
