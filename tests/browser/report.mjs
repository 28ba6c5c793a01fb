// Pages whose errors no code catches, for `visit.mjs` and `operate.mjs`: what is reported of them
// goes through the site's tunnel.
import { createRequire } from "node:module";
import { join } from "node:path";

export const acts = { sdk, fail };

const TUNNEL = "/_breakwater/tunnel";
// How long a report may take, in milliseconds.
const PATIENCE = 20_000;

// The statuses of the answers to the errors that a page reports. An SDK sends other things too.
function answersTo(page) {
  const statuses = [];
  page.on("response", (response) => {
    if (new URL(response.url()).pathname !== TUNNEL) return;
    const isError = response.request().postData()?.includes('\n{"type":"event"}\n');
    if (isError) statuses.push(response.status());
  });
  return statuses;
}

async function reach(page, statuses, count) {
  while (statuses.length < count) {
    await page.waitForEvent("response", { timeout: PATIENCE }).catch((error) => {
      throw new Error(`${statuses.length} reports, expected ${count}: ${error.message}`);
    });
  }
}

// Has the same error and the same refused promise three times in a page, and then an error of its
// own: whatever would be reported of the others has arrived when that one has. `before` is the
// number of reports that there are for another reason.
export async function provoke(page, before = 0) {
  const statuses = answersTo(page);
  await page.evaluate(() => {
    for (let turn = 0; turn < 3; turn++) {
      setTimeout(() => {
        throw new TypeError("a test broke the page");
      });
      Promise.reject(new RangeError("a test refused a promise"));
    }
  });
  await reach(page, statuses, before + 2);
  await page.evaluate(() => {
    setTimeout(() => {
      throw new Error("the last");
    });
  });
  await reach(page, statuses, before + 3);
  return { statuses };
}

// Gives the browser something of the visitor's wherever it may have that.
async function hold(page, { url, canary }) {
  const context = page.context();
  await context.addCookies([{ name: "session", value: canary, url }]);
  await context.setExtraHTTPHeaders({ "x-secret": canary });
  return `${url}?key=${canary}#${canary}`;
}

// Opens a page of Breakwater's own that `breaks` makes fail while it loads.
async function fail(page, _requests, options) {
  const address = await hold(page, options);
  const statuses = answersTo(page);
  await page.addInitScript({ content: options.breaks });
  await page.goto(address);
  await reach(page, statuses, 1);
  await provoke(page);
  return { statuses };
}

// What an application does before it fails, which an SDK notes. The error comes after the refused
// promise: the SDK takes what is seen in the moment after an error for the same error.
const APPLICATION = `
const canary = new URLSearchParams(location.search).get("key");
await fetch("/api/echo?key=" + canary, { headers: { authorization: "Bearer " + canary } });
history.pushState(null, "", "/products/8?key=" + canary + "#" + canary);
console.log("the visitor's " + canary);
addEventListener("unhandledrejection", () => {
  setTimeout(function pay() {
    throw new TypeError("cart is undefined");
  });
});
Promise.reject(new RangeError("payment was refused"));
`;

// Visits a page of the site whose script is `code`, with Sentry's own SDK, and fails in it twice.
async function sdk(page, _requests, options) {
  const { buildSync } = createRequire(join(options.packages, "package.json"))("esbuild");
  const { outputFiles } = buildSync({
    stdin: { contents: options.code + APPLICATION, resolveDir: options.packages },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
  });
  const body = outputFiles[0].text;
  await page.route("**/app.js", (route) => route.fulfill({ contentType: "text/javascript", body }));
  const statuses = answersTo(page);
  await page.goto(await hold(page, options));
  await page.addScriptTag({ url: "/app.js", type: "module" });
  await reach(page, statuses, 2);
  return { statuses };
}
