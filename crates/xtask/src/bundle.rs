//! Makes the Worker's bundle: its code, and a site compiled for it.
//!
//! The code is the entry, the wasm and the glue between them, and is the same for every site. It is
//! built once for each [`Flavor`]; the compiled site is a module beside it, which takes
//! milliseconds. The entry is TypeScript of our own, so the wasm is bound for the `web` target,
//! whose `initSync` the entry calls with the module that workerd compiled. worker-build would write
//! another entry. All scripts go into one small file, for tests as for deployment: what is tested
//! is what runs.

mod code;
mod commit;
mod fingerprint;
pub(crate) mod scripts;
pub(crate) mod site;
mod size;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::place;
use crate::progress::Progress;
use crate::tools::{Toolchain, lock};
pub(crate) use code::{edge_cargo, edge_target};
pub(crate) use fingerprint::digest;

/// The target that the Worker is compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// What a deployment must have; beside the bundle, and not uploaded with it.
pub(crate) const NEEDS: &str = "needs.json";

/// The two wasm modules, by the crates that they are made from: the data plane, which is all that a
/// visitor's isolate instantiates, and the control plane.
pub(crate) const MODULES: [&str; 2] = ["breakwater-worker", "breakwater-control"];

/// Where bundles and their code are.
const BUNDLES: &str = "target/breakwater";

/// Holds the digest of all that a bundle was made from.
const FINGERPRINT: &str = ".fingerprint";

/// What a bundle is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// `cargo xtask dev`.
    Dev,
    /// The end to end tests.
    Test,
    /// `cargo xtask bench`: as for deployment, in front of local upstreams.
    Bench,
    /// Deployment.
    Release,
}

impl Flavor {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
            Self::Bench => "bench",
            Self::Release => "release",
        }
    }

    /// Whether the Worker has the switches for tests: another upstream, faults of its own.
    fn is_for_development(self) -> bool {
        matches!(self, Self::Dev | Self::Test)
    }

    /// Which code a bundle has: the switches are all that differs, and whether it names its commit.
    fn code(self) -> &'static str {
        match self {
            Self::Dev | Self::Test => "development",
            Self::Bench | Self::Release => self.name(),
        }
    }

    /// What a bundle's folder is called: one for each site, so that none replaces another's.
    fn folder(self, site: &Path) -> String {
        match self {
            // `wrangler.toml` names it.
            Self::Release => self.name().to_owned(),
            Self::Dev | Self::Test | Self::Bench => {
                let site = digest([site.as_os_str().as_encoded_bytes()]);
                format!("{}-{}", self.name(), &site[..8])
            }
        }
    }
}

/// Makes the bundle of the site file `site`, unless it is up to date; returns its folder.
pub(crate) fn build(
    toolchain: &Toolchain,
    flavor: Flavor,
    site: &Path,
    progress: &Progress,
) -> Result<PathBuf> {
    let site = fs::canonicalize(site)
        .with_context(|| format!("cannot read the site file {}", site.display()))?;
    // A mistake in it is told before anything is built.
    site::check(&site)?;
    let bundles = place::root().join(BUNDLES);
    fs::create_dir_all(&bundles)?;
    let _lock = lock(&bundles.join(".lock"), progress)?;
    let code = code::build(toolchain, flavor, &bundles, progress)?;

    let folder = flavor.folder(&site);
    let bundle = bundles.join(&folder);
    let fingerprint = fingerprint::of_bundle(&code, &site)?;
    let made_from = fs::read_to_string(bundle.join(FINGERPRINT)).unwrap_or_default();
    if made_from == fingerprint {
        progress.say("bundle", &format!("{folder} is up to date"));
        return Ok(bundle);
    }
    let partial = bundles.join(format!(".partial-{folder}"));
    replace_dir(&partial)?;
    code::copy(&code, &partial)?;
    let compiled = site::compile(&site, &code)?;
    site::write(&compiled, &partial)?;
    if flavor != Flavor::Dev {
        progress.say("bundle", &size::report(toolchain, &partial, flavor)?);
    }
    fs::write(partial.join(FINGERPRINT), fingerprint)?;
    replace_with(&partial, &bundle)?;
    Ok(bundle)
}

/// Compiles the site file of a bundle that is in use, whose code stays. A mistake in the file
/// leaves the bundle as it is.
pub(crate) fn renew(flavor: Flavor, site: &Path, bundle: &Path) -> Result<()> {
    let code = code::folder(flavor, &place::root().join(BUNDLES));
    let compiled = site::compile(site, &code)?;
    // Until both files are written, the next build is not to take it for whole.
    fs::write(bundle.join(FINGERPRINT), "")?;
    site::write(&compiled, bundle)?;
    let site = fs::canonicalize(site)?;
    Ok(fs::write(bundle.join(FINGERPRINT), fingerprint::of_bundle(&code, &site)?)?)
}

/// How large a bundle for deployment is.
pub(crate) fn weigh(toolchain: &Toolchain, bundle: &Path) -> Result<String> {
    size::report(toolchain, bundle, Flavor::Release)
}

/// What `breakwater-bindgen` calls it.
pub(crate) fn bound(module: &str) -> String {
    format!("{}_bg.wasm", module.replace('-', "_"))
}

pub(crate) fn replace_dir(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    Ok(fs::create_dir_all(dir)?)
}

/// Puts a folder that is complete in the place of another, which may not be there.
fn replace_with(partial: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::rename(partial, folder)?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Flavor;

    #[test]
    fn each_site_has_a_bundle_of_its_own() {
        let folder = |flavor: Flavor, site| flavor.folder(Path::new(site));
        assert_ne!(folder(Flavor::Test, "/a/site.toml"), folder(Flavor::Test, "/b/site.toml"));
        assert_ne!(folder(Flavor::Test, "/a/site.toml"), folder(Flavor::Dev, "/a/site.toml"));
        assert_eq!(folder(Flavor::Test, "/a/site.toml"), folder(Flavor::Test, "/a/site.toml"));
        assert_eq!(folder(Flavor::Release, "/a/site.toml"), "release");
    }
}
