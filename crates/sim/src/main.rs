//! The simulator's command line.

use std::io::Write;
use std::process::ExitCode;

use breakwater_sim::args::{self, Command, Compare, Form};
use breakwater_sim::plot;
use breakwater_sim::report::Comparison;
use breakwater_sim::run::{Played, play_all};
use breakwater_sim::swarm;
use breakwater_sim::upstream::Upstream;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let command = args::parse(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let done = match command {
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
        let played: Vec<Played> = play_all(&trial, &compare.kinds);
        let figures = played.iter().map(|played| played.figures.clone()).collect();
        let comparison = Comparison::new(entry, &trial, figures);
        match compare.form {
            Form::Table => print(&format!("{comparison}\n"))?,
            Form::Json => print(&format!("{}\n", serde_json::to_string(&comparison)?))?,
            Form::Markdown => print(&format!("{}\n", comparison.markdown()))?,
        }
        if let Some(path) = &compare.plot {
            let outage = Upstream::new(trial.scenario.spells.clone(), 1.0).outage();
            plot::draw(path, entry.name, &played, outage)
                .map_err(|error| format!("cannot draw to {}: {error}", path.display()))?;
        }
    }
    Ok(())
}

/// Plays random cases; progress goes to standard error.
fn swarm(first: u64, cases: u64) -> Result<()> {
    let step = (cases / 100).max(1);
    let failures = swarm::play_many(first, cases, |done| {
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
