// Runs a Breakwater bundle in workerd, for `cargo xtask dev` and the tests.
//
// Called as `node stack.mjs OPTIONS`, where OPTIONS is the JSON that `src/stack.rs` writes.
// Out, on stdout, one JSON object a line: `ready` once, then one `scheduled` per round asked for,
// and one `reloaded` per reload. In, on stdin: a line `scheduled` fires the cron event; an object
// `{"reload": VARS}` loads the bundle again, with these variables, on the same ports; the end of
// stdin stops everything, so that nothing outlives the process that started it. All else, the
// Worker's console too, is on stderr.
//
// Requests reach the Worker over a socket of workerd's own (`unsafeDirectSockets`), not through
// Miniflare's entry Worker, which stands in front of it by default. Measured with 4.20260426.0: the
// entry Worker rewrites `Accept-Encoding`, compresses answers itself (which turns a truncated body
// into a complete one), makes up `CF-Connecting-IP` and `request.cf`, and answers `/cdn-cgi/*`.
// Over the direct socket the Worker sees what the client sent, and the client what the Worker did.
//
// `isolates` is the number of Workers that run the bundle, each with its own socket and isolate.
// All Durable Objects belong to the first of them, so that the isolates share objects as the
// isolates of a site do.
import { createRequire } from "node:module";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import process from "node:process";

const options = JSON.parse(process.argv[2]);
const HOST = "127.0.0.1";
const CRON = "* * * * *";
const MINUTE = 60_000;
/** Addresses of subscribers in tests. */
const SUBSCRIBERS = ["ann@subscribers.example", "bob@subscribers.example"];

// stdout carries the protocol, and both packages write to the console.
console.log = console.info = console.debug = console.error;
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const require = createRequire(join(options.tools, "package.json"));
const spawned = watchSpawns(require("node:child_process"));
const { unstable_readConfig, unstable_getMiniflareWorkerOptions } = require("wrangler");
const { Log, LogLevel, Miniflare, convertV4MiniflareOptions } = require("miniflare");

const config = unstable_readConfig({ config: options.config }, { hideWarnings: true });
const { workerOptions } = unstable_getMiniflareWorkerOptions(config);
const { modulesRules: _, bindings, durableObjects, ...platform } = workerOptions;
const names = Array.from({ length: options.isolates }, (_, index) =>
  index === 0 ? config.name : `${config.name}-${index + 1}`,
);

// wrangler still tells a Worker's options as Miniflare 4 took them.
const miniflareOptions = () =>
  convertV4MiniflareOptions({
    host: HOST,
    port: 0,
    cf: false,
    log: new Log(LogLevel.WARN),
    handleStructuredLogs: ({ message }) => process.stderr.write(`${message}\n`),
    resourcePersistencePath: options.state,
    // E-mail that is sent lies below it, in `email/*/email-text` and `email/*/email-html`.
    resourceTmpPath: join(options.state, "tmp"),
    workers: names.map(worker),
  });
let ports = [options.port];
const mf = new Miniflare(miniflareOptions());

const urls = await Promise.all(names.map((name) => mf.unsafeGetDirectURL(name))).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
ports = urls.map((url) => Number(url.port));
const workerdPid = () => spawned.at(-1) ?? null;
tell({
  event: "ready",
  urls: urls.map((url) => url.origin),
  pid: process.pid,
  workerd_pid: workerdPid(),
});

let round;
if (options.cron) {
  await scheduled();
  round = setTimeout(eachMinute, MINUTE - (Date.now() % MINUTE));
}

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  if (line.trim() === "scheduled") tell(await scheduled());
  else if (line.startsWith("{")) tell(await reload(JSON.parse(line).reload));
});
lines.on("close", stop);
process.on("SIGTERM", stop);
process.on("SIGINT", stop);

async function eachMinute() {
  round = setTimeout(eachMinute, MINUTE - (Date.now() % MINUTE));
  await scheduled();
}

async function scheduled() {
  try {
    const first = await mf.getWorker(config.name);
    const { outcome } = await first.scheduled({ cron: CRON, scheduledTime: new Date() });
    return { event: "scheduled", outcome };
  } catch (error) {
    console.error(`scheduled: ${error?.stack ?? error}`);
    return { event: "scheduled", outcome: "error", error: String(error) };
  }
}

async function reload(vars) {
  options.vars = vars;
  try {
    await mf.setOptions(miniflareOptions());
    return { event: "reloaded", workerd_pid: workerdPid() };
  } catch (error) {
    return { event: "reloaded", workerd_pid: workerdPid(), error: String(error?.message ?? error) };
  }
}

async function stop() {
  clearTimeout(round);
  await mf.dispose();
  process.exit(0);
}

/** A Worker of the bundle. The first has the port that was asked for, and the Durable Objects. */
function worker(name, index) {
  const own = Object.entries(durableObjects ?? {});
  const lent = own.map(([binding, object]) => [binding, { ...object, scriptName: config.name }]);
  return {
    ...platform,
    name,
    bindings: { ...bindings, ...options.vars },
    durableObjects: Object.fromEntries(index === 0 ? own : lent),
    email: { send_email: email(options.bundle) },
    serviceBindings: { ...platform.serviceBindings, ...connections(options.vars) },
    modulesRoot: options.bundle,
    modules: modules(options.bundle),
    unsafeDirectSockets: [{ host: HOST, port: ports[index] ?? 0 }],
  };
}

/**
 * The bindings of e-mail that the site needs, whatever `wrangler.toml` binds. Addresses below
 * `.invalid` are such that no account has verified (RFC 2606 section 2). Subscribers have any
 * address, but on a site with such a channel the binding sends to those of tests alone.
 */
function email(bundle) {
  const needs = join(bundle, "needs.json");
  // A Worker that a benchmark or a test put together says nothing of its needs.
  if (!existsSync(needs)) return [];
  const { email } = JSON.parse(readFileSync(needs, "utf8"));
  return email.map(({ binding, from, to, to_anyone: toAnyone }) => {
    const verified = to.filter((address) => !address.endsWith(".invalid"));
    const isOpen = toAnyone && verified.length === to.length;
    const destinations = isOpen ? undefined : [...verified, ...(toAnyone ? SUBSCRIBERS : [])];
    return {
      name: binding,
      allowed_sender_addresses: from,
      ...(destinations && { allowed_destination_addresses: destinations }),
    };
  });
}

/**
 * A service for each origin that stands in for an upstream: it connects there whatever host a
 * request names, as the entry's `connect.ts` wants for an upstream with a `host`.
 */
function connections(vars) {
  const origins = Object.keys(vars)
    .filter((name) => name.startsWith("BREAKWATER_UPSTREAM"))
    .filter((name) => URL.canParse(vars[name]))
    .map((name) => new URL(vars[name]));
  return Object.fromEntries(
    origins.map(({ protocol, host, hostname }) => {
      const port = /:\d+$/.test(host) ? "" : protocol === "https:" ? ":443" : ":80";
      const address = `${host}${port}`;
      const secure = { tlsOptions: { trustBrowserCas: true }, certificateHost: hostname };
      const how = protocol === "https:" ? { https: secure } : { http: {} };
      return [`connect:${host}`, { external: { address, ...how } }];
    }),
  );
}

/** The bundle's modules, its entry first, as workerd wants them. */
function modules(bundle) {
  const types = { ".js": "ESModule", ".wasm": "CompiledWasm" };
  const files = readdirSync(bundle, { recursive: true })
    .map((path) => ({ path, type: types[path.slice(path.lastIndexOf("."))] }))
    .filter(({ type }) => type)
    .sort((a, b) => (b.path === "index.js") - (a.path === "index.js"));
  return files.map(({ path, type }) => ({ type, path: join(bundle, path) }));
}

/** Notes the processes that are started from here on: Miniflare does not tell workerd's id. */
function watchSpawns(childProcess) {
  const pids = [];
  const { spawn } = childProcess;
  childProcess.spawn = (...args) => {
    const child = spawn(...args);
    pids.push(child.pid);
    return child;
  };
  return pids;
}
