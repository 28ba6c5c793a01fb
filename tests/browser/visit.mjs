// A visitor with a real browser, for the tests in tests/tests/browser.
//
// It is called as `node visit.mjs OPTIONS`: JSON with `packages` (where playwright-core and
// axe-core are), `chromium` (its program), `url`, and the kind of the visitor. `does` names what
// the visitor does. The script prints what the visitor saw as one line of JSON on stdout. Time in
// the page is virtual where it matters: no test waits for a minute to pass.
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

import { acts as reportActs } from "./report.mjs";
import { acts as statusActs } from "./status.mjs";

const options = JSON.parse(process.argv[2]);
const require = createRequire(join(options.packages, "package.json"));
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

// Pairs of colours of the fallback page, each the one of a text and the one behind it.
const PAIRS = [
  ["ink", "sky"], ["ink", "haze"], ["soft", "sky"], ["soft", "haze"], ["accent", "sky"],
  ["accent", "haze"], ["on-accent", "accent"], ["on-deep", "deep"],
];

const browser = await chromium.launch({
  executablePath: options.chromium,
  // The tests' library turns off what brings a page back as it was left.
  ignoreDefaultArgs: options.does === "goBack" ? ["--disable-back-forward-cache"] : [],
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ],
});
try {
  const context = await browser.newContext({
    viewport: {
      width: options.width ?? (options.phone ? 360 : 1280),
      height: options.phone ? 740 : 800,
    },
    colorScheme: options.dark ? "dark" : "light",
    reducedMotion: options.still ? "reduce" : "no-preference",
    forcedColors: options.forced ? "active" : "none",
    locale: options.locale ?? "en-GB",
    timezoneId: options.zone ?? "Europe/Lisbon",
    javaScriptEnabled: options.script ?? true,
    deviceScaleFactor: options.phone ? 2 : 1,
    bypassCSP: options.does === "look" || options.does === "banner",
  });
  const page = await context.newPage();
  const requests = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) requests.push(request.url());
  });
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  // What pages show is of a moment of the tests, and would grow old by the clock of the day.
  if (options.at !== undefined) await page.clock.setFixedTime(options.at);
  const own = { look, retry, hide, press, post, returns, banner, ask };
  const acts = { ...own, ...statusActs, ...reportActs };
  const seen = await acts[options.does](page, requests, options);
  console.log(JSON.stringify({ ...seen, requests, errors }));
} finally {
  await browser.close();
}

// Opens the page and checks all of it.
async function look(page) {
  if (options.print) await page.emulateMedia({ media: "print" });
  const response = await page.goto(options.url);
  const body = await response.body();
  // The page loads itself again after a while, which must not happen while it is looked at. A
  // navigation that is answered with 204 leaves the page as it is.
  await page.route("**", (route) =>
    route.request().isNavigationRequest() ? route.fulfill({ status: 204 }) : route.fallback(),
  );
  const scripted = options.script ?? true;
  const seen = {
    status: response.status(),
    headers: response.headers(),
    bytes: body.length,
    title: await page.title(),
    text: await page.locator("body").innerText(),
  };
  if (options.screenshot) await page.screenshot({ path: options.screenshot, fullPage: true });
  if (!scripted) return seen;
  await page.addScriptTag({ path: axe });
  const { violations, incomplete } = await page.evaluate(() => window.axe.run());
  const told = (rules) =>
    rules.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  return {
    ...seen,
    violations: told(violations),
    incomplete: told(incomplete),
    ...(await page.evaluate(measure, options.pairs ?? PAIRS)),
  };
}

// Runs in the page: it checks contrast on gradients, which axe cannot do, and whether the page
// fits.
function measure(pairs) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => {
    const probe = document.createElement("i");
    probe.style.color = style.getPropertyValue(`--${name}`);
    document.body.append(probe);
    const parts = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
    probe.remove();
    return parts;
  };
  // WCAG 2.2, relative luminance and contrast ratio.
  const luminance = (parts) => {
    const [r, g, b] = parts.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(colour(one)), luminance(colour(other))].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const moving = document.getAnimations().filter(({ playState }) => playState === "running");
  return {
    contrasts: Object.fromEntries(pairs.map(([a, b]) => [`${a} on ${b}`, contrast(a, b)])),
    overflows: document.documentElement.scrollWidth > innerWidth,
    moving: moving.length,
    lang: document.documentElement.lang,
  };
}

// Waits on the page, in virtual time, and notes when the page tried again.
async function retry(page, requests) {
  await page.clock.install();
  await page.goto(options.url);
  const tries = await waitInFront(page, requests, options.seconds);
  return { tries, text: await page.locator("main").innerText() };
}

// The seconds after the first visit at which the page asked again.
async function waitInFront(page, requests, seconds) {
  const tries = [];
  for (let second = 1; second <= seconds; second++) {
    const before = requests.length;
    await page.clock.runFor(1000).catch(() => {});
    // A navigation that the tick began is awaited; without one the page made no request.
    await page.waitForFunction(() => document.readyState === "complete");
    // On a busy machine the navigation may begin only now, and replace the page's context.
    await page.evaluate(() => 0).catch(() => {});
    if (requests.length > before) {
      tries.push(second);
      await page.waitForLoadState("load");
    }
  }
  return tries;
}

// Switches to another tab for a while, and back.
async function hide(page, requests) {
  await page.clock.install();
  await page.addInitScript(() => {
    let isHidden = false;
    Object.defineProperty(document, "hidden", { get: () => isHidden });
    window.look = (away) => {
      isHidden = away;
      document.dispatchEvent(new Event("visibilitychange"));
    };
  });
  await page.goto(options.url);
  await waitInFront(page, requests, 2);
  await page.evaluate(() => window.look(true));
  const away = await waitInFront(page, requests, 600);
  await page.evaluate(() => window.look(false));
  const back = await waitInFront(page, requests, 90);
  return { away, back };
}

// Uses the buttons, by keyboard alone.
async function press(page, requests) {
  await page.clock.install();
  await page.goto(options.url);
  const focused = () =>
    page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      const text = document.activeElement.textContent;
      return { text, outline: `${outlineStyle} ${parseFloat(outlineWidth)}` };
    });
  await page.keyboard.press("Tab");
  const now = await focused();
  await page.keyboard.press("Tab");
  const pause = await focused();
  await page.keyboard.press("Enter");
  const paused = await waitInFront(page, requests, 300);
  const resume = await focused();
  await page.keyboard.press("Shift+Tab");
  const before = requests.length;
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  return { now, pause, resume, paused, tried: requests.length - before };
}

// Submits a form.
async function post(page, requests) {
  await page.clock.install();
  await page.setContent(`<form method="post" action="${options.url}"><button>Send</button></form>`);
  await Promise.all([page.waitForEvent("load"), page.getByText("Send").click()]);
  const tries = await waitInFront(page, requests, 600);
  return { tries, text: await page.locator("main").innerText() };
}

// Waits until the site is back.
async function returns(page, requests) {
  await page.clock.install();
  await page.goto(options.url);
  const before = await page.title();
  await fetch(options.mend, { method: "DELETE" });
  // The circuit closes in real time.
  while (!(await fetch(options.url)).ok) await new Promise((resolve) => setTimeout(resolve, 50));
  for (let second = 1; second <= 300; second++) {
    await page.clock.runFor(1000).catch(() => {});
    await page.waitForFunction(() => document.readyState === "complete");
    if ((await page.title()) !== before) return { second, title: await page.title() };
  }
  return { second: null, title: await page.title() };
}

// Reads the banner of a stored page and closes it.
async function banner(page) {
  const response = await page.goto(options.url);
  const dialog = page.getByRole("dialog");
  const text = await dialog.innerText();
  if (options.screenshot) await page.screenshot({ path: options.screenshot });
  await page.addScriptTag({ path: axe });
  const { violations } = await page.evaluate(() => window.axe.run("dialog"));
  await dialog.getByRole("button").press("Enter");
  const isGone = !(await dialog.isVisible());
  const status = response.status();
  const headers = response.headers();
  return { status, headers, text, isGone, violations: violations.map(({ id }) => id) };
}

// Requests a site from a page of another origin, as an application's script does.
async function ask(page) {
  await page.goto(options.url);
  const seen = await page.evaluate(async (asks) => {
    const answers = [];
    for (const { url, init } of asks) {
      try {
        const answer = await fetch(url, init);
        const field = (name) => answer.headers.get(name);
        const problem = await answer.json();
        const { status } = answer;
        const retryAfter = field("retry-after");
        answers.push({ status, retryAfter, breakwater: field("breakwater"), problem });
      } catch (error) {
        answers.push({ error: String(error) });
      }
    }
    return answers;
  }, options.asks);
  return { seen };
}
