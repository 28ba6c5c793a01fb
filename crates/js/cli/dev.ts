// `dev`: Breakwater in front of a site, on this machine, in workerd.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Command, Given, Output } from "./command.ts";
import { isOn, text } from "./command.ts";
import { Complaint, codeOf, EXIT, type ExitCode, messageOf } from "./complaint.ts";
import { check as checkFile } from "./core.ts";
import { get } from "./fetch.ts";
import { readSiteFile, SITE_FILE } from "./files.ts";
import type { Checked } from "./shapes.ts";
import { Stack, TOKEN } from "./stack.ts";
import { trouble } from "./trouble.ts";

const PORT = 8787;

// How often the site file is looked at, in milliseconds: a change is to be live within a second.
const POLL = 80;

export const dev: Command = {
  name: "dev",
  summary: "run Breakwater in front of the site, on this machine",
  help: `Usage: npx breakwater dev [--upstream URL] [--port N] [--config FILE] [--state DIR | --fresh]

  --upstream URL  send every upstream there, such as http://localhost:3000 [default: the file's]
  --port N        the port to visit [default: ${PORT}]
  --config FILE   the site file [default: ${SITE_FILE}]; a change is live as it is saved
  --state DIR     keep state there from run to run [default: .breakwater/state]
  --fresh         start empty, and forget at the end
  --insecure      take any certificate when the upstream is looked for

It runs the Worker in workerd, with the cron event each minute, until ctrl-c. The operators' token
is \`${TOKEN}\`. Secrets that the file names are read from the environment.`,
  options: {
    upstream: { type: "string" },
    port: { type: "string" },
    config: { type: "string" },
    state: { type: "string" },
    fresh: { type: "boolean" },
    insecure: { type: "boolean" },
  },
  words: 0,
  run: async (given, out): Promise<ExitCode> => {
    const file = text(given, "config") ?? SITE_FILE;
    const checked: Checked = JSON.parse(checkFile(file, readSiteFile(file)));
    if (checked.state === "refused") {
      throw new Complaint(checked.error);
    }
    const upstream = upstreamOf(given);
    const port = await freePort(given);
    await lookFor(upstream === undefined ? checked.upstreams : [{ origin: upstream }], given, out);
    const state = stateOf(given);
    const stack = new Stack({ file, upstream, port, state: state.folder });
    const url = await stack.start();
    out.line(`\n  site        ${url}/`);
    out.line(`  upstreams   ${upstream ?? "those of the file"}`);
    out.line(`  operators   curl -H 'Authorization: Bearer ${TOKEN}' ${url}/_breakwater/upstreams`);
    out.line(`\n  a change of ${file} is loaded as it is saved; ctrl-c stops everything\n`);
    await untilStopped(file, stack, out);
    await stack.stop();
    state.forget();
    return EXIT.done;
  },
};

function upstreamOf(given: Given): string | undefined {
  const written = text(given, "upstream");
  if (written === undefined) {
    return undefined;
  }
  const address = written.includes("://") ? written : `http://${written}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol) || url.pathname !== "/") {
    throw new Complaint(
      `--upstream cannot be \`${written}\`, expected an origin such as http://localhost:3000`,
      EXIT.usage,
    );
  }
  return url.origin;
}

// Says which upstreams do not answer. Breakwater starts all the same: an upstream that is down is
// what it is for.
async function lookFor(
  upstreams: readonly Readonly<{ origin: string }>[],
  given: Given,
  out: Output,
): Promise<void> {
  const origins = [...new Set(upstreams.map(({ origin }) => origin))];
  const isInsecure = isOn(given, "insecure");
  await Promise.all(
    origins.map(async (origin) => {
      const url = new URL(origin);
      try {
        await get({ url, host: null, fields: "accept:*/*", bodyMax: 1024, isInsecure });
      } catch (error) {
        out.note(`warning: ${await trouble(error, url)}`);
      }
    }),
  );
}

async function freePort(given: Given): Promise<number> {
  const written = text(given, "port") ?? String(PORT);
  const port = Number(written);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Complaint(`--port cannot be \`${written}\`, expected 0 to 65535`, EXIT.usage);
  }
  const taken = await new Promise<unknown>((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(undefined)));
  });
  const code = codeOf(taken);
  if (code === "EADDRINUSE") {
    throw new Complaint(`port ${port} is in use: choose another with --port`);
  }
  if (code === "EACCES") {
    throw new Complaint(`port ${port} is not for you on this machine: choose one from 1024 on`);
  }
  if (taken !== undefined) {
    throw new Complaint(`port ${port} cannot be used: ${messageOf(taken)}`);
  }
  return port;
}

type State = Readonly<{ folder: string; forget: () => void }>;

function stateOf(given: Given): State {
  const folder = text(given, "state");
  if (isOn(given, "fresh")) {
    if (folder !== undefined) {
      throw new Complaint("--state and --fresh are both given: leave one out", EXIT.usage);
    }
    const temporary = mkdtempSync(join(tmpdir(), "breakwater-state-"));
    const forget = (): void => rmSync(temporary, { recursive: true, force: true });
    return { folder: temporary, forget };
  }
  return { folder: folder ?? join(".breakwater", "state"), forget: () => {} };
}

// Loads the site file again whenever it has changed, until ctrl-c.
async function untilStopped(file: string, stack: Stack, out: Output): Promise<void> {
  let isStopped = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, () => {
      isStopped = true;
    });
  }
  let loaded = stamp(file);
  let seen = loaded;
  while (!isStopped) {
    await sleep(POLL);
    const now = stamp(file);
    // A file that is still being written is waited for, and so is one that an editor replaces.
    const isSettled = now === seen && now !== undefined;
    seen = now;
    if (!isSettled || now === loaded) {
      continue;
    }
    loaded = now;
    try {
      await stack.reload();
      out.note(`${file}: loaded`);
    } catch (error) {
      out.note(`${messageOf(error)}; the one before goes on`);
    }
  }
}

function stamp(file: string): string | undefined {
  try {
    const { mtimeMs, size } = statSync(file);
    return `${mtimeMs} ${size}`;
  } catch {
    return undefined;
  }
}
