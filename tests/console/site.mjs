// A site that never was, as the operators' API would tell of it: for looking at the console, and
// for measuring it. The same numbers each time.

import { history, upstream } from "./site/circuits.mjs";
import { budget, configuration, events, maintenance, snapshots } from "./site/settings.mjs";
import { HOUR, iso } from "./site/times.mjs";
import { alerts, check, incidentsOf } from "./site/watch.mjs";

/** Numbers from 0 to below 1 that follow from a seed (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * What the API answers, by path. `size` says how many circuits and checks there are; `trouble`
 * whether some of them are not well.
 */
export function site({ circuits = 8, checks = 14, trouble = true, now = Date.now() } = {}) {
  const draw = random(7);
  const between = (low, high) => Math.floor(low + draw() * (high - low));
  const names = ["web", "api", "search", "images", "payments", "accounts", "gemini", "removebg"];
  const upstreams = Array.from({ length: circuits }, (_, index) => {
    const round = Math.floor(index / names.length);
    const name = names[index % names.length] + (round === 0 ? "" : `-${round}`);
    return upstream(name, index, { draw, between, trouble, now });
  });
  const all = Array.from({ length: checks }, (_, index) => check(index, { between, trouble, now }));
  const incidents = trouble ? incidentsOf(now) : [];
  return {
    "/session": { role: "admin", by: "the operators' token", expires_at: iso(now + 8 * HOUR) },
    "/upstreams": { upstreams },
    "/checks": { checks: all },
    "/incidents": { incidents: incidents.map(({ timeline: _, dropped: __, ...it }) => it) },
    "/alerts": alerts(now, trouble),
    "/snapshots": snapshots(now, between),
    "/maintenance": maintenance(now),
    "/budget": budget(now, trouble),
    "/events": events(now),
    "/configuration": configuration(upstreams, all),
    ...Object.fromEntries(incidents.map((it) => [`/incidents/${it.id}`, it])),
    ...Object.fromEntries(all.map((it) => [`/checks/${it.name}`, it])),
    ...Object.fromEntries(
      upstreams.map((it) => [`/upstreams/${it.name}/history`, history(it, { between, now })]),
    ),
  };
}
