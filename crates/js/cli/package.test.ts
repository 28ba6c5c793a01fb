// The package as users get it: installed into an empty folder without a network, and run against a
// small real server. `cargo xtask test` says where it is.
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { after, before, test } from "node:test";

const PACKAGE = process.env["BREAKWATER_PACKAGE"];
const isMissing = PACKAGE === undefined && "there is no package: `cargo xtask package` builds one";

const PAGE = `<!doctype html><title>Mugs | Ada</title><link rel=stylesheet href=/static/app.css>
<a href=/about>About</a><a href=/cart>Cart</a><a href=/contact>Contact</a></html>`;

const server = createServer((request, response) => {
  const path = request.url ?? "/";
  response.setHeader("content-type", path.endsWith(".css") ? "text/css" : "text/html");
  response.setHeader("x-powered-by", "Express");
  if (path === "/contact") {
    response.setHeader("set-cookie", "connect.sid=1; Path=/");
  }
  if (path === "/moved") {
    response.writeHead(301, { location: "/moved" });
  }
  const isThere = ["/", "/about", "/cart", "/contact", "/static/app.css", "/moved"].includes(path);
  response.statusCode = isThere ? response.statusCode : 404;
  response.end(path === "/" ? PAGE : `<p>${path}</p></html>`);
});

const folder = mkdtempSync(join(tmpdir(), "breakwater-package-"));
let site = "";

type Run = Readonly<{ code: number; out: string; err: string }>;

// The command, as npx would start it.
function breakwater(...words: string[]): Promise<Run> {
  const program = join(folder, "node_modules/.bin/breakwater");
  return new Promise((resolve) => {
    execFile(program, words, { cwd: folder }, (error, out, err) => {
      const code = error === null ? 0 : Number(error.code ?? 1);
      resolve({ code, out: String(out), err: String(err) });
    });
  });
}

before(async () => {
  if (PACKAGE === undefined) {
    return;
  }
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const args = ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE];
  execFileSync("npm", args, { cwd: folder, stdio: "pipe" });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  site = `http://localhost:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

test("from nothing to what would survive", { skip: isMissing }, async () => {
  const init = await breakwater("init", site.replace("localhost", "127.0.0.1"));
  assert.equal(init.code, 0, init.err);
  assert.match(init.out, /^wrote breakwater\.toml, for Express/);
  const file = readFileSync(join(folder, "breakwater.toml"), "utf8");
  assert.match(file, /name = "Ada"/);
  assert.match(file, /match = "\/cart\/\*"/);

  const check = await breakwater("check");
  assert.deepEqual([check.code, check.err], [0, ""]);
  assert.match(check.out, /^breakwater\.toml is right: 2 upstreams/);

  const page = await breakwater("explain", "/about");
  assert.equal(page.code, 0, page.err);
  assert.match(page.out, /outage {4}survives 24 hours for everyone/);

  const all = await breakwater("explain", "--site");
  assert.equal(all.code, 0, all.err);
  assert.match(all.out, /of 4 pages 2 would survive; these 2 not:/);
  assert.match(all.out, /1 because its route is `private`\n {4}\/cart/);
});

test("an outage shows what was said of it", { skip: isMissing }, async () => {
  const run = await breakwater("explain", "--site", "--outage", "--upstream", site);
  assert.equal(run.code, 0, run.err);
  assert.match(run.out, /\/about {3,}200 stale +200 stale +200 stale +200 stale\n/);
  assert.match(run.out, /\/cart {3,}503 fallback/);
  assert.match(run.out, /with every circuit open, a visitor got 2 of 4 pages/);
});

test("init overwrites nothing", { skip: isMissing }, async () => {
  const before = readFileSync(join(folder, "breakwater.toml"), "utf8");
  const again = await breakwater("init", site, "--host", "shop.example");
  assert.match(again.out, /^wrote breakwater\.new\.toml/);
  assert.equal(readFileSync(join(folder, "breakwater.toml"), "utf8"), before);
  const printed = await breakwater("init", site, "--stdout", "--framework", "next");
  assert.match(printed.out, /match = "\/_next\/static\/\*"/);
});

test("dev is in front of the site, and loads a saved file", { skip: isMissing }, async () => {
  const file = join(folder, "breakwater.toml");
  const program = join(folder, "node_modules/.bin/breakwater");
  const words = ["dev", "--port", "0", "--fresh", "--upstream", site];
  const running = spawn(program, words, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const url = await firstMatch(running.stdout, /site {8}(http:\/\/\S+)\//);
    const page = await fetch(`${url}/about`);
    assert.equal(await page.text(), "<p>/about</p></html>");
    assert.match(page.headers.get("breakwater") ?? "", /upstream=web, /);

    const before = readFileSync(file, "utf8");
    const route = `[[routes]]\nmatch = "/about"\nupstream = "office"\n\n[[routes]]`;
    writeFileSync(file, before.replace("[[routes]]", route));
    const saved = performance.now();
    let said = "";
    while (!said.includes("upstream=office") && performance.now() - saved < 10_000) {
      // workerd starts again, and refuses connections for a moment.
      const again = await fetch(`${url}/about`).catch(() => undefined);
      said = again?.headers.get("breakwater") ?? "";
    }
    assert.match(said, /upstream=office/);
    writeFileSync(file, before);
  } finally {
    running.kill("SIGINT");
    await new Promise((resolve) => running.once("exit", resolve));
  }
});

// What the pattern finds first in what a program says.
function firstMatch(stream: Readable, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const found = pattern.exec(said)?.[1];
      if (found !== undefined) {
        resolve(found);
      }
    });
    stream.once("end", () => reject(new Error(`it said only: ${said}`)));
  });
}

test("programs get JSON", { skip: isMissing }, async () => {
  const run = await breakwater("explain", "--json", "/contact");
  const objects = run.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(objects[0].survival.state, "lost");
  assert.deepEqual(objects[0].cookies, ["connect.sid"]);
  assert.equal(objects.at(-1).pages, 1);
});

test("each mistake is one line that says what to do", { skip: isMissing }, async () => {
  writeFileSync(join(folder, "typo.toml"), '[site]\nname = "a"\nhots = "a.example"\n');
  const dead =
    '[site]\nname = "a"\nhost = "a.example"\n[upstreams.web]\norigin = "http://127.0.0.1:9"\n';
  writeFileSync(join(folder, "dead.toml"), `${dead}[[routes]]\nmatch = "/*"\nupstream = "web"\n`);
  writeFileSync(join(folder, "none.toml"), `${dead}[[routes]]\nmatch = "/*"\nupstream = "wbe"\n`);
  for (const [words, code, said] of [
    [["init"], 2, "init needs the site's URL"],
    [["init", "http://127.0.0.1:9"], 1, "nobody answers at http://127.0.0.1:9"],
    [["init", "http://shop.example:1"], 2, "is not an origin"],
    [["init", site, "--framework", "nxt"], 2, "unknown framework `nxt`, expected one of"],
    [["chekc"], 2, "unknown command `chekc`, expected one of"],
    [["check", "--confg", "x"], 2, "npx breakwater check --help"],
    [["check", "--config", "nowhere.toml"], 1, "there is no nowhere.toml here"],
    [
      ["check", "--config", "typo.toml"],
      1,
      "typo.toml:3:1: site: unknown key `hots` (did you mean",
    ],
    [["check", "--config", "none.toml"], 1, "unknown upstream `wbe`, expected one of `web`"],
    [["check", "--config", "dead.toml"], 1, "upstreams.web: nobody answers at http://127.0.0.1:9"],
    [["explain", "--config", "typo.toml"], 1, "did you mean `host`?"],
    [["dev", "--port", "port"], 2, "--port cannot be `port`, expected 0 to 65535"],
    [["dev", "--port", new URL(site).port], 1, "is in use: choose another with --port"],
    [["explain", "--max", "many"], 2, "--max cannot be `many`, expected 1 to 2000"],
    [["explain", `${site}/moved`], 1, "redirects in a loop"],
  ] as const) {
    const run = await breakwater(...words);
    const all = run.out + run.err;
    assert.ok(all.includes(said), `${words.join(" ")}: ${all}`);
    assert.equal(run.code, code, `${words.join(" ")}: ${all}`);
  }
});

test("help names what there is, and needs nothing", { skip: isMissing }, async () => {
  const help = await breakwater("--help");
  assert.deepEqual([help.code, help.err], [0, ""]);
  for (const name of ["init", "dev", "check", "explain"]) {
    assert.ok(help.out.includes(name));
    const own = await breakwater(name, "--help");
    assert.match(own.out, /Usage: npx breakwater/);
  }
  const version = await breakwater("--version");
  assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
});
