//! Whether the operators' console keeps up with a large site: how soon it shows what it has read,
//! and whether its lists scroll without a stutter.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::runner;
use super::sample::Sample;
use crate::progress::Progress;
use crate::tools::Tools;
use crate::{browser, place, run};

/// The site that never was.
const CIRCUITS: usize = 500;
const CHECKS: usize = 1_000;
/// How often each list is opened and scrolled.
const ROUNDS: usize = 7;
/// What a bundle has of the files that pages load.
const ASSETS: &str = "assets.json";

/// Runs the benchmark, and returns its section of the document.
pub(crate) fn run(tools: &Tools, progress: &Progress) -> Result<String> {
    let builds = runner::builds(tools, "this build", None, progress)?;
    let (_, bundle) = builds.first().context("no build")?;
    let chromium = browser::locate().map_err(|missing| anyhow::anyhow!("{missing}"))?;
    let options = json!({
        "packages": tools.set_up_browser(progress)?,
        "chromium": chromium,
        "assets": bundle.join(ASSETS),
        "html": place::root().join("www/console/page.html"),
        "circuits": CIRCUITS,
        "checks": CHECKS,
        "rounds": ROUNDS,
    });
    progress.say("console", &format!("{ROUNDS} rounds of each list"));
    let script = place::root().join("tests/console/perf.mjs");
    let said = run::text(tools.node().command().arg(script).arg(options.to_string()))?;
    let folder = place::root().join("target/bench/console");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("measured.json"), &said)?;
    table(&serde_json::from_str(&said)?, &folder)
}

fn table(told: &Value, folder: &Path) -> Result<String> {
    let mut table = String::from(
        "| list | rows, in the page | first render, ms | of that the main thread's own, ms | frames a \
         second while it scrolls | late frames | longest task, ms of CPU | main thread at work |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let scrolled_ms = number(&told["seconds"]) * 1000.0;
    for list in told["measured"].as_array().into_iter().flatten() {
        let rounds: Vec<&Value> = list["rounds"].as_array().into_iter().flatten().collect();
        let of = |value: &dyn Fn(&Value) -> f64| {
            let sample = Sample::of(rounds.iter().map(|round| value(round)));
            sample.with_context(|| format!("no rounds: see {}", folder.display()))
        };
        let named = |name: &'static str| of(&move |round| number(&round[name]));
        let late = of(&|round| number(&round["late_frames"]) / number(&round["frames"]) * 100.0)?;
        let busy = of(&|round| number(&round["busy_cpu_ms"]) / scrolled_ms * 100.0)?;
        table += &format!(
            "| {} | {}, {:.0} at most | {:.0} | {:.0} | {:.1} | {late:.1} % | {:.1} | {busy:.0} % |\n",
            list["view"].as_str().unwrap_or_default(),
            number(&list["rows"]),
            named("rows_in_page")?.max,
            named("first_render_ms")?,
            named("first_render_cpu_ms")?,
            named("frames_per_second")?,
            named("longest_task_cpu_ms")?,
        );
    }
    Ok(format!(
        "{table}\nMedian (minimum–maximum) of {ROUNDS} rounds in headless Chromium without a \
         graphics card, each with a new page. The first render is from the end of the answer to the \
         frame that shows it. A list moves by {} pixels with each frame, for {} s; a frame is late \
         that comes more than 25 ms after the one before.\n",
        number(&told["step"]),
        number(&told["seconds"]),
    ))
}

/// A figure of the script's. One that it has not measured is no number, and shows as such.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}
