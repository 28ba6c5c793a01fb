//! Sites of other people's software behind the real bundle, and people who use them.
//!
//! `cargo xtask try` builds what is needed and names it in the environment.

mod likeness;
mod person;
mod survival;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use breakwater_testing::sites::{RealSite, SitePlaces, SiteSoftware};
use breakwater_testing::{Client, Log, Node, Stack, StackOptions};
use serde_json::Value;

use crate::browser;
use crate::world::path_in;
pub use likeness::Likeness;
pub use person::{Person, between, multipart};
pub use survival::{Survival, links};

/// A running site, and Breakwater in front of it.
#[derive(Debug)]
pub struct TriedSite {
    /// The site.
    pub site: RealSite,
    /// The Worker.
    pub stack: Stack,
    software: SiteSoftware,
    steps: Vec<String>,
}

impl TriedSite {
    /// Starts both. `name` is the name of the test, for its state and its logs.
    pub fn start(software: SiteSoftware, name: &str) -> Result<Self> {
        let folder = path_in("BREAKWATER_ROOT")?.join("target/sites").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let places = SitePlaces {
            node: path_in("BREAKWATER_NODE")?,
            next: path_or_none("BREAKWATER_NEXT_BUILD"),
            django: path_or_none("BREAKWATER_DJANGO_PYTHON"),
        };
        let site = RealSite::start(software, &places, software.host(), &folder)?;
        let bundle = format!("BREAKWATER_BUNDLE_{}", software.name().to_uppercase());
        let options = StackOptions {
            bundle: path_in(&bundle)?,
            state: folder.join("state"),
            port: 0,
            isolates: 1,
            cron: false,
            vars: vec![
                ("ADMIN_TOKEN".into(), "dev".into()),
                ("BREAKWATER_UPSTREAM".into(), site.url()),
            ],
            log: Log::File(folder.join("worker.log")),
        };
        let node = Node::new(places.node, path_in("BREAKWATER_STACK_PACKAGES")?);
        let stack = Stack::start(&node, &options)?;
        Ok(Self { site, stack, software, steps: Vec::new() })
    }

    /// Someone without cookies who asks through Breakwater.
    pub fn visitor(&self) -> Person {
        Person::new(Client::new(self.stack.url()), self.software.host())
    }

    /// Someone without cookies who asks the site itself.
    pub fn insider(&self) -> Person {
        Person::new(Client::new(&self.site.url()), self.software.host())
    }

    /// Has someone use the site with a real browser, and returns what was seen. `options` are those
    /// of `tests/sites/browse.mjs`.
    pub async fn browse(&self, mut options: Value) -> Result<Value> {
        options["host"] = self.software.host().into();
        options["address"] = self.stack.url().trim_start_matches("http://").into();
        browser::play("tests/sites/browse.mjs", options).await
    }

    /// Says how a step went, and keeps what was wrong until [`verdict`](Self::verdict): one run
    /// tells of all steps.
    pub fn step(&mut self, name: &str, result: Result<()>) {
        match result {
            Ok(()) => println!("{}: {name}: ok", self.software),
            Err(error) => {
                println!("{}: {name}: FAILED: {error:#}", self.software);
                self.steps.push(format!("{name}: {error:#}"));
            }
        }
    }

    /// Fails if a step did.
    pub fn verdict(self) -> Result<()> {
        anyhow::ensure!(
            self.steps.is_empty(),
            "{} of the steps with {} failed:\n  {}",
            self.steps.len(),
            self.software,
            self.steps.join("\n  ")
        );
        Ok(())
    }
}

/// What only one of the sites needs may be missing for the others.
fn path_or_none(variable: &str) -> PathBuf {
    path_in(variable).unwrap_or_default()
}

/// The element, or an error that says what was looked for.
pub(crate) fn found<'a>(what: &str, value: Option<&'a str>) -> Result<&'a str> {
    value.with_context(|| format!("not found: {what}"))
}
