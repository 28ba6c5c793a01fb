//! Weighs a bundle, raw and as it is uploaded.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::{Flavor, bound};
use crate::run;
use crate::tools::Toolchain;

/// The most bytes that a part of the bundle may have with gzip, so that a dependency that drags in
/// tables does not go unseen. The platform allows 64 MiB in all, uncompressed; what counts is what
/// each new isolate has to compile and instantiate.
///
/// The control plane has the public status in it: its pages with their texts in each language, its
/// other forms, and the operators' side. Of the data plane it took only the rule whose path is
/// whose. The scripts hold what pages load, which with gzip
/// is 14 KB for the status page and 55 KB for the console.
struct Part {
    name: &'static str,
    /// The wasm of this crate; the scripts if there is none.
    module: Option<&'static str>,
    gzip_max: u64,
}

const PARTS: [Part; 3] = [
    Part { name: "worker", module: Some("breakwater-worker"), gzip_max: 264_000 },
    Part { name: "control", module: Some("breakwater-control"), gzip_max: 1_160_000 },
    Part { name: "scripts", module: None, gzip_max: 104_000 },
];

/// Prints the raw and the compressed size of each file that is named; Node brings gzip along.
const WEIGH: &str = "
const fs = require('node:fs'), zlib = require('node:zlib');
for (const file of process.argv.slice(1)) {
  const bytes = fs.readFileSync(file);
  console.log(bytes.length, zlib.gzipSync(bytes, { level: 9 }).length);
}";

/// What a part weighs.
#[derive(Clone, Copy)]
struct Weight {
    raw: u64,
    gzip: u64,
}

/// How much more a bundle for tests may weigh, in percent: its switches for tests come on top. So a
/// bundle that is too large for a deployment fails the tests, and not the deployment alone.
const SWITCHES_PERCENT: u64 = 6;

/// Says how large `bundle` is; one for deployment or for tests that is too large is an error.
pub(super) fn report(toolchain: &Toolchain, bundle: &Path, flavor: Flavor) -> Result<String> {
    let files = PARTS.map(|part| match part.module {
        Some(module) => bundle.join(bound(module)),
        None => bundle.join(super::scripts::BUNDLED),
    });
    let said = run::text(toolchain.node().args(["-e", WEIGH]).args(files))?;
    let weights: Option<Vec<Weight>> = said.lines().map(read).collect();
    let Some(Ok(weights)) = weights.map(<[Weight; 3]>::try_from) else {
        bail!("cannot weigh the bundle: {said}");
    };
    let report = describe(weights);
    let heavy: Vec<_> = PARTS
        .iter()
        .zip(weights)
        .filter(|(part, weight)| weight.gzip > flavor_max(flavor, part.gzip_max))
        .map(|(part, _)| part.name)
        .collect();
    if heavy.is_empty() {
        return Ok(report);
    }
    let heavy = heavy.join(" and ");
    match flavor {
        Flavor::Release | Flavor::Test => {
            Err(anyhow::anyhow!(report)).with_context(|| format!("too large: {heavy}"))
        }
        // Who develops a site can do nothing about it.
        Flavor::Dev => Ok(report),
        Flavor::Bench => Ok(format!("{report}: {heavy} TOO LARGE for a release")),
    }
}

/// The most that a part may weigh in a bundle of this flavor.
const fn flavor_max(flavor: Flavor, gzip_max: u64) -> u64 {
    match flavor {
        Flavor::Release | Flavor::Bench => gzip_max,
        Flavor::Dev | Flavor::Test => gzip_max + gzip_max * SWITCHES_PERCENT / 100,
    }
}

fn read(line: &str) -> Option<Weight> {
    let (raw, gzip) = line.split_once(' ')?;
    Some(Weight { raw: raw.parse().ok()?, gzip: gzip.parse().ok()? })
}

fn describe(weights: [Weight; 3]) -> String {
    let kb = |bytes: u64| format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100);
    let parts: Vec<String> = PARTS
        .iter()
        .zip(weights)
        .map(|(Part { name, gzip_max, .. }, Weight { raw, gzip })| {
            format!("{name} {}, {} with gzip of {} at most", kb(raw), kb(gzip), kb(*gzip_max))
        })
        .collect();
    let all: u64 = weights.iter().map(|weight| weight.gzip).sum();
    format!("{}; {} with gzip in all", parts.join("; "), kb(all))
}

#[cfg(test)]
mod tests {
    use super::{Weight, describe, read};

    #[test]
    fn sizes_are_told_in_thousands_of_bytes() {
        let weights = ["470699 201442", "623572 268896", "52999 15040"].map(read);
        let weights = weights.map(|weight| weight.unwrap_or(Weight { raw: 0, gzip: 0 }));
        assert_eq!(
            describe(weights),
            "worker 470.6 KB, 201.4 KB with gzip of 264.0 KB at most; control 623.5 KB, 268.8 KB \
             with gzip of 1160.0 KB at most; scripts 52.9 KB, 15.0 KB with gzip of 104.0 KB at \
             most; 485.3 KB with gzip in all"
        );
    }
}
