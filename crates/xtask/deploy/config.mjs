// Prints what wrangler reads from `wrangler.toml`, as JSON.
//
// Called as `node config.mjs TOOLS CONFIG`.
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

const [tools, config] = process.argv.slice(2);
// stdout is for the JSON alone.
console.log = console.info = console.debug = console.warn = console.error;
const require = createRequire(join(tools, "package.json"));
const { unstable_readConfig } = require("wrangler");
process.stdout.write(JSON.stringify(unstable_readConfig({ config }, { hideWarnings: true })));
