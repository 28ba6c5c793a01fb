// `explain --outage`: an outage on this machine. The Worker runs in front of the site, pages are
// visited, every circuit is held open, and the pages are asked for again by different visitors.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Output } from "./command.ts";
import { Complaint } from "./complaint.ts";
import { type Answer, get } from "./fetch.ts";
import { Stack, TOKEN } from "./stack.ts";

// The most pages that are asked for: each is asked for eight times.
export const OUTAGE_PAGES_MAX = 100;

// How long copies take until they are stored, in milliseconds.
const SETTLES = 1000;

// How long an order may take until the isolate of visitors has heard of it, in milliseconds, how
// often it is looked for, and how many isolates are tried: one that has reported before it heard
// of anything reports again only after a while.
const HEARD_WITHIN = 6000;
const LOOK_EVERY = 250;
const ISOLATES_MAX = 6;

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

// Who asks, and with which fields.
export const VISITORS = [
  { name: "visitor", fields: `accept:text/html,*/*;q=0.8\nuser-agent:${FIREFOX}` },
  {
    name: "signed in",
    fields: `accept:text/html,*/*;q=0.8\nuser-agent:${FIREFOX}\ncookie:session=1`,
  },
  { name: "feed reader", fields: "accept:application/rss+xml,*/*;q=0.5\nuser-agent:Feedbin" },
  { name: "API client", fields: "accept:application/json\nuser-agent:curl/8.11.0" },
] as const;

export type OutageAnswer = Readonly<{ visitor: string; status: number; source: string }>;

export type OutagePage = Readonly<{ path: string; answers: readonly OutageAnswer[] }>;

type Outage = Readonly<{ file: string; upstream: string | undefined; paths: readonly string[] }>;

// Plays the outage; returns what each page answered to whom.
export async function playOutage(outage: Outage, out: Output): Promise<OutagePage[]> {
  const state = mkdtempSync(join(tmpdir(), "breakwater-outage-"));
  const { file, upstream } = outage;
  const stack = new Stack({ file, upstream, port: 0, state, isQuiet: true });
  try {
    const site = await stack.start();
    const paths = outage.paths.slice(0, OUTAGE_PAGES_MAX);
    for (const [index, path] of paths.entries()) {
      out.progress(`visiting ${index + 1} of ${paths.length}`);
      for (const { fields } of VISITORS) {
        await ask(site, path, fields);
      }
    }
    await sleep(SETTLES);
    await holdCircuitsOpen(site);
    const pages: OutagePage[] = [];
    for (const [index, path] of paths.entries()) {
      out.progress(`asking again ${index + 1} of ${paths.length}`);
      await untilHeard(stack, site, path);
      const answers: OutageAnswer[] = [];
      for (const { name, fields } of VISITORS) {
        const { status, source } = read(await ask(site, path, fields));
        answers.push({ visitor: name, status, source });
      }
      pages.push({ path, answers });
    }
    out.progress("");
    return pages;
  } finally {
    await stack.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

async function ask(site: string, path: string, fields: string): Promise<Answer> {
  const url = new URL(site + path);
  return get({ url, host: null, fields, bodyMax: 1024 * 1024, isInsecure: false });
}

function read(answer: Answer): Readonly<{ status: number; source: string }> {
  const source = /^breakwater:.*source=([a-z_]+)/m.exec(answer.fields)?.[1] ?? "none";
  return { status: answer.status, source };
}

async function holdCircuitsOpen(site: string): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const listed = await fetch(`${site}/_breakwater/upstreams`, { headers });
  const { upstreams } = (await listed.json()) as { upstreams: { name: string }[] };
  for (const { name } of upstreams) {
    const body = JSON.stringify({
      override: "forced_open",
      reason: "breakwater explain --outage",
      lasts: "1h",
    });
    const url = `${site}/_breakwater/upstreams/${name}/override`;
    const held = await fetch(url, { method: "POST", headers, body });
    if (!held.ok) {
      throw new Complaint(`the circuits of ${name} cannot be held open: ${await held.text()}`);
    }
  }
}

// Waits until the circuit of a path is known to be open where visitors ask. An isolate that sees
// little traffic hears of orders late, and a new one with its first call.
async function untilHeard(stack: Stack, site: string, path: string): Promise<void> {
  for (let isolate = 0; isolate < ISOLATES_MAX; isolate += 1) {
    if (await isHeard(site, path, isolate === 0 ? LOOK_EVERY : HEARD_WITHIN)) {
      return;
    }
    await stack.reload();
  }
  throw new Complaint(`the circuit of ${path} did not open: is this machine very busy?`);
}

async function isHeard(site: string, path: string, within: number): Promise<boolean> {
  const deadline = performance.now() + within;
  const [visitor] = VISITORS;
  do {
    const { fields } = await ask(site, path, visitor.fields);
    // What passes Breakwater by, such as its own pages, has no circuit.
    if (!/^breakwater:/m.test(fields) || /^breakwater:.*circuit=forced_open/m.test(fields)) {
      return true;
    }
    await sleep(LOOK_EVERY);
  } while (performance.now() < deadline);
  return false;
}

// What came of it, in a table.
export function shownOutage(pages: readonly OutagePage[]): string[] {
  const names = VISITORS.map(({ name }) => name);
  const width = Math.max(4, ...pages.map(({ path }) => path.length));
  const cell = (text: string): string => text.padEnd(16);
  const lines = ["", `  ${"".padEnd(width)}  ${names.map(cell).join("")}`.trimEnd()];
  for (const { path, answers } of pages) {
    const cells = answers.map(({ status, source }) => cell(`${status} ${source}`));
    lines.push(`  ${path.padEnd(width)}  ${cells.join("")}`.trimEnd());
  }
  const isGood = (answer: OutageAnswer | undefined): boolean => answer?.source !== "fallback";
  const good = pages.filter(({ answers }) => isGood(answers[0])).length;
  const noun = pages.length === 1 ? "page" : "pages";
  lines.push("", `with every circuit open, a visitor got ${good} of ${pages.length} ${noun}`);
  return lines;
}
