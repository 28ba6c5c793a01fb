// What views make of what the API says, as far as no page is needed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { suffices } from "./app.ts";
import { type Field, LASTS, REASON, read } from "./dialog.ts";
import { fits, wordsOf } from "./filter.ts";
import { sorted } from "./grid.ts";
import { linePath, Readings } from "./spark.ts";
import type { Objective } from "./types.ts";
import { text } from "./views/configuration.ts";
import { placeOf } from "./views/incident.ts";
import { burn, objectiveWord, ppm } from "./views/objectives.ts";
import { headline } from "./views/overview.ts";
import { told } from "./views/timeline.ts";
import { checkWord, circuitStateWord } from "./words.ts";

const NEEDS = { set_override: "responder", purge: "admin", show_checks: "viewer" };

test("a role may what it suffices for, and one that is not known may nothing", () => {
  for (const [role, may] of [
    ["viewer", ["show_checks"]],
    ["responder", ["set_override", "show_checks"]],
    ["admin", ["set_override", "purge", "show_checks"]],
    ["owner", []],
    [undefined, []],
  ] as const) {
    const all = Object.keys(NEEDS).filter((operation) => suffices(NEEDS, role, operation));
    assert.deepEqual(all, may);
  }
  assert(!suffices(NEEDS, "responder", "an operation that the table does not name"));
  assert(suffices(NEEDS, "admin", "an operation that the table does not name"));
});

const given = (values: Readonly<Record<string, string>>) => ({
  get: (name: string) => values[name] ?? null,
});

test("a form is read as the API takes it", () => {
  const fields: Field[] = [
    REASON,
    LASTS,
    { name: "message", label: "Message", kind: "text", isOptional: true },
    { name: "notify", label: "Notify", kind: "flag" },
  ];
  assert.deepEqual(read(fields, given({ reason: " a deploy ", lasts: "2 h", notify: "yes" })), {
    values: { reason: "a deploy", lasts: "2h", notify: "true" },
  });
});

test("a form says which field is wrong, and what it takes", () => {
  const wrong = (values: Readonly<Record<string, string>>) => {
    const found = read([REASON, LASTS], given(values));
    assert("wrong" in found);
    return found.wrong;
  };
  assert.deepEqual(wrong({ lasts: "1h" }), { name: "reason", why: "Reason is needed." });
  assert.equal(wrong({ reason: "a", lasts: "soon" }).name, "lasts");
  assert.equal(wrong({ reason: "a".repeat(201), lasts: "1h" }).name, "reason");
});

test("the first line is the worst of what is known", () => {
  assert.equal(headline(0, 0, 0, false).tone, "well");
  assert.equal(headline(0, 0, 2, false).tone, "warn");
  assert.equal(headline(0, 0, 0, true).tone, "order");
  const { tone, text: said } = headline(1, 2, 0, true);
  assert.equal(tone, "bad");
  assert.equal(said, "2 incidents are open, 1 circuit is not closed, everything passes by order.");
});

test("a state that a later version names is shown by its name", () => {
  assert.equal(checkWord("half_up").text, "half up");
  assert.equal(circuitStateWord("ajar").text, "ajar");
});

test("each entry of a timeline says what happened", () => {
  const entry = (what: Record<string, Record<string, unknown>>) =>
    told({ entry: 1, at: 0, recorded_at: 0, what });
  const observed = entry({
    observed: { check: "shop", place: "weur", result: "down", reasons: ["status: `503`", "late"] },
  });
  assert.equal(observed.text, "shop is down from weur: status: `503`; late");
  assert.equal(observed.tone, "bad");
  const update = entry({
    update: { by: "ops", state: "monitoring", text: "Mended.", notify: false },
  });
  assert.equal(update.text, "Update: monitoring, told to no one");
  assert.deepEqual([update.by, update.written, update.edited], ["ops", "Mended.", undefined]);
  const note = entry({ note: { by: "ops", text: "hm", edited: { by: "boss", at: 1 } } });
  assert.equal(note.edited, "boss");
  assert.equal(entry({ inhibited: { by: "inc-a" } }).by, undefined, "an incident is no person");
  assert.equal(entry({ took_a_walk: {} }).text, "took a walk");
  assert.equal(entry({}).text, "");
});

test("an objective is told by the worst of it, and what is missed is never called met", () => {
  const calm: Objective = {
    name: "orders",
    subject: { route: "/api/*" },
    kind: "availability",
    target: "99.9%",
    window: "30d",
    good: 9_999,
    bad: 1,
    good_ppm: 999_900,
    budget_left_ppm: 900_000,
    burn_rates: [],
    rules: [],
    firing: [],
  };
  const tone = (more: Partial<Objective>) => objectiveWord({ ...calm, ...more }).tone;
  assert.equal(tone({}), "well");
  assert.equal(tone({ budget_left_ppm: -1 }), "warn");
  assert.equal(tone({ firing: ["ticket"] }), "warn");
  assert.equal(tone({ firing: ["page", "ticket"] }), "bad");
  const { good_ppm: _, ...never } = calm;
  assert.equal(objectiveWord(never).tone, "none");
  assert.equal(ppm(999_999, 1), "99.9 %");
  assert.equal(ppm(999_950, 4), "99.9950 %");
  assert.equal(ppm(-1, 1), "-0.1 %");
  assert.equal(burn(14_400_000), "14.4");
  assert.equal(burn(500_000_000), "500");
});

test("a part of an incident leads to the check or to the objectives", () => {
  assert.deepEqual(placeOf("shop"), { view: "check", name: "shop" });
  assert.deepEqual(placeOf("page:orders"), { view: "objectives" });
});

test("a list is narrowed by all words that were typed", () => {
  const words = wordsOf("  API open ");
  assert(fits(words, "api", "api/orders/*", "open"));
  assert(!fits(words, "api", "closed"));
  assert(fits(wordsOf(" "), "anything"));
});

test("a list is put in order by a column, numbers in names too", () => {
  const columns = [{ name: "Name", is: "", cell: () => "", order: (it: string) => it }];
  const items = ["c10", "c9", "b"];
  assert.deepEqual(sorted(items, columns, { column: "Name", isDown: false }), ["b", "c9", "c10"]);
  assert.deepEqual(sorted(items, columns, { column: "Name", isDown: true }), ["c10", "c9", "b"]);
  assert.equal(sorted(items, columns, undefined), items);
});

test("a line shows the latest readings, the last at its right edge", () => {
  const readings = new Readings();
  for (let at = 0; at < 100; at++) readings.add("web", at);
  assert.equal(readings.of("web").length, 60);
  assert.equal(linePath([5, 10]), "M58 8.0L59 1.0");
  assert.deepEqual(readings.of("api"), []);
});

test("a value of the configuration is one line", () => {
  assert.equal(text({ a_b: [1, true, null], c: { d: "e" } }), "a b 1, yes, –, c d e");
});
