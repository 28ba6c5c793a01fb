//! `cargo xtask check`, and the steps that it shares with `test`.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::bundle::{MODULES, TARGET, edge_cargo};
use crate::progress::Progress;
use crate::steps::Steps;
use crate::tools::{Toolchain, Tools};
use crate::{citations, entry, names, package, place, purity, rooms, run, runbooks, tidy, www};

/// A target without an operating system: what core builds for, it needs nothing of.
const BARE: &str = "thumbv7em-none-eabi";

/// What is compiled for the host, always together and with all features: cargo compiles what a
/// package depends on once for each set of features, which is that of all packages it is told to
/// build. A test is then chosen by its target, not by its package.
pub(super) const HOST: [&str; 13] = [
    "--all-features",
    "-p",
    "breakwater-core",
    "-p",
    "breakwater-origin",
    "-p",
    "breakwater-sim",
    "-p",
    "breakwater-testing",
    "-p",
    "breakwater-tests",
    "-p",
    "breakwater-xtask",
];

pub(super) fn run(progress: &Progress) -> Result<ExitCode> {
    let mut steps = Steps::new(progress);
    let toolchain = steps.run("tools", || Tools::locate()?.set_up(progress));
    lints(&mut steps, toolchain.as_ref());
    steps.run_tests("core's tests", |tests| {
        // Core alone, as a plain `cargo test` has it: what its tests want, they turn on
        // themselves.
        let mut cargo = host_cargo(&["test", "-p", "breakwater-core"]);
        run::read(&mut cargo, |line| tests.read(line))
    });
    entry::run(&mut steps, toolchain.as_ref());
    www::run(&mut steps, toolchain.as_ref());
    package::check(&mut steps, toolchain.as_ref());
    pure(&mut steps, toolchain.as_ref());
    steps.run("documentation", document);
    print!("\n{}", steps.table());
    Ok(if steps.tally().failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Formatting and clippy, for the host and for the Worker.
pub(super) fn lints(steps: &mut Steps<'_>, toolchain: Option<&Toolchain>) {
    if is_installed("fmt") {
        steps.run("format", || run::shown(&mut host_cargo(&["fmt", "--all", "--check"])));
    } else {
        steps.miss("format", "rustfmt is not installed (rustup component add rustfmt)");
    }
    steps.run("tidy", tidy::check);
    steps.run("names", names::check);
    steps.run("citations", citations::check);
    steps.run("runbooks", runbooks::check);
    if is_installed("clippy") {
        steps.run("clippy", || {
            let mut cargo = host_cargo(&["clippy", "--quiet", "--all-targets"]);
            run::shown(cargo.args(HOST).args(["--", "-Dwarnings"]))
        });
    } else {
        steps.miss("clippy", "it is not installed (rustup component add clippy)");
    }
    if let Some(toolchain) = toolchain {
        steps.run("clippy, Worker", || lint_worker(toolchain));
    } else {
        steps.skip("clippy, Worker", "the tools are missing");
    }
}

/// Core's dependencies and imports.
pub(super) fn pure(steps: &mut Steps<'_>, toolchain: Option<&Toolchain>) {
    steps.run("core's rooms", rooms::check);
    steps.run("core's dependencies", purity::check_tree);
    if has_target(BARE) {
        steps.run("core on bare metal", || {
            run::shown(&mut host_cargo(&[
                "check",
                "--quiet",
                "-p",
                "breakwater-core",
                "--target",
                BARE,
            ]))
        });
    } else {
        steps.skip("core on bare metal", &format!("rustup target add {BARE} did not help"));
    }
    if let Some(toolchain) = toolchain {
        steps.run("core's imports", || purity::check_imports(toolchain));
    } else {
        steps.skip("core's imports", "the tools are missing");
    }
}

/// The documentation, whose links must lead somewhere.
pub(super) fn document() -> Result<()> {
    let mut cargo = host_cargo(&["doc", "--quiet", "--no-deps", "--document-private-items"]);
    run::shown(cargo.args(HOST).env("RUSTDOCFLAGS", "-Dwarnings"))
}

pub(crate) fn host_cargo(args: &[&str]) -> Command {
    let mut cargo = run::cargo();
    cargo.current_dir(place::root()).args(args);
    cargo
}

/// Whether the default toolchain has a target, or can get it.
fn has_target(target: &str) -> bool {
    let is_there = || {
        let mut rustc = Command::new("rustc");
        let dir = run::text(rustc.args(["--print", "target-libdir", "--target", target]));
        dir.is_ok_and(|dir| Path::new(&dir).exists())
    };
    is_there() || {
        // Without rustup, or without a way to its servers, it is as it was.
        let _ = Command::new("rustup").args(["--quiet", "target", "add", target]).output();
        is_there()
    }
}

fn is_installed(subcommand: &str) -> bool {
    host_cargo(&[subcommand, "--version"]).output().is_ok_and(|out| out.status.success())
}

fn lint_worker(toolchain: &Toolchain) -> Result<()> {
    let mut cargo = edge_cargo(toolchain);
    if toolchain.has_clippy() {
        cargo.args(["clippy", "--quiet", "-p", "breakwater-core", "-p", "breakwater-platform"]);
        for module in MODULES {
            cargo.args(["-p", module, "--features", &format!("{module}/dev")]);
        }
        return run::shown(cargo.args(["--target", TARGET, "--", "-Dwarnings"]));
    }
    // The compiler's own warnings are better than none. It takes one package at a time.
    for module in MODULES {
        let mut cargo = edge_cargo(toolchain);
        cargo.args(["rustc", "--quiet", "--profile", "check", "-p", module]);
        cargo.args(["--features", &format!("{module}/dev")]);
        run::shown(cargo.args(["--target", TARGET, "--", "-Dwarnings"]))?;
    }
    Ok(())
}
