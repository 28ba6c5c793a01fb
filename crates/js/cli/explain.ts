// `explain`: what of a page or a site would survive an outage, and why the rest would not.
import { setTimeout as sleep } from "node:timers/promises";
import type { Command, Given, Output } from "./command.ts";
import { isOn, text } from "./command.ts";
import { Complaint, EXIT, type ExitCode, messageOf } from "./complaint.ts";
import { check as checkFile, Walk } from "./core.ts";
import { get } from "./fetch.ts";
import { readSiteFile, SITE_FILE } from "./files.ts";
import { playOutage, shownOutage } from "./outage.ts";
import type { Checked, Explained, WalkStep, WalkSummary } from "./shapes.ts";
import { shownInFull, shownInLine, shownSummary } from "./show.ts";
import { trouble } from "./trouble.ts";

const PAGES_DEFAULT = 500;

export const explain: Command = {
  name: "explain",
  summary: "say of a page, or of a whole site, what would survive an outage and why",
  help: `Usage: npx breakwater explain [URL] [--site] [--config FILE] [--json]

  URL              a page: a path, such as /products; or an address. An address on another host
                   than the site's says where all upstreams are [default: /]
  --site           look at all pages that the sitemap names, or else that pages link to
  --sitemap PATH   the sitemap [default: /sitemap.xml]
  --max N          the most pages [default: ${PAGES_DEFAULT}]
  --config FILE    the site file [default: ${SITE_FILE}]
  --upstream URL   ask all upstreams there, such as http://localhost:3000
  --outage         play an outage here, in workerd, and ask again as a visitor, one who is
                   signed in, a feed reader and an API client; 100 pages at most
  --verbose        with --site: show each URL, not only those that would not survive
  --insecure       take any certificate
  --json           print one JSON object a line for each URL, and the summary as the last

It makes eleven requests a second at most. Exit code 0: it was looked at. 1: it cannot be, or a
redirect never arrives.`,
  options: {
    site: { type: "boolean" },
    sitemap: { type: "string" },
    max: { type: "string" },
    config: { type: "string" },
    upstream: { type: "string" },
    outage: { type: "boolean" },
    verbose: { type: "boolean" },
    insecure: { type: "boolean" },
    json: { type: "boolean" },
  },
  words: 1,
  run: async (given, out): Promise<ExitCode> => {
    const file = text(given, "config") ?? SITE_FILE;
    const source = readSiteFile(file);
    const checked: Checked = JSON.parse(checkFile(file, source));
    if (checked.state === "refused") {
      throw new Complaint(checked.error);
    }
    const place = placeOf(given, checked.host);
    const walk = begin(file, source, place.upstream, most(given));
    if (isOn(given, "site")) {
      walk.addSitemap(text(given, "sitemap") ?? "/sitemap.xml");
    }
    walk.addPage(place.path);
    const paths = await follow(walk, given, out);
    if (walk.isByLinks()) {
      out.note("note: no sitemap names pages, so those that pages link to were looked at");
    }
    const summary: WalkSummary = JSON.parse(walk.summary());
    if (isOn(given, "json")) {
      out.line(JSON.stringify(summary));
    } else {
      for (const line of shownSummary(summary)) {
        out.line(line);
      }
    }
    if (isOn(given, "outage")) {
      const pages = await playOutage({ file, upstream: place.upstream, paths }, out);
      const lines = isOn(given, "json") ? [JSON.stringify({ outage: pages })] : shownOutage(pages);
      for (const line of lines) {
        out.line(line);
      }
    }
    return summary.loops === 0 && summary.pages > 0 ? EXIT.done : EXIT.failed;
  },
};

function begin(file: string, source: string, upstream: string | undefined, pages: number): Walk {
  try {
    return new Walk(file, source, upstream, pages);
  } catch (error) {
    throw new Complaint(messageOf(error), EXIT.usage);
  }
}

function most(given: Given): number {
  const written = text(given, "max");
  if (written === undefined) {
    return isOn(given, "site") ? PAGES_DEFAULT : 1;
  }
  const number = Number(written);
  if (!Number.isSafeInteger(number) || number < 1 || number > 2000) {
    throw new Complaint(`--max cannot be \`${written}\`, expected 1 to 2000`, EXIT.usage);
  }
  return number;
}

type Place = Readonly<{ path: string; upstream: string | undefined }>;

// Which page is meant, and where the upstreams are if not where the file says.
export function placeOf(given: Given, siteHost: string): Place {
  const upstream = text(given, "upstream");
  const word = given.words[0] ?? "/";
  if (word.startsWith("/")) {
    return { path: word, upstream };
  }
  const isLocal = /^(localhost|127\.|\[::1\])/.test(word);
  const address = word.includes("://") ? word : `${isLocal ? "http" : "https"}://${word}`;
  if (!URL.canParse(address)) {
    throw new Complaint(`\`${word}\` is no address, expected a path such as /products`, EXIT.usage);
  }
  const url = new URL(address);
  const path = url.pathname + url.search;
  const isOfTheSite = url.hostname === siteHost && url.port === "";
  return { path, upstream: upstream ?? (isOfTheSite ? undefined : url.origin) };
}

// Does what core says until the walk is over; returns the paths of the pages.
async function follow(walk: Walk, given: Given, out: Output): Promise<string[]> {
  const paths: string[] = [];
  const pending = new Set<Promise<void>>();
  for (;;) {
    const step: WalkStep = JSON.parse(walk.step(Date.now()));
    if (step.do === "done") {
      break;
    }
    if (step.do === "fetch") {
      const one = fetchOne(walk, step, isOn(given, "insecure")).finally(() => pending.delete(one));
      pending.add(one);
    } else {
      const waits = step.do === "wait" ? [sleep(Math.max(1, step.until - Date.now()))] : [];
      await Promise.race([...pending, ...waits]);
    }
    paths.push(...show(walk, given, out));
  }
  paths.push(...show(walk, given, out));
  out.progress("");
  return paths;
}

type Fetch = Extract<WalkStep, Readonly<{ do: "fetch" }>>;

async function fetchOne(walk: Walk, step: Fetch, isInsecure: boolean): Promise<void> {
  const url = new URL(step.origin + step.path);
  const { host, fields } = step;
  try {
    const bodyMax = Walk.bodyMax();
    const answer = await get({ url, host, fields, bodyMax, isInsecure });
    const { status, body, bytes, isWhole, took } = answer;
    walk.answer(step.id, status, answer.fields, body, bytes, isWhole, took, Date.now());
  } catch (error) {
    walk.fail(step.id, await trouble(error, url));
  }
}

// Shows what was looked at since; returns the paths of pages among it.
function show(walk: Walk, given: Given, out: Output): string[] {
  const paths: string[] = [];
  for (let next = walk.explained(); next !== undefined; next = walk.explained()) {
    const one: Explained = JSON.parse(next);
    if (one.loaded_by === null && one.redirect === null) {
      paths.push(one.path);
    }
    if (isOn(given, "json")) {
      out.line(next);
      continue;
    }
    if (!isOn(given, "site") && one.loaded_by === null) {
      for (const line of shownInFull(one)) {
        out.line(line);
      }
    } else if (isOn(given, "verbose") || !isOn(given, "site")) {
      out.line(shownInLine(one));
    }
  }
  const [done, known] = walk.progress();
  if (isOn(given, "site")) {
    out.progress(`looked at ${done} of ${known}`);
  }
  return paths;
}
