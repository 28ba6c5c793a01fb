//! The command line: `cargo xtask COMMAND`.

use std::process::ExitCode;

use breakwater_xtask::{args, command};

/// What a shell expects of a command that was called wrongly.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let command = match args::parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("error: {error}\n\nSee `cargo xtask --help`.");
            return ExitCode::from(USAGE);
        }
    };
    match command::run(command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
