//! Real sites behind Breakwater: `cargo xtask try`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use breakwater_testing::sites::{
    EDITOR, PASSWORD, RealSite, SitePlaces, SiteSoftware, WORDPRESS_PACKAGES,
};
use breakwater_testing::{Log, Stack, StackOptions, port_is_free};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::browser;
use super::check::{HOST, host_cargo};
use crate::bundle::{self, Flavor};
use crate::progress::Progress;
use crate::steps::{Skips, Steps};
use crate::tally::Tally;
use crate::tools::{Toolchain, Tools, apt};
use crate::{place, run};

const TARGET: [&str; 2] = ["--test", "sites"];
/// Each has a site and a Worker; they wait more than they work, one of each site for a minute.
const THREADS: &str = "--test-threads=4";
/// The port of a site that is kept running.
const PORT: u16 = 8787;
/// How often ctrl-c and the processes are looked at.
const POLL: Duration = Duration::from_millis(100);

/// The step that runs the tests.
const STEP: &str = "real sites";

/// The step that makes a site ready.
const fn step(software: SiteSoftware) -> &'static str {
    match software {
        SiteSoftware::WordPress => "WordPress",
        SiteSoftware::Next => "Next.js",
        SiteSoftware::Django => "Django",
    }
}

/// `cargo xtask try NAME`.
pub(super) fn try_one(software: SiteSoftware, progress: &Progress) -> Result<ExitCode> {
    let tools = Tools::locate()?;
    let toolchain = tools.set_up(progress)?;
    let mut steps = Steps::new(progress);
    some(&mut steps, &[software], None, &tools, &toolchain, progress);
    println!("\n{}\n{}", steps.table(), steps.closing_line());
    Ok(steps.verdict(Skips::Denied))
}

/// Makes sites ready one after another, and runs the tests of all that are at once: they mostly
/// wait.
fn some(
    steps: &mut Steps<'_>,
    all: &[SiteSoftware],
    filter: Option<&str>,
    tools: &Tools,
    toolchain: &Toolchain,
    progress: &Progress,
) {
    let (mut ready, mut chosen) = (Vec::new(), Vec::new());
    for software in all.iter().copied() {
        let mut names = match list(software, filter) {
            // A filter that means other tests needs no site.
            Ok(names) if names.is_empty() => continue,
            Ok(names) => names,
            Err(error) => {
                steps.run::<()>(step(software), || Err(error));
                continue;
            }
        };
        if let Err(error) = install(software, tools, progress) {
            let names = names.join(", ");
            steps.miss(step(software), &format!("{error:#}; not run: {names}"));
            continue;
        }
        let made =
            steps.run(step(software), || Ready::prepare(software, tools, toolchain, progress));
        if let Some(made) = made {
            ready.push(made);
            chosen.append(&mut names);
        }
    }
    if chosen.is_empty() {
        return;
    }
    match browser::program(tools, progress) {
        Ok(chromium) => {
            steps.run_tests(STEP, |tests| {
                let packages = tools.set_up_browser(progress)?;
                test(&chosen, &ready, [&chromium, &packages], tools, tests)
            });
        }
        Err(missing) => steps.miss(STEP, &format!("{missing}; not run: {}", chosen.join(", "))),
    }
}

/// What a site is run with.
struct Ready {
    software: SiteSoftware,
    places: SitePlaces,
    bundle: PathBuf,
}

impl Ready {
    /// Builds what is missing.
    fn prepare(
        software: SiteSoftware,
        tools: &Tools,
        toolchain: &Toolchain,
        progress: &Progress,
    ) -> Result<Self> {
        let node = tools.node().program().to_path_buf();
        let mut places = SitePlaces { node, ..SitePlaces::default() };
        match software {
            SiteSoftware::WordPress => {}
            SiteSoftware::Next => places.next = tools.set_up_next(progress)?,
            SiteSoftware::Django => places.django = tools.set_up_django(progress)?,
        }
        let site = place::root().join(format!("tests/sites/{}.toml", software.name()));
        let bundle = bundle::build(toolchain, Flavor::Test, &site, progress)?;
        Ok(Self { software, places, bundle })
    }
}

/// Installs what the system's packages bring, where they may be installed.
fn install(software: SiteSoftware, tools: &Tools, progress: &Progress) -> Result<()> {
    let Some(missing) = software.missing() else { return Ok(()) };
    if !apt::may_install() {
        bail!("{missing}");
    }
    apt::install(tools, progress, software.name(), &WORDPRESS_PACKAGES)?;
    software.missing().map_or(Ok(()), |missing| bail!("{missing}"))
}

fn test(
    names: &[String],
    ready: &[Ready],
    [chromium, packages]: [&PathBuf; 2],
    tools: &Tools,
    tests: &mut Tally,
) -> Result<()> {
    let mut cargo = cargo();
    cargo.env("BREAKWATER_CHROMIUM", chromium).env("BREAKWATER_BROWSER_PACKAGES", packages);
    // Each step is a line, also of a test that passes.
    cargo.args(["--nocapture", THREADS, "--exact"]).args(names);
    cargo.env("BREAKWATER_ROOT", place::root()).env("BREAKWATER_STACK_PACKAGES", tools.npm());
    for Ready { software, places, bundle } in ready {
        cargo.env(format!("BREAKWATER_BUNDLE_{}", software.name().to_uppercase()), bundle);
        for (variable, path) in [
            ("BREAKWATER_NODE", &places.node),
            ("BREAKWATER_NEXT_BUILD", &places.next),
            ("BREAKWATER_DJANGO_PYTHON", &places.django),
        ] {
            // A site knows only what it needs itself.
            if !path.as_os_str().is_empty() {
                cargo.env(variable, path);
            }
        }
    }
    run::read(&mut cargo, |line| tests.read(line))
}

/// The names of the tests with a site, each of which is in a module of its name.
fn list(software: SiteSoftware, filter: Option<&str>) -> Result<Vec<String>> {
    let mut cargo = cargo();
    cargo.args(["--list", "--format=terse", &format!("{}::", software.name())]);
    let listed = run::text(&mut cargo)?;
    let names = listed.lines().filter_map(|line| line.strip_suffix(": test"));
    let named = names.filter(|name| filter.is_none_or(|filter| name.contains(filter)));
    Ok(named.map(str::to_owned).collect())
}

/// Runs the tests with sites; options of the tests themselves may follow.
fn cargo() -> Command {
    let mut cargo = host_cargo(&["test", "--no-fail-fast"]);
    cargo.args(HOST).args(TARGET).args(["--", "--ignored"]);
    cargo
}

/// `cargo xtask try NAME --keep-running`.
pub(super) fn keep_running(software: SiteSoftware, progress: &Progress) -> Result<ExitCode> {
    ensure!(port_is_free(PORT), "port {PORT} is in use");
    let tools = Tools::locate()?;
    let toolchain = tools.set_up(progress)?;
    install(software, &tools, progress)?;
    let ready = Ready::prepare(software, &tools, &toolchain, progress)?;

    // From here on, being interrupted means stopping what was started.
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    let folder = place::root().join("target/sites").join(software.name());
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| folder.display().to_string())?;
    }
    progress.say(software.name(), "starting");
    let site = RealSite::start(software, &ready.places, software.host(), &folder)?;
    let options = StackOptions {
        bundle: ready.bundle,
        state: folder.join("state"),
        port: PORT,
        isolates: 1,
        cron: true,
        vars: vec![
            ("ADMIN_TOKEN".to_owned(), "dev".to_owned()),
            ("BREAKWATER_UPSTREAM".to_owned(), site.url()),
        ],
        log: Log::Inherit,
    };
    let mut stack = Stack::start(&tools.stack_node(), &options)?;
    announce(software, &site, &stack);
    while !interrupted.load(Ordering::Relaxed) {
        ensure!(stack.is_running() || interrupted.load(Ordering::Relaxed), "workerd stopped");
        thread::sleep(POLL);
    }
    eprintln!("\nstopping");
    stack.stop();
    Ok(ExitCode::SUCCESS)
}

fn announce(software: SiteSoftware, site: &RealSite, stack: &Stack) {
    let (host, url) = (software.host(), stack.url());
    let address = url.trim_start_matches("http://");
    println!(
        "\n  {software} knows itself as http://{host}/, so browsers and curl have to ask for that:"
    );
    println!(
        "  browser     chromium --host-resolver-rules='MAP {host}:80 {address}' http://{host}/"
    );
    println!("  Breakwater  curl -i -H 'Host: {host}' {url}/");
    println!("  the site    curl -i -H 'Host: {host}' {}/", site.url());
    println!("  editor      {EDITOR}, password {PASSWORD}");
    println!("  operators   curl -H 'Authorization: Bearer dev' {url}/_breakwater/upstreams");
    if let Some(id) = site.id() {
        println!("  an outage   kill -STOP -- -{id}, and later kill -CONT -- -{id}");
    }
    println!("\n  ctrl-c stops everything\n");
}
