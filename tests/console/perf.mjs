// Measures the console with a large site: how soon it shows what it has read, and whether it keeps
// up while its lists are scrolled.
//
// It is called as `node perf.mjs OPTIONS`: JSON with `packages` (where playwright-core is),
// `chromium` (its program), `assets` (the list of the files that pages load, which a bundle has),
// `html` (the console's page), `circuits`, `checks` and `rounds`. It prints one line of JSON.
//
// The first render is the time from the end of the answer with the data to the frame that shows it.
// Frames are counted by the page's own clock of frames while the list moves by a fixed number of
// pixels with each of them, and the browser's trace says how long its main thread was busy in one
// go, and which frames it dropped.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

import { serve } from "./serve.mjs";

const options = JSON.parse(process.argv[2]);
const { circuits = 500, checks = 1_000, rounds = 5 } = options;
const require = createRequire(join(options.packages, "package.json"));
const { chromium } = require("playwright-core");

// How far a list moves with each frame, in pixels: faster than a person reads, as fast as one looks
// for something. And for how long.
const STEP = 40;
const SCROLLS_MS = 4_000;
// What the page marks when the first rows are drawn.
const RENDERED = "console-rendered";
const CATEGORIES = [
  "benchmark",
  "blink.user_timing",
  "cc",
  "devtools.timeline",
  "disabled-by-default-devtools.timeline",
];

const files = JSON.parse(readFileSync(options.assets, "utf8"));
const asset = (name) => files.find(({ path }) => path === `console/${name}`)?.text;
const server = await serve({
  assets: { "page.js": asset("page.js"), "page.css": asset("page.css") },
  html: readFileSync(options.html, "utf8"),
  policy: "",
  needs: {},
  circuits,
  checks,
});
const browser = await chromium.launch({
  executablePath: options.chromium,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ],
});
const measured = [];
try {
  for (const [view, path, rows] of [
    ["upstreams", "/upstreams", circuits],
    ["checks", "/checks", checks],
  ]) {
    const all = [];
    for (let round = 0; round < rounds; round++) all.push(await measure(view, path));
    measured.push({ view, rows, rounds: all });
  }
} finally {
  await browser.close();
  server.close();
}
console.log(JSON.stringify({ step: STEP, seconds: SCROLLS_MS / 1000, measured }));

// What is timed is not traced, since the trace itself takes a part of what it looks at.
async function measure(view, path) {
  const { first, frames, inPage } = await open(view, path, async (page) => ({
    frames: await page.evaluate(scroll, { step: STEP, lasts: SCROLLS_MS }),
    inPage: await page.locator(".rows .row").count(),
  }));
  const traced = await open(view, path, async (page) => {
    await browser.startTracing(page, { categories: CATEGORIES });
    await page.evaluate(scroll, { step: STEP, lasts: SCROLLS_MS });
    return { trace: JSON.parse((await browser.stopTracing()).toString()) };
  }, true);
  return {
    first_render_ms: first,
    first_render_cpu_ms: busyBefore(traced.loading, RENDERED, traced.first),
    rows_in_page: inPage,
    ...frames,
    ...judge(traced.trace.traceEvents),
  };
}

// Opens a list in a new page, traced or not, and does something with it once it has been rendered.
async function open(view, path, then, isTraced = false) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.addInitScript(watchFirstRender, `/_breakwater/${view}`);
  if (isTraced) await browser.startTracing(page, { categories: CATEGORIES });
  await page.goto(server.url + path);
  await page.waitForFunction(() => window.firstRender !== undefined);
  const first = await page.evaluate(() => window.firstRender);
  const loading = isTraced ? JSON.parse((await browser.stopTracing()).toString()).traceEvents : [];
  // What is done once, such as reading the page's styles, is over by then.
  await page.waitForTimeout(500);
  const seen = { first, loading, ...(await then(page)) };
  await context.close();
  return seen;
}

// Runs in the page before its own scripts: the time from the end of the answer to the frame after
// the first rows are there.
function watchFirstRender(path) {
  const seen = new MutationObserver(() => {
    if (document.querySelector(".rows .row") === null) return;
    seen.disconnect();
    // The first callback comes before the frame is drawn, the second after it.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const [read] = performance
          .getEntriesByType("resource")
          .filter(({ name }) => name.endsWith(path));
        performance.mark("console-rendered");
        window.firstRender = performance.now() - (read?.responseEnd ?? 0);
      }),
    );
  });
  seen.observe(document, { childList: true, subtree: true });
}

// Runs in the page: scrolls down to the end, and up again, and counts frames.
function scroll({ step, lasts }) {
  return new Promise((resolve) => {
    const gaps = [];
    const begin = performance.now();
    let before = begin;
    let direction = 1;
    const frame = (now) => {
      if (now > begin) gaps.push(now - before);
      before = now;
      const end = document.documentElement.scrollHeight - innerHeight;
      if (scrollY >= end - 1) direction = -1;
      if (scrollY <= 0) direction = 1;
      scrollBy(0, direction * step);
      // A gap in the list would be seen as an empty place.
      if (now - begin < lasts) requestAnimationFrame(frame);
      else {
        const sorted = gaps.slice(1).sort((a, b) => a - b);
        const at = (share) =>
          sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
        const sum = sorted.reduce((all, gap) => all + gap, 0);
        resolve({
          frames_per_second: (sorted.length / sum) * 1000,
          frame_p50_ms: at(0.5),
          frame_p99_ms: at(0.99),
          late_frames: sorted.filter((gap) => gap > 25).length,
          frames: sorted.length,
        });
      }
    };
    requestAnimationFrame(frame);
  });
}

// The tasks of the page's main thread.
function tasksOf(events) {
  const isNamed = ({ name, args }) => name === "thread_name" && args.name === "CrRendererMain";
  const main = events.filter(isNamed);
  const isMain = ({ pid, tid }) => main.some((it) => it.pid === pid && it.tid === tid);
  return events.filter((it) => it.name === "RunTask" && it.ph === "X" && isMain(it));
}

// For how long the main thread itself was at work in the milliseconds before a mark.
function busyBefore(events, mark, lasts) {
  const end = events.find(({ name }) => name === mark)?.ts ?? 0;
  const within = tasksOf(events).filter(({ ts }) => ts <= end && ts >= end - lasts * 1000);
  return within.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1000;
}

// What the trace says of the page's main thread and of its frames. `dur` is by the clock, and grows
// with what else the machine does; `tdur` is the thread's own time.
function judge(events) {
  const tasks = tasksOf(events);
  const spans = (of) => tasks.map((task) => (task[of] ?? 0) / 1000).sort((a, b) => a - b);
  const [byClock, own] = [spans("dur"), spans("tdur")];
  const states = events
    .filter(({ name, ph }) => name === "PipelineReporter" && ph === "b")
    .map(({ args }) => (args?.chrome_frame_reporter ?? args?.frame_reporter)?.state);
  return {
    longest_task_ms: byClock.at(-1) ?? null,
    longest_task_cpu_ms: own.at(-1) ?? null,
    busy_cpu_ms: own.reduce((sum, span) => sum + span, 0),
    dropped_frames: states.filter((state) => state === "STATE_DROPPED").length,
    traced_frames: states.length,
  };
}
