import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { Call } from "./call.ts";
import { answer, forward, passOn, send, sendChanged } from "./exchange.ts";
import { passed } from "./fail_open.ts";
import { rules } from "./rules.ts";
import { withoutSessions, withoutSetSessions } from "./session_cookies.ts";
import { intercept, request } from "./testing/messages.ts";

const LABEL = ["", "upstream=web", "an-id", "breakwater;dur=3", "", ""].join("\n");
const OUTGOING = ["https://web.example/a", "shop.example", "https", "an-id", "", "1.1 b"].join(
  "\n",
);
const fine = () => new Response("fine");

const cookieAfter = (cookie: string): string | null => {
  const headers = new Headers({ cookie });
  withoutSessions(headers);
  return headers.get("cookie");
};

test("a visitor's own cookies stay as they are", () => {
  for (const cookie of [
    "a=b",
    "a=b; c=d;e=f",
    "session=breakwater",
    "a=breakwater-session; b=c",
    "my-breakwater-session=a",
    "breakwater-session-2=a",
    "a=b,c; d=%20",
  ]) {
    assert.equal(cookieAfter(cookie), cookie);
  }
  const none = new Headers();
  withoutSessions(none);
  assert.equal(none.get("cookie"), null);
});

test("a session's cookie is taken out wherever it stands", () => {
  for (const name of rules.sessionCookies) {
    for (const [cookie, rest] of [
      [`${name}=v.w.x`, null],
      [`${name}=`, null],
      [` ${name} = v `, null],
      [`${name}=v; a=b`, "a=b"],
      [`a=b; ${name}=v`, "a=b"],
      [`a=b; ${name}=v; c=d`, "a=b; c=d"],
      [`a=b;${name}=v;c=d`, "a=b;c=d"],
      [`${name}=v; ${name}=w; a=b`, "a=b"],
      [`a=b, ${name}=v, c=d`, "a=b, c=d"],
      [`a=b; ${name}=v; e=${name}`, `a=b; e=${name}`],
    ] as const) {
      assert.equal(cookieAfter(cookie), rest, cookie);
    }
  }
});

test("an upstream sets no session, and its other cookies stay", () => {
  const setAfter = (cookies: readonly string[]): string[] => {
    const headers = new Headers();
    for (const cookie of cookies) headers.append("set-cookie", cookie);
    withoutSetSessions(headers);
    return headers.getSetCookie();
  };
  const others = ["a=b; Path=/", "breakwater-session-2=a", "a=breakwater-session=b"];
  assert.deepEqual(setAfter(others), others);
  for (const name of rules.sessionCookies) {
    for (const set of [
      `${name}=v; Path=/; Secure; HttpOnly`,
      `${name}=`,
      ` ${name} =v`,
      `=${name}=v`,
      `${name}; Path=/`,
      name,
    ]) {
      assert.deepEqual(setAfter([set]), [], set);
      assert.deepEqual(setAfter(["a=b", set, "c=d"]), ["a=b", "c=d"], set);
    }
  }
});

test("no way to an upstream sends a session", async () => {
  const sent = intercept(fine);
  const cookie = `a=b; ${rules.sessionCookies[0]}=v`;
  const visit = () => request({ headers: { cookie } });
  await send(visit(), OUTGOING, new Call());
  await sendChanged(visit(), OUTGOING, new Call(), "GET", "", "", undefined);
  await forward(visit(), "https://web.example/a", "h", "https", new AbortController().signal);
  assert.deepEqual(
    sent.map(({ headers }) => headers.get("cookie")),
    ["a=b", "a=b", "a=b"],
  );
});

test("no way to a visitor brings a session that an upstream sets", () => {
  const upstreams = () => {
    const headers = new Headers({ "content-type": "text/plain" });
    for (const cookie of ["a=b", `${rules.sessionCookies[0]}=v; Path=/`]) {
      headers.append("set-cookie", cookie);
    }
    return new Response("fine", { headers });
  };
  for (const response of [
    passOn(upstreams(), undefined, LABEL),
    passed(upstreams()),
    answer(200, "", "stored", LABEL, upstreams()),
  ]) {
    assert.deepEqual(response.headers.getSetCookie(), ["a=b"]);
  }
});
