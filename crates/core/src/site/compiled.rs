//! A site file, compiled: the one module that the Worker loads of its site.
//!
//! The Worker's code is the same for every site. What a site file says reaches it as a module of
//! its own, `site.js`, which is written in milliseconds, so that a changed site file compiles no
//! code. The module holds three things. `forwarding` and `log` are values that the entry reads
//! while no Rust runs. `parts` are texts for Rust, each of which is read when it is first needed:
//! the isolates of visitors never read what is watched.

#[cfg(feature = "toml")]
mod compile;
#[cfg(feature = "toml")]
mod sources;

use alloc::format;
use alloc::string::String;

#[cfg(feature = "toml")]
pub use compile::{CompileError, CompiledSite, compile};
#[cfg(feature = "toml")]
pub use sources::{LocaleSources, PageSources};

/// What the module is called.
pub const MODULE: &str = "site.js";

/// The form of the module. The code of another form refuses to start, so that a deployment of the
/// two ends before any visitor meets it. It changes with any change to the module that the code
/// before could not read, which the test `the_form_is_pinned` notices.
pub const FORM: u32 = 1;

/// What a part is called, and what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SitePart {
    /// [`Site`](super::config::Site), as JSON.
    Site,
    /// A list of [`Assembled`](super::page::Assembled), as JSON.
    Pages,
    /// [`WatchRules`](super::config::WatchRules) without its checks, as JSON.
    Watch,
    /// The tables `[[checks]]`, as JSON.
    Checks,
    /// What operators see of the site file, as JSON.
    Configuration,
    /// A list of [`StatusTextFile`](super::status::page::StatusTextFile), as JSON.
    StatusTexts,
}

impl SitePart {
    /// Its name in the module.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Pages => "pages",
            Self::Watch => "watch",
            Self::Checks => "checks",
            Self::Configuration => "configuration",
            Self::StatusTexts => "statusTexts",
        }
    }
}

/// The module that the build writes for the entry: which form the code reads.
pub fn typescript() -> String {
    format!("// Made by the build from core.\n\nexport const FORM: number = {FORM};\n")
}
