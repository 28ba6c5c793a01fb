//! `cargo xtask bench`.

use std::process::ExitCode;

use anyhow::Result;

use crate::args::Bench;
use crate::bench::{bodies, console, core, document, edge, fleet, peers, status, telemetry, watch};
use crate::progress::Progress;
use crate::tools::Tools;

pub(super) fn run(subject: Bench, progress: &Progress) -> Result<ExitCode> {
    let (name, section) = match subject {
        Bench::Console => ("console", console::run(&Tools::locate()?, progress)?),
        Bench::Core => ("core", core::run(progress)?),
        Bench::Fleet => ("fleet", fleet::run(progress)?),
        Bench::Status => ("status", status::run(&Tools::locate()?, progress)?),
        Bench::Watch { hours } => ("watch", watch::run(&Tools::locate()?, hours, progress)?),
        Bench::Telemetry { against } => {
            ("telemetry", telemetry::run(&Tools::locate()?, against.as_deref(), progress)?)
        }
        Bench::Bodies { against } => {
            ("bodies", bodies::run(&Tools::locate()?, against.as_deref(), progress)?)
        }
        Bench::Edge(options) => {
            let section = edge::run(&Tools::locate()?, &options, progress)?;
            if !options.is_whole() {
                println!("\n{section}");
                return Ok(ExitCode::SUCCESS);
            }
            ("edge", section)
        }
        Bench::Peers(options) => {
            let report = peers::run(&Tools::locate()?, &options, progress)?;
            if !report.is_whole {
                println!("\n{}", report.section);
                progress.say("not written", "the document has the tables of a whole run");
                return Ok(ExitCode::SUCCESS);
            }
            ("peers", report.section)
        }
    };
    println!("\n{section}");
    document::replace(name, &section)?;
    progress.say("written", &document::path().display().to_string());
    Ok(ExitCode::SUCCESS)
}
