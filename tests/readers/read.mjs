// What programs on Node read in the machine-readable forms of the public state, for
// tests/tests/e2e/status_readers.rs.
//
// It is called as `node read.mjs OPTIONS`: JSON with `packages` (where the readers are), `folder`,
// which has each form below its path on a status page, and `url`, the address of the page. The
// script prints what each reader found, as one line of JSON on stdout.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const options = JSON.parse(process.argv[2]);
const require = createRequire(join(options.packages, "package.json"));
const load = async (name) => {
  const found = await import(pathToFileURL(require.resolve(name)).href);
  return found.default ?? found;
};
const read = (path) => readFileSync(join(options.folder, path), "utf8");

// A time in UTC, to the second.
const shown = (time) => `${new Date(time).toISOString().slice(0, 19)}Z`;

const RssParser = await load("rss-parser");
const { parseFeed } = await load("feedsmith");
const FeedParser = await load("feedparser");
const feedReaders = {
  "rss-parser": async (text) => {
    const { items } = await new RssParser().parseString(text);
    return items.map((item) => ({
      id: item.id ?? item.guid,
      title: item.title,
      url: item.link,
      published: shown(item.isoDate),
    }));
  },
  feedsmith: (text) => {
    const { format, feed } = parseFeed(text);
    if (format === "atom") {
      return (feed.entries ?? []).map((entry) => ({
        id: entry.id,
        title: entry.title.value,
        url: entry.links[0].href,
        published: shown(entry.published),
      }));
    }
    return (feed.items ?? []).map((item) => ({
      id: item.guid.value,
      title: item.title,
      url: item.link,
      published: shown(item.pubDate),
    }));
  },
  feedparser: (text, url) =>
    new Promise((resolve, reject) => {
      const found = [];
      const parser = new FeedParser({ feedurl: url });
      parser.on("error", reject);
      parser.on("data", ({ guid: id, title, link: url, pubdate }) => {
        found.push({ id, title, url, published: shown(pubdate) });
      });
      parser.on("end", () => resolve(found));
      parser.end(text);
    }),
};

const feeds = {};
const paths = readdirSync(options.folder, { recursive: true, withFileTypes: false });
for (const path of paths.filter((path) => /(^|\/)feed\.(atom|rss)$/.test(path)).sort()) {
  feeds[path] = {};
  for (const [name, reader] of Object.entries(feedReaders)) {
    feeds[path][name] = await reader(read(path), `${options.url}/${path}`);
  }
}

const ICAL = await load("ical.js");
const nodeIcal = await load("node-ical");
const { convertIcsCalendar } = await load("ts-ics");
const calendarReaders = {
  "ical.js": (text) => {
    const calendar = new ICAL.Component(ICAL.parse(text));
    const events = calendar.getAllSubcomponents("vevent").map((event) => new ICAL.Event(event));
    return events.map(({ uid, startDate, endDate, summary, description, sequence }) => ({
      uid,
      start: shown(startDate.toJSDate()),
      end: shown(endDate.toJSDate()),
      summary,
      description,
      sequence,
    }));
  },
  "node-ical": (text) => {
    const events = Object.values(nodeIcal.sync.parseICS(text)).filter((it) => it.type === "VEVENT");
    return events.map(({ uid, start, end, summary, description, sequence }) => ({
      uid,
      start: shown(start),
      end: shown(end),
      summary,
      description,
      sequence: Number(sequence),
    }));
  },
  // It leaves out a sequence of 0, which is what an event without one has.
  "ts-ics": (text) => {
    const events = convertIcsCalendar(undefined, text).events ?? [];
    return events.map(({ uid, start, end, summary, description, sequence }) => ({
      uid,
      start: shown(start.date),
      end: shown(end.date),
      summary,
      description,
      sequence: sequence ?? 0,
    }));
  },
};
const calendar = {};
for (const [name, reader] of Object.entries(calendarReaders)) {
  calendar[name] = reader(read("maintenance.ics"));
}

// How wide our badges are, and how wide those of shields.io's own program would be.
const { makeBadge } = await load("badge-maker");
const width = (svg) => Number(/width="(\d+)"/.exec(svg)[1]);
const badges = {};
const names = readdirSync(join(options.folder, "badge"));
for (const file of names.filter((name) => name.endsWith(".json"))) {
  const { label, message } = JSON.parse(read(`badge/${file}`));
  const ours = width(read(`badge/${file.replace(".json", ".svg")}`));
  badges[file.replace(".json", "")] = { ours, theirs: width(makeBadge({ label, message })) };
}

console.log(JSON.stringify({ feeds, calendar, badges }));
