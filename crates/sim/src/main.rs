//! The simulator's command line.

use std::io::Write;
use std::process::ExitCode;

use breakwater_sim::args::{self, Command, Compare, Form};
use breakwater_sim::plot;
use breakwater_sim::report::Comparison;
use breakwater_sim::simulation::{RunResult, run_all};
use breakwater_sim::swarm;
use breakwater_sim::upstream::Upstream;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let command = match args::parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("error: {error}\nbreakwater-sim --help says what there is");
            return ExitCode::from(2);
        }
    };
    let done = match command {
        Command::Help => print(args::help()),
        Command::List => print(&args::list()),
        Command::Compare(compare) => run(&compare),
        Command::Swarm { cases, first } => swarm(first, cases),
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

/// Plays random cases; progress goes to standard error.
fn swarm(first: u64, cases: u64) -> Result<()> {
    let step = (cases / 100).max(1);
    let failures = swarm::run_many(first, cases, |done| {
        if done.is_multiple_of(step) || done == cases {
            eprint!("\r{done} of {cases} cases");
        }
    });
    eprintln!();
    for failure in &failures {
        print(&format!("{failure}\n"))?;
    }
    match failures.len() {
        0 => print(&format!("{cases} cases passed\n")),
        failed => Err(format!("{failed} of {cases} cases failed").into()),
    }
}

/// Writes to standard output; whoever has read enough may close it.
fn print(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}
