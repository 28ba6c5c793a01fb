//! `cargo xtask`: everything that is done to Breakwater rather than by it.
//!
//! It sets up the tools that are missing ([`tools`]), builds the Worker's bundle ([`bundle`]), runs
//! it in workerd beside the reference backend, and runs all tests. The end to end tests use the
//! same [`Stack`](breakwater_testing::Stack) and [`Origin`](breakwater_testing::Origin) as `cargo
//! xtask dev` does, but nothing of this crate: a changed command compiles no test again.
//!
//! It knows no policy: what the Worker does is none of its business.

mod args;
mod bench;
mod browser;
mod bundle;
mod ci;
mod citations;
mod command;
mod conformance;
mod deploy;
mod entry;
mod http;
mod imports;
mod lock_version;
mod names;
mod package;
mod place;
mod progress;
mod purity;
mod rooms;
mod runbooks;
mod runtime;
mod secrets;
mod steps;
mod tally;
mod tidy;
mod tools;
mod www;

use std::process::ExitCode;

use args::CommandLine;
use breakwater_testing::run;
use clap::Parser as _;

fn main() -> ExitCode {
    match command::run(CommandLine::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
