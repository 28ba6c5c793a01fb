// Checks, incidents and alerts.
import { DAY, HOUR, iso } from "./times.mjs";

export function check(index, { between, trouble, now }) {
  const kinds = ["http", "flow", "tcp", "dns", "websocket", "heartbeat", "domain", "tls"];
  const names = [
    "frontend",
    "checkout",
    "database",
    "resolver",
    "chat",
    "nightly-backup",
    "domain",
    "certificate",
  ];
  const round = Math.floor(index / names.length);
  const kind = kinds[index % kinds.length];
  const name = names[index % names.length] + (round === 0 ? "" : `-${round}`);
  const state = !trouble ? "up" : index % 11 === 1 ? "down" : index % 11 === 5 ? "degraded" : "up";
  const places = ["weur", "enam", "apac"].slice(0, 1 + (index % 3)).map((place) => ({
    place,
    at: iso(now - between(2, 55) * 1000),
    result: state === "down" ? "down" : state,
    took_ms: between(20, 900),
    ...(kind === "http" ? { status: state === "down" ? 503 : 200 } : {}),
    reasons: state === "up" ? [] : ["status: `503` is not one of `2xx`"],
  }));
  const failure = {
    at: iso(now - 40_000),
    place: "weur",
    method: "GET",
    url: "https://shop.example/checkout",
    status: 503,
    fields: [
      ["content-type", "text/html"],
      ["server", "nginx"],
    ],
    body: "<!doctype html><title>Service unavailable</title><h1>We will be back soon</h1>",
    took_ms: 812,
    reasons: ["status: `503` is not one of `2xx`", "body: `Pay now` is not in it"],
    step: "pay",
    steps: [
      { step: "cart", took_ms: 90, status: 200 },
      { step: "pay", took_ms: 812, status: 503 },
    ],
    curl: "curl -sS -D- 'https://shop.example/checkout'",
  };
  return {
    name,
    kind,
    state,
    severity: ["P0", "P1", "P2", "P3"][index % 4],
    is_unsure: state === "degraded",
    in_maintenance: false,
    ...(index % 13 === 6 ? { paused_until: iso(now + HOUR) } : {}),
    ...(state === "down" ? { incident_since: iso(now - 12 * 60_000), last_failure: failure } : {}),
    places,
  };
}

export function incidentsOf(now) {
  const entry = (number, minutes, what) => ({
    entry: number,
    at: iso(now - minutes * 60_000),
    recorded_at: iso(now - minutes * 60_000),
    what,
  });
  const by = "the operators' token";
  const open = {
    id: "inc-mh2k1a",
    title: "checkout is down",
    severity: "P1",
    state: "identified",
    since: iso(now - 12 * 60_000),
    opened_at: iso(now - 11 * 60_000),
    is_flapping: false,
    checks: [{ name: "checkout", is_failing: true, since: iso(now - 12 * 60_000) }],
    components: [{ name: "checkout", impact: "major_outage" }],
    acknowledged_by: by,
    summary:
      "`checkout` is down from 2 of 2 places: status `503` is not one of `2xx`. The circuit " +
      "`api` is open. Visitors got 8,214 copies, 1,630 snapshots and 1,204 fallback pages.",
    runbook: "docs/runbooks/payments-failing.md",
    told: ["ops", "pager"],
    timeline: [
      entry(0, 12, {
        observed: { check: "checkout", place: "weur", result: "down", reasons: ["status: `503`"] },
      }),
      entry(1, 11, { opened: {} }),
      entry(2, 11, { circuit: { name: "api", from: "closed", to: "open" } }),
      entry(3, 11, { alert_queued: { channel: "ops", message: "inc-mh2k1a-1" } }),
      entry(4, 10, { alert_delivered: { channel: "ops", message: "inc-mh2k1a-1" } }),
      entry(5, 9, { acknowledged: { by } }),
      entry(6, 8, {
        visitors: {
          shares: [
            ["copies", 8214],
            ["snapshots", 1630],
            ["fallbacks", 1204],
          ],
        },
      }),
      entry(7, 6, {
        update: {
          by,
          state: "identified",
          text: "The payment provider answers 503. They know of it and expect half an hour.",
          notify: true,
        },
      }),
      entry(8, 4, { note: { by, text: "Their status page says 14:40.", edited: { by, at: now } } }),
    ],
    dropped: 0,
  };
  const over = Array.from({ length: 24 }, (_, at) => ({
    ...open,
    id: `inc-old${at}`,
    title: `${["frontend", "database", "search"][at % 3]} is down`,
    severity: ["P0", "P2", "P3"][at % 3],
    state: at % 5 === 0 ? "postmortem" : "resolved",
    since: iso(now - (at + 1) * DAY),
    opened_at: iso(now - (at + 1) * DAY + 60_000),
    resolved_at: iso(now - (at + 1) * DAY + 17 * 60_000),
    ...(at % 5 === 0 ? { postmortem: "A deploy had the wrong connection limit." } : {}),
    is_flapping: at % 7 === 0,
  }));
  return [open, ...over];
}

export function alerts(now, trouble) {
  const delivery = (message, channel, more) => ({
    message,
    channel,
    added_at: iso(now - 20 * 60_000),
    attempts: 4,
    due: iso(now + 90_000),
    expires_at: iso(now + 23 * HOUR),
    ...more,
  });
  return {
    channels: [
      { name: "ops", kind: "slack", severities: ["P0", "P1", "P2"] },
      { name: "pager", kind: "pagerduty", severities: ["P0", "P1"] },
      { name: "mail", kind: "email", severities: ["P0", "P1", "P2", "P3"] },
    ],
    pending: trouble ? [delivery("inc-mh2k1a-2", "mail", { error: "timed_out" })] : [],
    dead: trouble
      ? [
          delivery("inc-old3-1", "pager", {
            reason: "refused",
            error: { status: 410 },
            at: iso(now - DAY),
          }),
        ]
      : [],
    dropped: 0,
  };
}
