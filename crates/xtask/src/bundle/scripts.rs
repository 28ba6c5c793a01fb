//! The scripts of a bundle: the entry's TypeScript and what core writes for it, joined to one file.
//! The compiled site stays a module of its own.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use breakwater_core::site::forwarding::ForwardingRules;
use breakwater_core::site::{compiled, wire};
use breakwater_core::telemetry::log;

use super::{Flavor, MODULES};
use crate::tools::Toolchain;
use crate::{place, run};

/// The module that workerd loads first.
pub(crate) const BUNDLED: &str = "index.js";

/// What that is made from.
const ENTRY: &str = "index.ts";

/// The script whose types must fit what the entry declares of a module's bindings.
fn bindings(name: &str) -> String {
    format!(
        "import * as made from \"./{name}.js\";\n\
         import type * as declared from \"./{name}.declared.d.ts\";\n\
         made satisfies typeof declared;\n"
    )
}

/// The folder of the entry's sources.
pub(crate) fn sources() -> PathBuf {
    place::root().join("crates/worker/entry")
}

/// Writes what core has for the entry of every site.
pub(crate) fn generate(to: &Path) -> Result<()> {
    let modules = [
        ("forwarding_rules.ts", ForwardingRules::new().typescript()?),
        ("log_names.ts", log::typescript()),
        ("site_form.ts", compiled::typescript()),
        ("wire.ts", wire::typescript()),
    ];
    for (name, text) in modules {
        fs::write(to.join(name), text)?;
    }
    Ok(())
}

/// Copies the TypeScript in `from`, but for its tests and declarations.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str())
            && name.ends_with(".ts")
            && !name.ends_with(".test.ts")
            && !name.ends_with(".d.ts")
        {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// Fails unless wasm-bindgen has made in `parts` what the entry declares.
pub(super) fn check_bindings(toolchain: &Toolchain, parts: &Path) -> Result<()> {
    let sources = sources();
    // What the entry declares of the compiled site, which is another step's to check.
    fs::copy(sources.join("site.d.ts"), parts.join("site.d.ts"))?;
    let mut files = Vec::new();
    for module in MODULES {
        let name = module.replace('-', "_");
        fs::copy(
            sources.join(&name).with_extension("d.ts"),
            parts.join(format!("{name}.declared.d.ts")),
        )?;
        let file = format!("{name}.bindings.ts");
        fs::write(parts.join(&file), bindings(&name))?;
        files.push(file);
    }
    let config = format!(
        "{{ \"extends\": {:?}, \"files\": {files:?}, \"include\": [] }}",
        sources.join("tsconfig.json").display().to_string()
    );
    fs::write(parts.join("tsconfig.json"), config)?;
    run::shown(toolchain.tsc().arg("-p").arg(parts))
        .context("crates/worker/entry/*.d.ts does not declare what wasm-bindgen has made")
}

/// Joins the entry in `from` with all that it imports, but for the wasm, the compiled site and the
/// platform.
pub(super) fn join(toolchain: &Toolchain, flavor: Flavor, from: &Path, to: &Path) -> Result<()> {
    let mut esbuild = toolchain.esbuild();
    esbuild.args(["--bundle", "--minify", "--format=esm", "--target=esnext"]);
    esbuild.args(["--external:*.wasm", "--external:cloudflare:*", "--log-level=warning"]);
    esbuild.arg(format!("--external:*/{}", compiled::MODULE));
    esbuild.arg(format!("--define:IS_FOR_DEVELOPMENT={}", flavor.is_for_development()));
    esbuild.arg(format!("--outfile={}", to.display()));
    run::shown(esbuild.arg(from.join(ENTRY)))
}
