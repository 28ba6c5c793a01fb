//! The browser of the tests: Chromium, and what plays a visitor in it.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::run;

/// What installs it on Debian; the fonts are for texts that are looked at.
pub(crate) const PACKAGES: [&str; 2] = ["chromium", "fonts-dejavu-core"];

/// Names the program, where it is called otherwise.
const VARIABLE: &str = "BREAKWATER_CHROMIUM";
/// What it is called.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
/// Where it is on macOS.
const APPLICATION: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// No browser was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Missing;

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no Chromium (Debian: apt-get install {}; elsewhere set {VARIABLE} to its program)",
            PACKAGES.join(" ")
        )
    }
}

/// The browser's program.
pub(crate) fn locate() -> Result<PathBuf, Missing> {
    if let Some(named) = env::var_os(VARIABLE) {
        return Ok(named.into());
    }
    let application = Some(Path::new(APPLICATION)).filter(|path| path.exists());
    let found = NAMES.iter().find_map(|name| run::which(name));
    found.or(application.map(Path::to_path_buf)).ok_or(Missing)
}
