// Judges results of the test suite for HTTP caches as the suite itself does, for `cargo xtask
// conformance`.
//
// It is called as `node judge.mjs SUITE [RESULTS]`: the suite's folder, and the output of its
// command line; without the output every test counts as untested. It prints JSON: the `tests`, and
// the `products` whose results the suite publishes. A test's `symbol` is the suite's own;
// `src/conformance/verdict.rs` names them.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const [suite, results] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(resolve(suite), path)));
const read = (path) => JSON.parse(readFileSync(path, "utf8"));
// The layout of the package, or else that of the repository.
const isPackage = existsSync(join(suite, "cli.mjs"));

const { default: sets } = await load("tests/index.mjs");
if (isPackage) sets.push((await load("tests/surrogate-control.mjs")).default);
const { determineTestResult } = await load(
  isPackage ? "lib/display.mjs" : "test-engine/lib/results.mjs",
);
// The command line leaves out the tests that are for browsers' caches only.
const tests = sets.flatMap((set) => set.tests).filter((test) => !test.browser_only);

function judge(results) {
  return tests.map(({ id, kind = "required" }) => {
    const [, , symbol] = determineTestResult(sets, id, results);
    return { id, kind, symbol, message: results[id]?.[1] ?? "" };
  });
}

const { default: published } = await load("results/index.mjs");
const products = published
  .filter(({ type }) => type !== "browser")
  .map(({ name, version, file }) => ({
    name,
    version,
    tests: judge(read(join(suite, "results", file))),
  }));

console.log(JSON.stringify({ tests: judge(results ? read(results) : {}), products }));
