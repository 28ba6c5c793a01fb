import assert from "node:assert/strict";
import { test } from "node:test";

import { ask, reply } from "./objects.ts";

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

test("a binding that is missing is named", async () => {
  await assert.rejects(ask({}, "SITE", "shop", ""), /no objects are bound as SITE/);
});
