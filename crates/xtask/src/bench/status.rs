//! What an answer with the public status costs while the state is at hand, paired against a Worker
//! of JavaScript that answers the same bytes with the same fields, and does nothing else.
//!
//! The state is asked for again every fifteen seconds, and rendered again when it has come: that is
//! part of the cost. Rounds and ratios are as those of `bench edge`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::load::Expected;
use super::runner::{self, Counting, Load, Runner, authority};
use super::sample::Sample;
use crate::bundle::{self, Flavor};
use crate::http::read_head;
use crate::place;
use crate::progress::Progress;
use crate::tools::Tools;

/// What is asked for.
const ROWS: [(&str, &str); 3] = [
    ("page", "/status"),
    ("summary as JSON", "/status/api/v2/summary.json"),
    ("badge", "/status/badge/site.svg"),
];
/// Loads of each Worker, one after the other.
const ROUNDS: usize = 16;
/// Requests in one load.
const REQUESTS: usize = 4_000;
/// Requests before anything is measured: the engine compiles what is hot.
const WARM_UP: usize = 6_000;

/// An answer, as the peer repeats it.
struct Answer {
    fields: BTreeMap<String, String>,
    body: String,
}

/// Runs the benchmark, and returns its section of the document.
pub(crate) fn run(tools: &Tools, progress: &Progress) -> Result<String> {
    let toolchain = tools.set_up(progress)?;
    let site = place::root().join("crates/xtask/bench/status.toml");
    let bundle = bundle::build(&toolchain, Flavor::Bench, &site, progress)?;
    let state = place::root().join("target/bench/status");
    if state.exists() {
        fs::remove_dir_all(&state)?;
    }
    fs::create_dir_all(&state)?;
    let own = Rc::new(runner::start(tools, &state, "Breakwater", &bundle)?);
    let (mut runners, mut sizes) = (Vec::new(), Vec::new());
    for (title, path) in ROWS {
        let answer = get(authority(&own), path)?;
        sizes.push(answer.body.len());
        let peer = static_worker(&state, title, &answer)?;
        let peer = Rc::new(runner::start(tools, &state, &format!("static {title}"), &peer)?);
        for (name, stack) in [("JavaScript", peer), ("Breakwater", Rc::clone(&own))] {
            let name = format!("{title}: {name}");
            runners.push(Runner { name, stack, path, expected: Expected::GOOD });
        }
    }
    runner::warm_up(&runners, WARM_UP, progress)?;
    let rounds = runner::rounds(&runners, ROUNDS, REQUESTS, Counting::Off, progress)?;
    table(&rounds, &sizes)
}

/// Gets an answer whole.
fn get(authority: &str, path: &str) -> Result<Answer> {
    let mut socket = TcpStream::connect(authority)?;
    write!(socket, "GET {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n")?;
    let mut reader = BufReader::new(socket);
    let head = read_head(&mut reader)?;
    ensure!(head.status == 200, "GET {path}: {}", head.status);
    let mut body = Vec::new();
    head.read_content(&mut reader, &mut body)?;
    const COPIED: [&str; 8] = [
        "content-type",
        "cache-control",
        "etag",
        "age",
        "content-security-policy",
        "x-content-type-options",
        "referrer-policy",
        "x-robots-tag",
    ];
    let field = |name: &str| Some((name.to_owned(), head.field(name)?.to_owned()));
    let fields = COPIED.into_iter().filter_map(field).collect();
    Ok(Answer { fields, body: String::from_utf8(body).context("an answer is no text")? })
}

/// A Worker that answers this, whatever it is asked.
fn static_worker(state: &Path, title: &str, answer: &Answer) -> Result<PathBuf> {
    let folder = state.join(format!("static-{}", title.replace(' ', "-"))).join("bundle");
    fs::create_dir_all(&folder)?;
    let (body, fields) = (json!(answer.body), json!(answer.fields));
    let script = format!(
        "import {{ DurableObject }} from \"cloudflare:workers\";\n\
         class None extends DurableObject {{}}\n\
         export {{ None as UpstreamDo, None as SiteDo, None as DependencyDo }};\n\
         export {{ None as MonitorDo, None as ProbeDo }};\n\
         const body = new TextEncoder().encode({body});\nconst headers = {fields};\n\
         export default {{ fetch: () => new Response(body, {{ headers }}) }};\n"
    );
    fs::write(folder.join("index.js"), script)?;
    Ok(folder)
}

fn table(rounds: &[Vec<Load>], sizes: &[usize]) -> Result<String> {
    let mut table = String::from(
        "| Answer | body, KB | Worker | CPU per request, µs | ratio to static JavaScript \
         | median answer, ms |\n|---|---|---|---|---|---|\n",
    );
    for (row, ((title, _), size)) in ROWS.iter().zip(sizes).enumerate() {
        let size = *size as f64 / 1000.0;
        for (at, worker) in ["JavaScript", "Breakwater"].into_iter().enumerate() {
            let of = |figure: fn(&Load) -> f64| {
                let own = rounds.iter().map(move |round| figure(&round[2 * row + at]));
                let peers = rounds.iter().map(move |round| figure(&round[2 * row]));
                let ratios = own.clone().zip(peers).map(|(own, peer)| own / peer);
                Some((Sample::of(own)?, Sample::of(ratios)?))
            };
            let (cpu, ratio) = of(|load| load.cpu_us).context("no rounds")?;
            let (latency, _) = of(|load| load.median_ms).context("no rounds")?;
            let _ = writeln!(
                table,
                "| {title} | {size:.1} | {worker} | {cpu:.0} | {ratio:.2} | {latency:.2} |"
            );
        }
    }
    let _ = writeln!(
        table,
        "\nMedian (minimum–maximum) of {} rounds of {REQUESTS} requests over 16 connections. CPU is \
         user and system time of workerd alone, the renewal of the state among it; ratios are \
         taken within a round, to a Worker that answers the same bytes and does nothing else.",
        rounds.len()
    );
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::{Load, ROWS, table};

    #[test]
    fn each_answer_is_compared_with_the_static_one_within_a_round() {
        let load = |cpu_us| Load { cpu_us, instructions: None, median_ms: 1.0 };
        let round = |factor: f64| ROWS.iter().flat_map(move |_| [load(10.0), load(10.0 * factor)]);
        let rounds = [round(1.1).collect(), round(1.3).collect()];
        let table = table(&rounds, &[60_000, 10_000, 900]).unwrap();
        let lines: Vec<&str> = table.lines().skip(2).take(2).collect();
        assert_eq!(
            lines,
            [
                "| page | 60.0 | JavaScript | 10 (10–10) | 1.00 (1.00–1.00) | 1.00 (1.00–1.00) |",
                "| page | 60.0 | Breakwater | 12 (11–13) | 1.20 (1.10–1.30) | 1.00 (1.00–1.00) |",
            ]
        );
    }
}
