//! Weighs a bundle, raw and as it is uploaded.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Flavor;
use crate::run;
use crate::tools::Toolchain;

/// Most bytes that the Worker may have with gzip, so that a dependency that drags in tables does
/// not go unseen. Start-up time and the free plan's 3 MB leave room. The design aims at 300 KB,
/// which the bundle misses (`docs/guide/deploying.md`).
const GZIP_MAX: u64 = 380_000;

/// Prints the raw and the compressed sizes of wasm and scripts; Node brings gzip along.
const WEIGH: &str = "
const fs = require('node:fs'), path = require('node:path'), zlib = require('node:zlib');
let wasm = 0, js = 0, gzip = 0;
for (const name of fs.readdirSync(process.argv[1], { recursive: true })) {
  if (!/\\.(js|wasm)$/.test(name)) continue;
  const bytes = fs.readFileSync(path.join(process.argv[1], name));
  if (name.endsWith('.js')) js += bytes.length; else wasm += bytes.length;
  gzip += zlib.gzipSync(bytes, { level: 9 }).length;
}
console.log(wasm, js, gzip);";

/// Says how large `bundle` is; one for deployment that is too large is an error.
pub(super) fn report(toolchain: &Toolchain, bundle: &Path, flavor: Flavor) -> Result<String> {
    let said = run::text(toolchain.node().args(["-e", WEIGH]).arg(bundle))?;
    let numbers: Result<Vec<u64>, _> = said.split(' ').map(str::parse).collect();
    let Ok(&[wasm, js, gzip]) = numbers.as_deref() else {
        bail!("cannot weigh the bundle: {said}");
    };
    let report = describe(wasm, js, gzip);
    if gzip <= GZIP_MAX {
        return Ok(report);
    }
    match flavor {
        Flavor::Release => Err(anyhow::anyhow!(report)).context("the bundle is too large"),
        Flavor::Dev | Flavor::Test | Flavor::Bench => {
            Ok(format!("{report}: TOO LARGE for a release"))
        }
    }
}

fn describe(wasm: u64, js: u64, gzip: u64) -> String {
    let kb = |bytes: u64| format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100);
    let (wasm, js, gzip, max) = (kb(wasm), kb(js), kb(gzip), GZIP_MAX / 1000);
    format!("wasm {wasm}, scripts {js}; {gzip} with gzip, of {max} KB at most")
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn sizes_are_told_in_thousands_of_bytes() {
        assert_eq!(
            describe(130_346, 52_999, 60_040),
            "wasm 130.3 KB, scripts 52.9 KB; 60.0 KB with gzip, of 380 KB at most"
        );
    }
}
