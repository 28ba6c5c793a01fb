//! The tools that building and running the Worker takes, each of one pinned version.
//!
//! They are installed outside the source tree, so that a fresh clone on a prepared machine finds
//! them: in `$BREAKWATER_TOOLS`, else `$XDG_CACHE_HOME/breakwater`, else `~/.cache/breakwater`.

pub(crate) mod apt;
mod bindgen;
mod debian;
mod install;
mod next;
mod node;
mod python;
mod rust;

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::progress::Progress;
pub(crate) use node::Node;
use rust::WasmRust;

/// The oldest Rust that the Worker's dependencies take.
const RUSTC_MIN: (u32, u32) = (1, 91);

/// The oldest Node that the pinned wrangler takes.
const NODE_MIN: (u32, u32) = (22, 12);

/// Of `cargo-deny`, which only `cargo xtask deny` needs.
const CARGO_DENY: &str = "0.20.2";

/// The folder that holds the tools. What is in it may still be missing.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    dir: PathBuf,
}

impl Tools {
    /// The folder that the environment names.
    pub(crate) fn locate() -> Result<Self> {
        let dir = env::var_os("BREAKWATER_TOOLS")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(env::var_os("XDG_CACHE_HOME")?).join("breakwater")))
            .or_else(|| Some(env::home_dir()?.join(".cache/breakwater")))
            .context("no home directory; set BREAKWATER_TOOLS to a folder for the tools")?;
        Ok(Self { dir: std::path::absolute(dir)? })
    }

    /// The folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder whose `node_modules` holds wrangler, miniflare and binaryen.
    pub(crate) fn npm(&self) -> PathBuf {
        self.dir.join(node::STACK.folder())
    }

    /// Runs scripts.
    pub(crate) fn node(&self) -> Node {
        Node::locate(self)
    }

    /// What runs the Worker's stack, and the scripts of tests.
    pub(crate) fn stack_node(&self) -> breakwater_testing::Node {
        breakwater_testing::Node::new(self.node().program(), self.npm())
    }

    /// Installs the tools that are missing. If another process is installing them, waits for it
    /// first.
    pub(crate) fn set_up(&self, progress: &Progress) -> Result<Toolchain> {
        let _lock = self.lock(progress)?;
        node::set_up(self, &node::STACK, progress)?;
        node::set_up(self, &node::ENTRY, progress)?;
        node::set_up(self, &node::WWW, progress)?;
        node::set_up(self, &node::CLI, progress)?;
        let rust = rust::set_up(self, progress)?;
        let bindgen = bindgen::set_up(self, progress)?;
        let [entry, www, cli] =
            [&node::ENTRY, &node::WWW, &node::CLI].map(|set| self.dir.join(set.folder()));
        Ok(Toolchain { rust, bindgen, node: self.node(), npm: self.npm(), entry, www, cli })
    }

    /// Where the public suite for HTTP caches is, after installing it if it is missing.
    pub(crate) fn set_up_suite(&self, progress: &Progress) -> Result<PathBuf> {
        let _lock = self.lock(progress)?;
        node::set_up(self, &node::SUITE, progress)?;
        Ok(self.dir.join(node::SUITE.folder()).join("node_modules/http-cache-tests"))
    }

    /// The folder whose `node_modules` holds what plays a visitor in a browser, after installing it
    /// if it is missing.
    pub(crate) fn set_up_browser(&self, progress: &Progress) -> Result<PathBuf> {
        let _lock = self.lock(progress)?;
        node::set_up(self, &node::BROWSER, progress)?;
        Ok(self.dir.join(node::BROWSER.folder()))
    }

    /// The folder whose `node_modules` holds what verifies webhooks, and the folder of Python's
    /// modules that do, after installing what is missing.
    pub(crate) fn set_up_webhooks(&self, progress: &Progress) -> Result<(PathBuf, PathBuf)> {
        self.set_up_both(&node::WEBHOOKS, &python::WEBHOOKS, progress)
    }

    /// The same of what reads the public state.
    pub(crate) fn set_up_readers(&self, progress: &Progress) -> Result<(PathBuf, PathBuf)> {
        self.set_up_both(&node::READERS, &python::READERS, progress)
    }

    /// Installs what stands in for storage that is compatible with S3, and returns its folder.
    pub(crate) fn set_up_storage(&self, progress: &Progress) -> Result<PathBuf> {
        let _lock = self.lock(progress)?;
        python::set_up(self, &python::STORAGE, progress)
    }

    /// Installs what reads metrics, and returns its folder.
    pub(crate) fn set_up_metrics(&self, progress: &Progress) -> Result<PathBuf> {
        let _lock = self.lock(progress)?;
        python::set_up(self, &python::METRICS, progress)
    }

    /// Installs what Sentry's intake makes of envelopes with, and returns its folder.
    pub(crate) fn set_up_sentry(&self, progress: &Progress) -> Result<PathBuf> {
        let _lock = self.lock(progress)?;
        python::set_up(self, &python::SENTRY, progress)
    }

    /// Builds the site of Next.js if it is not built yet, and returns the folder of what serves it.
    pub(crate) fn set_up_next(&self, progress: &Progress) -> Result<PathBuf> {
        let _lock = self.lock(progress)?;
        node::set_up_program(self, progress)?;
        next::set_up(self, progress)
    }

    /// Installs what serves a site of Django, and returns its folder.
    pub(crate) fn set_up_django(&self, progress: &Progress) -> Result<PathBuf> {
        let _lock = self.lock(progress)?;
        python::set_up(self, &python::DJANGO, progress)
    }

    fn set_up_both(
        &self,
        packages: &node::Packages,
        modules: &python::Packages,
        progress: &Progress,
    ) -> Result<(PathBuf, PathBuf)> {
        let _lock = self.lock(progress)?;
        node::set_up(self, packages, progress)?;
        let modules = python::set_up(self, modules, progress)?;
        Ok((self.dir.join(packages.folder()), modules))
    }

    /// The folder whose `node_modules` holds the clients of the MCP endpoint, after installing them
    /// if they are missing.
    pub(crate) fn set_up_mcp(&self, progress: &Progress) -> Result<PathBuf> {
        let _lock = self.lock(progress)?;
        node::set_up(self, &node::MCP, progress)?;
        Ok(self.dir.join(node::MCP.folder()))
    }

    /// Where `cargo-deny` is, after installing it if it is missing.
    pub(crate) fn set_up_deny(&self, progress: &Progress) -> Result<PathBuf> {
        let _lock = self.lock(progress)?;
        install::cargo_binary(self, progress, "cargo-deny", CARGO_DENY)
    }

    fn log(&self, name: &str) -> PathBuf {
        self.dir.join("logs").join(format!("{name}.log"))
    }

    fn lock(&self, progress: &Progress) -> Result<File> {
        fs::create_dir_all(&self.dir)
            .with_context(|| format!("cannot create {}", self.dir.display()))?;
        lock(&self.dir.join(".lock"), progress)
    }
}

/// The compiler and what turns its output into a bundle.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    rust: WasmRust,
    bindgen: PathBuf,
    node: Node,
    npm: PathBuf,
    entry: PathBuf,
    www: PathBuf,
    cli: PathBuf,
}

impl Toolchain {
    /// The cargo that builds for `wasm32-unknown-unknown`.
    pub(crate) fn cargo(&self) -> Command {
        self.rust.cargo()
    }

    /// Whether that cargo has clippy too.
    pub(crate) fn has_clippy(&self) -> bool {
        self.cargo().args(["clippy", "--version"]).output().is_ok_and(|out| out.status.success())
    }

    /// What binds the wasm, of the version of wasm-bindgen that `Cargo.lock` names. It takes the
    /// wasm and a folder.
    pub(crate) fn bindgen(&self) -> Command {
        Command::new(&self.bindgen)
    }

    /// Runs scripts.
    pub(crate) fn node(&self) -> Command {
        self.node.command()
    }

    /// `wasm-opt`, on Node.
    pub(crate) fn wasm_opt(&self) -> Command {
        let mut command = self.node();
        command.arg(self.npm.join("node_modules/binaryen/bin/wasm-opt"));
        command
    }

    /// `esbuild`, which joins scripts to one.
    pub(crate) fn esbuild(&self) -> Command {
        self.script("esbuild/bin/esbuild")
    }

    /// The compiler of TypeScript, told where the types of the platform are.
    pub(crate) fn tsc(&self) -> Command {
        let mut command = self.script("typescript/bin/tsc");
        command.arg("--typeRoots").arg(self.entry.join("node_modules"));
        command
    }

    /// The compiler of TypeScript, told where the types of Node are.
    pub(crate) fn cli_tsc(&self) -> Command {
        let mut command = self.script("typescript/bin/tsc");
        command.arg("--typeRoots").arg(self.cli.join("node_modules/@types"));
        command
    }

    /// The folder whose `node_modules` holds wrangler and Miniflare.
    pub(crate) fn stack_packages(&self) -> &Path {
        &self.npm
    }

    /// Runs npm.
    pub(crate) fn npm(&self) -> Command {
        self.node.npm()
    }

    /// The linter and formatter of TypeScript.
    pub(crate) fn biome(&self) -> Command {
        self.script("@biomejs/biome/bin/biome")
    }

    /// What checks and joins the scripts and styles of pages.
    pub(crate) fn www(&self) -> PageTools<'_> {
        PageTools { node: &self.node, modules: self.www.join("node_modules") }
    }

    /// A program of the packages that check and join scripts.
    fn script(&self, path: &str) -> Command {
        let mut command = self.node();
        command.arg(self.entry.join("node_modules").join(path));
        command
    }

    /// All versions that shape the bundle.
    pub(crate) fn versions(&self) -> Result<String> {
        let rust = self.rust.version()?;
        let [bindgen, npm, entry, www] =
            [&self.bindgen, &self.npm, &self.entry, &self.www].map(|dir| dir.display());
        Ok(format!("{rust}\n{bindgen}\n{npm}\n{entry}\n{www}"))
    }
}

/// What checks and joins the scripts and styles of pages. Their packages are beside those of the
/// Worker's entry: a page may import what a Worker may not.
#[derive(Clone, Debug)]
pub(crate) struct PageTools<'a> {
    node: &'a Node,
    modules: PathBuf,
}

impl PageTools<'_> {
    /// The folder of what pages may import.
    pub(crate) fn modules(&self) -> &Path {
        &self.modules
    }

    /// `esbuild`, told where the packages are.
    pub(crate) fn esbuild(&self) -> Command {
        let mut command = self.script("esbuild/bin/esbuild");
        command.env("NODE_PATH", &self.modules);
        command
    }

    /// The compiler of TypeScript.
    pub(crate) fn tsc(&self) -> Command {
        self.script("typescript/bin/tsc")
    }

    /// The linter and formatter.
    pub(crate) fn biome(&self) -> Command {
        self.script("@biomejs/biome/bin/biome")
    }

    fn script(&self, path: &str) -> Command {
        let mut command = self.node.command();
        command.arg(self.modules.join(path));
        command
    }
}

/// Takes a lock that ends with the returned file; says so if it has to wait.
pub(crate) fn lock(path: &Path, progress: &Progress) -> Result<File> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            progress.say("lock", &format!("waiting for another run to release {}", path.display()));
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    Ok(file)
}
