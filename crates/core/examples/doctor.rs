//! Says what a site costs without its visitors, and what it costs at most: `cargo xtask doctor`
//! runs it.
//!
//! `cargo run -p breakwater-core --features toml --example doctor -- SITE_FILE [--json]`

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use breakwater_core::site::budget::PriceReport;
use breakwater_core::site::config::parse_file;

/// The exit code for a site file that cannot be read or is refused.
const BAD_FILE: u8 = 2;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().unwrap_or_default();
    let is_json = arguments.next().as_deref() == Some("--json");
    let text = match report(Path::new(&file)) {
        Ok(report) if is_json => format!("{:#}\n", serde_json::json!(report)),
        Ok(report) => report.to_string(),
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(BAD_FILE);
        }
    };
    // A reader that has seen enough closes the pipe.
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

fn report(file: &Path) -> Result<PriceReport, String> {
    let text = fs::read_to_string(file).map_err(|it| format!("{}: {it}", file.display()))?;
    let name = file.file_name().map_or_else(String::new, |name| name.display().to_string());
    let read = parse_file(&name, &text).map_err(|error| error.to_string())?;
    Ok(PriceReport::of(&read.site, &read.watch))
}
