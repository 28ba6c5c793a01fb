import assert from "node:assert/strict";
import { test } from "node:test";

import { again, file, Rendering, recall, remember } from "./status.ts";
import type { OwnFacts } from "./wire.ts";

const LINES = 'content-type:text/plain\netag:"a:b"';

const facts = (url: string, method = "GET"): OwnFacts => ({
  method,
  url,
  ifNoneMatch: "",
  acceptLanguage: "de",
});

// A rendering of a state that is 90 seconds old, and reads the same for a minute.
function rendering(body = "größer"): Rendering {
  const now = Date.now();
  return new Rendering(200, LINES, body, now - 90_000, now + 60_000);
}

test("each answer says how old the state is", async () => {
  const answer = rendering().whole();
  assert.equal(answer.headers.get("age"), "90");
  assert.equal(answer.headers.get("etag"), '"a:b"');
  assert.equal(await answer.text(), "größer");
  const ahead = new Rendering(200, LINES, "", Date.now() + 5_000, 0).whole();
  assert.equal(ahead.headers.get("age"), "0", "a clock that is ahead makes nothing younger");
});

test("HEAD is told how long the body is, and has none", async () => {
  const answer = rendering().head();
  assert.equal(answer.headers.get("content-length"), "8");
  assert.equal(await answer.text(), "");
});

test("what the visitor has is not sent again", async () => {
  const answer = rendering().notModified();
  assert.deepEqual([answer.status, answer.headers.get("etag")], [304, '"a:b"']);
  assert.equal(await answer.text(), "");
});

test("a body may be sent any number of times", async () => {
  const one = rendering("again");
  for (let time = 0; time < 3; time += 1) assert.equal(await one.whole().text(), "again");
});

test("what was answered is remembered for the same request alone", async () => {
  const one = facts("https://shop.example/status?one");
  const answer = rendering("one").whole();
  remember(one, answer);
  // What is answered with something else is not remembered as this.
  rendering("two").whole();
  remember(facts("https://shop.example/status?two"), new Response("no rendering"));
  assert.equal(await recall(one)?.text(), "one");
  assert.equal(recall(facts("https://shop.example/status?two")), undefined);
  const head = recall({ ...one, method: "HEAD" });
  assert.equal(head?.headers.get("content-length"), "3");
});

test("the same request gets the same answer again for a second", async (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_000 });
  const one = facts("https://shop.example/status/again");
  const asked = (url: string, headers: Record<string, string> = {}, method = "GET") =>
    again(new Request(url, { method, headers: { "accept-language": "de", ...headers } }));
  assert.equal(asked(one.url), undefined, "none was given");
  const made = rendering("once");
  remember(one, made.whole());
  assert.equal(await asked(one.url)?.text(), "once");
  assert.equal(asked(`${one.url}?other`), undefined);
  assert.equal(asked(one.url, { "accept-language": "en" }), undefined);
  assert.equal(asked(one.url, { "if-none-match": '"a:b"' }), undefined, "Rust compares");
  assert.equal(asked(one.url, {}, "HEAD"), undefined);
  context.mock.timers.tick(999);
  assert.equal(asked(one.url)?.headers.get("age"), "90");
  context.mock.timers.tick(1);
  assert.equal(asked(one.url), undefined, "the modules are asked again");
});

test("an answer that would read otherwise by now is not given again", (context) => {
  context.mock.timers.enable({ apis: ["Date"], now: 1_800_000_000_000 });
  const one = facts("https://shop.example/status/otherwise");
  const now = Date.now();
  remember(one, new Rendering(200, LINES, "fresh", now, now + 500).whole());
  const asked = () => again(new Request(one.url, { headers: { "accept-language": "de" } }));
  assert(asked() !== undefined);
  context.mock.timers.tick(500);
  assert.equal(asked(), undefined);
});

test("the oldest of too many is forgotten", () => {
  const url = (number: number) => facts(`https://shop.example/status?number=${number}`);
  for (let number = 0; number <= 32; number += 1) {
    remember(url(number), rendering().whole());
  }
  assert.equal(recall(url(0)), undefined);
  assert(recall(url(1)) !== undefined && recall(url(32)) !== undefined);
});

test("a file is as it is in the bundle", async () => {
  const answer = file("content-type:text/css", "a{}", false);
  assert.equal(answer.headers.get("content-type"), "text/css");
  assert.equal(await answer.text(), "a{}");
  assert.equal(await file("content-type:text/css", "a{}", true).text(), "");
});
