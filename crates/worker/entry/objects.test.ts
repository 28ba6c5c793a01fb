import assert from "node:assert/strict";
import { test } from "node:test";

import { ask, asked, reply } from "./objects.ts";

function namespace(answer: (request: Request) => Promise<Response>): DurableObjectNamespace {
  const getByName = (name: string) => ({
    fetch: (url: string, init: RequestInit) => answer(new Request(url, init)),
    name,
  });
  return { getByName } as unknown as DurableObjectNamespace;
}

test("an object gets what is asked, and its answer comes back", async () => {
  const env = {
    SITE: namespace(async (request) => {
      const [path, body] = await asked(request);
      return reply(409, `${path}: ${body}`);
    }),
  };
  assert.deepEqual(await ask(env, "SITE", "shop", "orders/hold", "{}"), {
    status: 409,
    text: "orders/hold: {}",
  });
});

test("a binding that is missing is named", async () => {
  await assert.rejects(ask({}, "SITE", "shop", "orders", ""), /no objects are bound as SITE/);
});
