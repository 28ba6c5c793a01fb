// An operator with a real browser, for the tests of the console in tests/tests/browser.
//
// It is called as `node operate.mjs OPTIONS`: JSON with `packages` (where playwright-core and
// axe-core are), `chromium` (its program), `url` (the site's, without a slash at its end), `token`,
// and what the operator `does`. The script prints what was seen as one line of JSON on stdout.
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

import { provoke } from "./report.mjs";

const options = JSON.parse(process.argv[2]);
const require = createRequire(join(options.packages, "package.json"));
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");
const consoleUrl = `${options.url}/_breakwater/console`;

// The views of the console, by their addresses.
const VIEWS = [
  "",
  "/upstreams",
  "/circuit?upstream=api&name=api",
  "/checks",
  "/check?name=frontend",
  "/objectives",
  "/incidents",
  "/alerts",
  "/snapshots",
  "/maintenance",
  "/budget",
  "/configuration",
  "/events",
];

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
try {
  const context = await browser.newContext({
    viewport: options.narrow ? { width: 320, height: 640 } : { width: 1280, height: 800 },
    colorScheme: options.dark ? "dark" : "light",
    locale: "en-GB",
    bypassCSP: options.does === "look",
  });
  const page = await context.newPage();
  const requests = [];
  page.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
  page.on("websocket", (socket) => requests.push(`SOCKET ${socket.url()}`));
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // The login page names no icon, and a browser then asks the site for one.
    const isIcon = message.location().url.endsWith("/favicon.ico");
    if (message.type() === "error" && !isIcon) errors.push(message.text());
  });
  const acts = { look, override, walk, count, hide, fail };
  const seen = await acts[options.does](page, requests);
  console.log(JSON.stringify({ ...seen, requests, errors }));
} finally {
  await browser.close();
}

async function logIn(page) {
  await page.goto(`${consoleUrl}/login`);
  await page.locator("input[name=token]").fill(options.token);
  await Promise.all([page.waitForURL(consoleUrl), page.locator("form button").click()]);
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
}

async function visit(page, view) {
  await page.goto(consoleUrl + view);
  await page.locator("main h1").waitFor();
  // What is read is there, or the page says why it is not.
  await page.waitForFunction(() => document.querySelector(".loading") === null);
}

// Looks at the views that are asked for, or at each, and checks all of them.
async function look(page) {
  await logIn(page);
  const views = [];
  for (const view of options.views ?? VIEWS) {
    await visit(page, view);
    const name = view.replace(/^\//, "").replace(/\?.*$/, "") || "overview";
    if (options.screenshot) {
      await page.screenshot({ path: options.screenshot.replace("VIEW", name), fullPage: true });
    }
    await page.addScriptTag({ path: axe });
    const { violations } = await page.evaluate(() => window.axe.run());
    const overflows = await page.evaluate(
      () => document.documentElement.scrollWidth > window.innerWidth,
    );
    const told = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`,
    );
    const troubles = await page.locator(".trouble").allInnerTexts();
    const text = await page.locator("main").innerText();
    views.push({ name, violations: told, overflows, troubles, text });
  }
  return { views };
}

// Sets an override and takes it back, and notes what the circuit's coordinator says meanwhile. When
// isolates hear of it is no matter of the console.
async function override(page) {
  await logIn(page);
  await visit(page, "/circuit?upstream=api&name=api");
  const state = page.locator("main .state").first();
  const before = await state.innerText();
  await page.getByRole("button", { name: "Override …" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Set the override" }).click();
  const wrong = await dialog.locator(".wrong").innerText();
  await dialog.getByLabel("Reason").fill("a test in a browser");
  await dialog.getByRole("button", { name: "Set the override" }).click();
  await page.getByText("api is forced open.").waitFor();
  const forced = await stateOf("api");
  // The page is told of the turn, or reads of it.
  await page.locator("main .state", { hasText: "forced open" }).first().waitFor();
  const shown = await page.locator("main section.card").first().innerText();
  await page.getByRole("button", { name: "Lift it" }).click();
  await page.getByText("api judges by itself again.").waitFor();
  await page.locator("main .state", { hasNotText: "forced open" }).first().waitFor();
  return { before, wrong, forced, shown, lifted: await state.innerText() };
}

// What the operators' API says of a circuit.
async function stateOf(name) {
  const headers = { authorization: `Bearer ${options.token}` };
  const answer = await fetch(`${options.url}/_breakwater/upstreams`, { headers });
  const { upstreams } = await answer.json();
  return upstreams.flatMap(({ circuits }) => circuits).find((it) => it.name === name)?.state;
}

// Has a view fail, at an address that names a secret.
async function fail(page) {
  await logIn(page);
  await visit(page, `/circuit?upstream=api&name=api&key=${options.canary}`);
  return provoke(page);
}

// Uses the console by keyboard alone.
async function walk(page) {
  await logIn(page);
  const focused = () =>
    page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      const text = document.activeElement.textContent?.trim() ?? "";
      const { id } = document.activeElement;
      return { id, text, outline: `${outlineStyle} ${parseFloat(outlineWidth)}` };
    });
  await visit(page, "");
  await page.keyboard.press("Tab");
  const skip = await focused();
  await page.keyboard.press("Enter");
  const main = await focused();
  await visit(page, "");
  const upstreams = page.getByRole("link", { name: /^Upstreams/ });
  while (!(await upstreams.evaluate((link) => link === document.activeElement))) {
    await page.keyboard.press("Tab");
  }
  const menu = await focused();
  await page.keyboard.press("Enter");
  await page.getByRole("grid").waitFor();
  const first = page.locator(".rows .row").first();
  while (!(await first.evaluate((row) => row === document.activeElement))) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("ArrowDown");
  // The row may only come into the page by the key, so it is chosen a frame later.
  await page.locator(".rows .row:focus[aria-rowindex='3']").waitFor();
  const second = await page.evaluate(() => document.activeElement.getAttribute("aria-rowindex"));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Override …" }).waitFor();
  const title = await page.locator("main h1").innerText();
  const button = page.getByRole("button", { name: "Override …" });
  while (!(await button.evaluate((it) => it === document.activeElement))) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const back = await focused();
  return { skip, main, menu, second, title, back };
}

// The buttons of each view, but for those that only put a list in order.
async function count(page) {
  await logIn(page);
  const buttons = [];
  for (const view of VIEWS) {
    await visit(page, view);
    buttons.push(...(await page.locator("main button:not(.head button)").allInnerTexts()));
  }
  return { buttons, who: await page.locator(".who").innerText() };
}

// Switches to another tab for a while, and back, in virtual time.
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
  await page.goto(`${consoleUrl}/login`);
  await page.locator("input[name=token]").fill(options.token);
  await Promise.all([page.waitForURL(consoleUrl), page.locator("form button").click()]);
  const pass = async (seconds) => {
    for (let second = 0; second < seconds; second++) await page.clock.runFor(1000);
  };
  await pass(20);
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  const during = requests.length;
  await page.evaluate(() => window.look(true));
  const before = requests.length;
  await pass(600);
  const away = requests.length - before;
  await page.evaluate(() => window.look(false));
  await pass(20);
  return { during, away, back: requests.length - before - away };
}
