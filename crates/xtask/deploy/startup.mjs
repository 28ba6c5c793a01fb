// Measures how long a bundle takes to start in workerd, beside a Worker that does nothing.
//
// Called as `node startup.mjs TOOLS BUNDLE CONFIG ROUNDS`. Prints JSON: `bundle` and `empty`,
// milliseconds from starting workerd to the first answer, and `evaluated`, those that the bundle's
// modules took to be evaluated; one of each per round. The two take turns, so that whatever else
// the machine does meets both.
import { createRequire } from "node:module";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const [tools, bundle, configFile, rounds] = process.argv.slice(2);
console.log = console.info = console.debug = console.warn = console.error;
const require = createRequire(join(tools, "package.json"));
const { unstable_readConfig } = require("wrangler");
const { Log, LogLevel, Miniflare, convertV4MiniflareOptions } = require("miniflare");

const config = unstable_readConfig({ config: configFile }, { hideWarnings: true });
const EVALUATES = `export default {
  async fetch() {
    const before = performance.now();
    await import("./index.js");
    return new Response(performance.now() - before);
  },
};`;
const EMPTY = "export default { fetch: () => new Response(0) };";

const types = { ".js": "ESModule", ".wasm": "CompiledWasm" };
const modules = readdirSync(bundle, { recursive: true })
  .map((path) => ({ type: types[path.slice(path.lastIndexOf("."))], path: join(bundle, path) }))
  .filter(({ type }) => type);

const took = { bundle: [], empty: [], evaluated: [] };
for (let round = 0; round < Number(rounds); round++) {
  took.empty.push((await start(EMPTY, [])).took);
  const { answer, took: whole } = await start(EVALUATES, modules);
  took.bundle.push(whole);
  took.evaluated.push(Number(answer));
}
process.stdout.write(JSON.stringify(took));

async function start(contents, others) {
  const before = performance.now();
  const entry = { type: "ESModule", path: join(bundle, "startup-entry.js"), contents };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      log: new Log(LogLevel.NONE),
      compatibilityDate: config.compatibility_date,
      compatibilityFlags: config.compatibility_flags,
      modulesRoot: bundle,
      modules: [entry, ...others],
    }),
  );
  const response = await miniflare.dispatchFetch("http://localhost/");
  const answer = await response.text();
  const whole = performance.now() - before;
  await miniflare.dispose();
  if (!response.ok) throw new Error(`the bundle does not start: ${answer}`);
  return { answer, took: whole };
}
