//! `cargo xtask dev`: the Worker and the backend behind it, until ctrl-c.

mod site_watch;
mod upstream;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use breakwater_testing::{Log, Origin, Stack, StackOptions, check_port};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use self::site_watch::SiteWatch;
use super::{once, site};
use crate::args::Dev;
use crate::bundle::{self, Flavor};
use crate::progress::Progress;
use crate::tools::Tools;
use crate::{deploy, place, run, runtime, secrets};

const PORT: u16 = 8787;
const ORIGIN_PORT: u16 = 8788;

/// The operators' token on a developer's machine.
const TOKEN: &str = "dev";

/// How often ctrl-c and the processes are looked at.
const POLL: Duration = Duration::from_millis(100);

pub(super) fn run(options: &Dev, progress: &Progress) -> Result<ExitCode> {
    let default_port = |port| if options.once { 0 } else { port };
    let port = options.port.unwrap_or(default_port(PORT));
    let origin_port = options.origin_port.unwrap_or(default_port(ORIGIN_PORT));
    check_ports(options, port, origin_port)?;

    let tools = Tools::locate()?;
    let toolchain = tools.set_up(progress)?;
    let site = site(options.config.as_deref());
    let bundle = bundle::build(&toolchain, Flavor::Dev, &site, progress)?;
    if options.upstream.is_none() {
        progress.say("backend", "cargo build");
        run::shown(run::cargo().current_dir(place::root()).args([
            "build",
            "--quiet",
            "-p",
            "breakwater-origin",
        ]))?;
    }

    // From here on, being interrupted means stopping what was started.
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    let origin = match options.upstream {
        Some(_) => None,
        None => {
            let binary = place::binary("breakwater-origin");
            Some(Origin::start(&binary, origin_port, &Log::Inherit)?)
        }
    };
    let upstream = options.upstream.as_deref();
    let upstream = upstream.or(origin.as_ref().map(Origin::url)).unwrap_or_default().to_owned();
    let state = State::of(options);
    if let Some(warning) = runtime::warning(&tools)? {
        progress.say("workerd", &format!("WARNING: {warning}"));
    }
    // A change while workerd starts is one that it has not loaded.
    let watch = SiteWatch::new(&site);
    let vars = vars(&upstream, &bundle)?;
    progress.say("workerd", "starting");
    let stack = Stack::start(
        &tools.stack_node(),
        &StackOptions {
            bundle: bundle.clone(),
            state: state.dir.clone(),
            port,
            isolates: 1,
            cron: !options.once,
            vars,
            log: Log::Inherit,
        },
    )?;

    if options.once {
        let code = once::ask(&stack);
        stack.stop();
        return code;
    }
    announce(&stack, &upstream, origin.is_some());
    if origin.is_none() {
        let say = |line: &str| eprintln!("  upstream    {line}");
        let look = upstream::first_look(tools.stack_node().command(), &upstream, stack.url());
        look.lines.iter().for_each(|line| say(line));
        upstream::watch(&upstream, look.answers, say);
    }
    let running = Running { stack, origin, bundle, site, upstream };
    wait(running, watch, &interrupted, progress)
}

fn check_ports(options: &Dev, port: u16, origin_port: u16) -> Result<()> {
    let free = |port, option| {
        check_port(port).map_err(|error| anyhow!("{error}: choose another with {option}"))
    };
    free(port, "--port")?;
    if options.upstream.is_none() {
        free(origin_port, "--origin-port")?;
        ensure!(
            port == 0 || port != origin_port,
            "--port and --origin-port are both {port}: choose another for one of them"
        );
    }
    Ok(())
}

/// The variables of development, and the secrets that the bundle's site needs.
fn vars(upstream: &str, bundle: &Path) -> Result<Vec<(String, String)>> {
    let fault = env::var("BREAKWATER_FAULT").unwrap_or_default();
    let own =
        [("ADMIN_TOKEN", TOKEN), ("BREAKWATER_UPSTREAM", upstream), ("BREAKWATER_FAULT", &fault)];
    let mut vars: Vec<_> =
        own.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let secrets = secrets::of(&deploy::needs(bundle)?)?;
    vars.extend(secrets.into_iter().filter(|(name, _)| own.iter().all(|(known, _)| known != name)));
    Ok(vars)
}

fn announce(stack: &Stack, upstream: &str, faults: bool) {
    let url = stack.url();
    println!("\n  site        {url}/");
    println!("  upstreams   {upstream}/");
    println!("  operators   curl -H 'Authorization: Bearer {TOKEN}' {url}/_breakwater/upstreams");
    if faults {
        println!(
            "  faults      curl -X POST {upstream}/__faults \\\n\
             \x20                 -d '{{\"match\": \"/api/*\", \"kind\": \"status\", \"status\": 503}}'\n\
             \x20             curl -X DELETE {upstream}/__faults"
        );
    }
    println!("\n  a change of the site file is loaded as it is saved; ctrl-c stops everything\n");
}

/// What runs until ctrl-c.
struct Running {
    stack: Stack,
    origin: Option<Origin>,
    bundle: PathBuf,
    site: PathBuf,
    upstream: String,
}

impl Running {
    /// Loads the site file as it is now.
    fn reload(&mut self) -> Result<()> {
        bundle::renew(Flavor::Dev, &self.site, &self.bundle)?;
        self.stack.reload(&vars(&self.upstream, &self.bundle)?)
    }
}

fn wait(
    mut running: Running,
    mut watch: SiteWatch,
    interrupted: &AtomicBool,
    progress: &Progress,
) -> Result<ExitCode> {
    let stopped = || interrupted.load(Ordering::Relaxed);
    while !stopped() {
        let origin_runs = running.origin.as_mut().is_none_or(Origin::is_running);
        let stack_runs = running.stack.is_running();
        // The terminal's signal reaches the backend too, and it may be the faster one to go.
        ensure!(origin_runs || stopped(), "the reference backend stopped by itself");
        ensure!(stack_runs || stopped(), "workerd stopped by itself");
        if watch.has_changed() {
            match running.reload() {
                Ok(()) => progress.say("site file", "loaded"),
                Err(error) => {
                    progress.say("site file", &format!("{error:#}; the one before goes on"));
                }
            }
        }
        thread::sleep(POLL);
    }
    eprintln!("\nstopping");
    let Running { stack, mut origin, .. } = running;
    if let Some(origin) = &mut origin {
        origin.terminate();
    }
    stack.stop();
    if let Some(origin) = origin {
        origin.stop();
    }
    Ok(ExitCode::SUCCESS)
}

/// Where state is; a temporary place is removed at the end.
struct State {
    dir: PathBuf,
    temporary: bool,
}

impl State {
    fn of(options: &Dev) -> Self {
        match &options.state {
            Some(dir) => Self { dir: dir.clone(), temporary: false },
            None if options.fresh || options.once => {
                let dir = env::temp_dir().join(format!("breakwater-state-{}", process::id()));
                Self { dir, temporary: true }
            }
            None => Self { dir: place::root().join(".breakwater/state"), temporary: false },
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if self.temporary {
            // What is left behind is the system's to clean.
            let _ = fs::remove_dir_all(&self.dir);
        }
    }
}
