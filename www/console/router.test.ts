import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, BASE, MENU, type Route, routeOf, sectionOf } from "./router.ts";

const back = (route: Route): Route => {
  const address = new URL(addressOf(route), "https://shop.example");
  return routeOf(address.pathname, address.search);
};

test("each view's address names it again", () => {
  const routes: Route[] = [
    ...MENU.map(([view]) => ({ view }) as Route),
    { view: "circuit", upstream: "web", circuit: "web/products/*" },
    { view: "check", name: "nightly-backup" },
    { view: "incident", id: "inc-mh2k1a" },
  ];
  for (const route of routes) assert.deepEqual(back(route), route);
});

test("a name may hold whatever an address gives a meaning to", () => {
  const name = "api/a&b=c #?/%2F/*";
  assert.deepEqual(back({ view: "circuit", upstream: "api", circuit: name }), {
    view: "circuit",
    upstream: "api",
    circuit: name,
  });
});

test("the console begins with the overview, and says where there is nothing", () => {
  assert.deepEqual(routeOf(BASE, ""), { view: "overview" });
  assert.deepEqual(routeOf(`${BASE}/`, ""), { view: "overview" });
  assert.deepEqual(routeOf(`${BASE}/nowhere`, ""), { view: "nothing" });
  assert.deepEqual(routeOf(`${BASE}/circuit`, ""), { view: "nothing" });
});

test("what has no entry of the menu belongs to one", () => {
  assert.equal(sectionOf("circuit"), "upstreams");
  assert.equal(sectionOf("check"), "checks");
  assert.equal(sectionOf("incident"), "incidents");
  assert.equal(sectionOf("budget"), "budget");
});
