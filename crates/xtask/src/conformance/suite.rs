//! The suite's folder: the package of the tools' cache, or a checkout of its repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::expectation::Expectation;
use super::verdict::Test;
use crate::progress::Progress;
use crate::tools::{Node, Tools};
use crate::{place, run};

/// A suite to run.
#[derive(Clone, Debug)]
pub(crate) struct Suite {
    dir: PathBuf,
    node: Node,
    edition: Edition,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edition {
    /// The npm package, of the version that `tests/conformance/package.json` pins.
    Package,
    /// A newer state than was ever published.
    Checkout,
}

/// What the suite makes of results.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// What came of each test.
    pub(crate) tests: Vec<Test>,
    /// The caches that the suite publishes results of, without those of browsers.
    pub(crate) products: Vec<Product>,
}

/// A cache that the suite publishes results of.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) tests: Vec<Test>,
}

impl Suite {
    /// The package, installed if it is missing.
    pub(crate) fn package(tools: &Tools, progress: &Progress) -> Result<Self> {
        let dir = tools.set_up_suite(progress)?;
        Ok(Self { dir, node: tools.node(), edition: Edition::Package })
    }

    /// A checkout whose packages are installed.
    pub(crate) fn checkout(tools: &Tools, dir: &Path) -> Result<Self> {
        let dir = fs::canonicalize(dir)
            .with_context(|| format!("cannot read the suite {}", dir.display()))?;
        ensure!(
            dir.join("test-engine/cli.mjs").is_file(),
            "{} is no checkout of github.com/http-tests/cache-tests",
            dir.display()
        );
        ensure!(
            dir.join("node_modules/undici").is_dir(),
            "the suite's packages are missing: run `npm install --ignore-scripts` in {}",
            dir.display()
        );
        Ok(Self { dir, node: tools.node(), edition: Edition::Checkout })
    }

    /// Where its npm scripts run.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// What runs them.
    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    /// Its name and version; a checkout's is its commit, since its manifest says what the package's
    /// does.
    pub(crate) fn name(&self) -> Result<String> {
        if self.edition == Edition::Checkout {
            let mut git = Command::new("git");
            git.current_dir(&self.dir).args(["rev-parse", "--short=7", "HEAD"]);
            let commit =
                if self.dir.join(".git").exists() { run::text(&mut git).ok() } else { None };
            let commit = commit.as_deref().unwrap_or("of an unknown commit");
            return Ok(format!("github.com/http-tests/cache-tests {commit}"));
        }
        let manifest = self.dir.join("package.json");
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("cannot read {}", manifest.display()))?;
        let manifest: Value = serde_json::from_str(&text)?;
        let text =
            |key| manifest[key].as_str().with_context(|| format!("no `{key}` in {manifest}"));
        Ok(format!("npm {} {}", text("name")?, text("version")?))
    }

    /// The file that says what should come of its tests.
    pub(crate) fn expectation_file(&self) -> PathBuf {
        place::conformance().join(match self.edition {
            Edition::Package => "expected.json",
            Edition::Checkout => "expected-checkout.json",
        })
    }

    /// What should come of its tests.
    pub(crate) fn expectation(&self) -> Result<Expectation> {
        let path = self.expectation_file();
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Expectation::parse(&text).with_context(|| path.display().to_string())
    }

    /// The section of the document that keeps its counts.
    pub(crate) fn section(&self) -> &'static str {
        match self.edition {
            Edition::Package => "conformance",
            Edition::Checkout => "conformance checkout",
        }
    }

    /// Has the suite judge the results in this file; without one every test is untested.
    pub(crate) fn judge(&self, results: Option<&Path>) -> Result<Judged> {
        let mut node = self.node.command();
        node.env_remove("NODE_OPTIONS").arg(place::conformance().join("judge.mjs"));
        node.arg(&self.dir).args(results);
        let said: Value = serde_json::from_str(&run::text(&mut node)?)?;
        let products = said["products"].as_array().context("no `products`")?;
        let products = products.iter().map(Product::read).collect::<Result<_>>()?;
        Ok(Judged { tests: tests(&said)?, products })
    }
}

impl Product {
    fn read(value: &Value) -> Result<Self> {
        let text = |key| value[key].as_str().with_context(|| format!("no `{key}` of a product"));
        Ok(Self {
            name: text("name")?.to_owned(),
            version: text("version")?.to_owned(),
            tests: tests(value)?,
        })
    }
}

fn tests(value: &Value) -> Result<Vec<Test>> {
    value["tests"].as_array().context("no `tests`")?.iter().map(Test::read).collect()
}
