// Someone with a real browser on a site behind Breakwater, for the tests in tests/tests/sites.
//
// It is called as `node browse.mjs OPTIONS`: JSON with `packages` (where playwright-core is),
// `chromium` (its program), `host` (the site's) and `address` (Breakwater's, `HOST:PORT`). `does`
// names what is done. The script prints what was seen as one line of JSON on stdout, with the
// requests that did not end with a status below 400.
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

const options = JSON.parse(process.argv[2]);
const require = createRequire(join(options.packages, "package.json"));
const { chromium } = require("playwright-core");

const site = `http://${options.host}`;
const browser = await chromium.launch({
  executablePath: options.chromium,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    // The site knows itself by a name that no resolver knows.
    `--host-resolver-rules=MAP ${options.host}:80 ${options.address}`,
  ],
});
try {
  const page = await browser.newPage();
  const failed = [];
  const errors = [];
  page.on("response", (response) => {
    if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  const acts = { read, navigate, write };
  const seen = await acts[options.does](page);
  console.log(JSON.stringify({ ...seen, failed, errors }));
} finally {
  await browser.close();
}

// Reads a page with all that it loads.
async function read(page) {
  const response = await page.goto(`${site}${options.path}`, { waitUntil: "load" });
  return {
    status: response.status(),
    headers: response.headers(),
    heading: await page.locator("h1, h2").first().innerText(),
    // A page whose styles are missing has none of its own colours or fonts.
    styles: await page.evaluate(() => [...document.styleSheets].length),
  };
}

// Walks through the site of Next.js without loading a page again, and sends its form.
async function navigate(page) {
  let loads = 0;
  page.on("load", () => loads++);
  await page.goto(`${site}/`, { waitUntil: "networkidle" });
  await page.getByRole("link", { name: "Post 3", exact: true }).click();
  await page.waitForURL(`${site}/posts/post-3`);
  const post = await page.locator("h1").innerText();
  await page.getByRole("link", { name: "Contact" }).click();
  await page.waitForURL(`${site}/contact`);
  await page.getByLabel("Text").fill("Hello");
  await page.getByRole("button", { name: "Send" }).click();
  await page.waitForURL(`${site}/contact/thanks`);
  return { post, thanks: await page.locator("h1").innerText(), loads };
}

// Signs in to WordPress, and writes a post in its editor.
async function write(page) {
  await page.goto(`${site}/wp-login.php`);
  await page.locator("#user_login").fill(options.editor);
  await page.locator("#user_pass").fill(options.password);
  await page.locator("#wp-submit").click();
  await page.waitForURL(`${site}/wp-admin/**`);
  await page.goto(`${site}/wp-admin/post-new.php`, { waitUntil: "networkidle" });
  await page.waitForFunction(() => window.wp?.data?.select("core/editor")?.getCurrentPostType());
  // The editor's own buttons move from version to version; what they call does not.
  const link = await page.evaluate(async () => {
    const { dispatch, select } = window.wp.data;
    const written = { title: "Written in a browser", content: "Words", status: "publish" };
    await dispatch("core/editor").editPost(written);
    await dispatch("core/editor").savePost();
    return select("core/editor").getPermalink();
  });
  await page.goto(link);
  return { link, heading: await page.locator("h1").first().innerText() };
}
