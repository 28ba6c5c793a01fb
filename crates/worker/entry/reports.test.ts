import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, keep, report, reportBroken, sendReportsBy, takeKept } from "./reports.ts";
import { behind } from "./testing/workers.ts";

let sent: string[][] = [];
let isThere = false;
sendReportsBy(
  async (facts) => void sent.push(facts),
  () => isThere,
);

function begin(): void {
  sent = [];
  isThere = false;
  takeKept();
  behind.work = [];
}

test("what is reported in one turn is sent together, behind the event", async () => {
  begin();
  report("a");
  report("b");
  assert.deepEqual(sent, []);
  assert.equal(behind.work?.length, 1, "one sending at a time");
  await Promise.all(behind.work ?? []);
  assert.deepEqual(sent, [["a", "b"]]);
});

test("what happens where there is no event waits for the next one", async () => {
  begin();
  behind.work = null;
  report("early");
  behind.work = [];
  flush();
  await Promise.all(behind.work);
  assert.deepEqual(sent, [["early"]]);
  flush();
  assert.equal(behind.work.length, 1, "there is nothing more to send");
});

test("what finds no room is dropped", async () => {
  begin();
  behind.work = null;
  for (let number = 0; number < 100; number += 1) report(`${number}`);
  behind.work = [];
  flush();
  await Promise.all(behind.work);
  assert.equal(sent.flat().length, 32);
});

test("a control plane that breaks at reports is asked again by the next event only", async () => {
  begin();
  sendReportsBy(
    async (facts) => {
      sent.push(facts);
      if (sent.length === 1) {
        report("of the break");
        throw new Error("broken");
      }
    },
    () => false,
  );
  report("first");
  await Promise.all(behind.work ?? []);
  assert.deepEqual(sent, [["first"]]);
  flush();
  await Promise.all(behind.work ?? []);
  assert.deepEqual(sent, [["first"], ["of the break"]]);
});

test("a panic is one text, however many lines it has", async () => {
  begin();
  sendReportsBy(
    async (facts) => void sent.push(facts),
    () => isThere,
  );
  const trace = { traceId: "a".repeat(32), spanId: "b".repeat(16), flags: "01" };
  reportBroken("worker", false, "panicked at src/a.rs:1:2:\nno such\nkey", trace);
  reportBroken("control", true, "killed in the middle of its work", undefined);
  await Promise.all(behind.work ?? []);
  const [panic = [], kill = []] = sent.flat().map((fact) => fact.split("\n"));
  assert.equal(panic.length, kill.length);
  assert.deepEqual(panic.slice(0, 4), [
    "panic",
    "worker",
    "",
    "panicked at src/a.rs:1:2: no such key",
  ]);
  assert(panic.includes(`00-${"a".repeat(32)}-${"b".repeat(16)}-01`));
  assert.deepEqual(kill.slice(0, 4), ["cpu_limit_kill", "control", "", ""]);
});

test("what can wait makes no control plane, and is taken along", async () => {
  begin();
  assert(keep("transaction"));
  assert(keep("log"));
  assert.deepEqual(behind.work, []);
  flush();
  assert.deepEqual(behind.work, []);
  assert.deepEqual(takeKept(), ["transaction", "log"]);
  assert.deepEqual(takeKept(), []);
});

test("what can wait is sent where the control plane is, and with what is urgent", async () => {
  begin();
  keep("early");
  report("urgent");
  await Promise.all(behind.work ?? []);
  assert.deepEqual(sent, [["early", "urgent"]]);
  begin();
  isThere = true;
  keep("a");
  keep("b");
  await Promise.all(behind.work ?? []);
  assert.deepEqual(sent, [["a", "b"]]);
});

test("what can wait takes no room from what is urgent, and the caller learns what is lost", async () => {
  begin();
  const taken = Array.from({ length: 100 }, (_, number) => keep(`${number}`));
  assert.equal(taken.filter((isTaken) => isTaken).length, 64);
  report("urgent");
  await Promise.all(behind.work ?? []);
  assert.equal(sent.flat().length, 65);
});
