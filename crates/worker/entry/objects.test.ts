import assert from "node:assert/strict";
import { test } from "node:test";

import { ask, connect, reply, TOLD, takeCalls } from "./objects.ts";

function namespace(answer: (request: Request) => Promise<Response>): DurableObjectNamespace {
  const getByName = (name: string) => ({
    fetch: (url: string, init: RequestInit) => answer(new Request(url, init)),
    name,
  });
  return { getByName } as unknown as DurableObjectNamespace;
}

test("an object gets what is asked, and its answer comes back", async () => {
  const env = {
    SITE: namespace(async (request) => reply(`asked: ${await request.text()}`)),
  };
  assert.deepEqual(await ask(env, "SITE", "shop", "{}"), { text: "asked: {}" });
});

test("an object is asked to take a WebSocket, and what it answers comes back as it is", async () => {
  const answer = new Response("taken");
  const asked: Request[] = [];
  const env = {
    MONITOR: namespace(async (request) => {
      asked.push(request);
      return answer;
    }),
  };
  assert.equal(await connect(env, "MONITOR", "monitor", "null"), answer);
  assert.equal(asked[0]?.method, "GET");
  assert.equal(asked[0]?.headers.get(TOLD), "null");
});

test("each call of an object is counted once, until the number is taken", async () => {
  const env = { PROBES: namespace(async () => reply("")) };
  await ask(env, "PROBES", "weur", "");
  await connect(env, "PROBES", "weur", "");
  assert.equal(takeCalls("PROBES"), 2);
  assert.equal(takeCalls("PROBES"), 0);
});

test("a binding that is missing is named", async () => {
  await assert.rejects(ask({}, "SITE", "shop", ""), /no objects are bound as SITE/);
});
