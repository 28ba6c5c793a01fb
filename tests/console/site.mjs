// A site that never was, as the operators' API would tell of it: for looking at the console, and
// for measuring it. The same numbers each time.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

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

const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

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

function upstream(name, index, { draw, between, trouble, now }) {
  const states = ["open", "half_open", "forced_open", "metrics_only"];
  const isIll = trouble && index % 9 === 1;
  const state = isIll ? states[Math.floor(index / 9) % states.length] : "closed";
  const calls = between(40, 9_000);
  const failures = isIll ? Math.floor(calls * 0.7) : Math.floor(calls * draw() * 0.01);
  const p50 = between(8, 90);
  const order = {
    order: state,
    reason: "the vendor works on it",
    by: "token",
    at: now - 9 * 60_000,
    expires_at: now + 51 * 60_000,
  };
  const isForced = state === "forced_open" || state === "metrics_only";
  const transitions = Array.from({ length: isIll ? 20 : 3 }, (_, at) => ({
    from: at % 2 === 0 ? "closed" : "half_open",
    to: at === 0 && isIll ? state : at % 2 === 0 ? "open" : "closed",
    reason: at === 0 && isForced ? "operator" : at % 2 === 0 ? "failure_rate" : "probes_succeeded",
    at: now - 4 * 60_000 - at * 3 * HOUR,
  }));
  const probes = Array.from({ length: 20 }, (_, at) => ({
    at: now - at * 60_000,
    passed: !(isIll && at < 5),
    took_ms: between(9, 80),
    ...(isIll && at < 5 ? { error: "the connection was refused" } : { status: 200 }),
  }));
  const circuit = {
    name,
    state,
    generation: between(3, 90),
    ...(state === "open" ? { retry_after_ms: 21_000 } : {}),
    calls,
    failures,
    slow_calls: Math.floor(failures / 3),
    last_round: now - 20_000,
    replicas: between(3, 400),
    latency: { p50_ms: p50, p95_ms: p50 * 4, p99_ms: p50 * between(6, 20), calls },
    answers: answers(calls * 5, isIll, between),
    transitions,
    probes,
    orders: isForced ? [order] : [],
    ...(isForced ? { override: order } : {}),
  };
  return { name, critical: index < 2, probe: "/health", circuits: [circuit] };
}

function answers(total, isIll, between) {
  const copies = isIll ? Math.floor(total * 0.61) : Math.floor(total * 0.04);
  const snapshots = isIll ? Math.floor(total * 0.12) : 0;
  const fallbacks = isIll ? Math.floor(total * 0.09) : 0;
  const other = between(0, 4);
  const origin = Math.max(0, total - copies - snapshots - fallbacks - other);
  return { errors: fallbacks, origin, copies, snapshots, fallbacks, other };
}

function history({ circuits: [circuit] }, { between, now }) {
  const minute = Math.floor(now / 60_000);
  const isIll = circuit.state !== "closed";
  const minutes = Array.from({ length: 60 }, (_, at) => at)
    .filter((at) => at !== 22 && at !== 23)
    .map((at) => {
      const isBad = isIll && at > 46;
      const calls = between(isBad ? 20 : 300, isBad ? 90 : 420);
      const p50 = between(20, 40) * (isBad ? 9 : 1);
      return {
        at: (minute - 59 + at) * 60_000,
        calls,
        failures: isBad ? Math.floor(calls * 0.7) : between(0, 3),
        latency: { p50_ms: p50, p95_ms: p50 * 3, p99_ms: p50 * between(5, 9), calls },
        answers: answers(calls, isBad, between),
      };
    });
  const { name, state, transitions, orders } = circuit;
  return { circuits: [{ name, state, transitions, orders, minutes }] };
}

function check(index, { between, trouble, now }) {
  const kinds = ["http", "flow", "tcp", "dns", "websocket", "heartbeat", "domain", "tls"];
  const names = ["frontend", "checkout", "database", "resolver", "chat", "nightly-backup", "domain", "certificate"];
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
    fields: [["content-type", "text/html"], ["server", "nginx"]],
    body: "<!doctype html><title>Service unavailable</title><h1>We will be back soon</h1>",
    took_ms: 812,
    reasons: ["status: `503` is not one of `2xx`", "body: `Pay now` is not in it"],
    step: "pay",
    steps: [{ step: "cart", took_ms: 90, status: 200 }, { step: "pay", took_ms: 812, status: 503 }],
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

function incidentsOf(now) {
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
      entry(0, 12, { observed: { check: "checkout", place: "weur", result: "down", reasons: ["status: `503`"] } }),
      entry(1, 11, { opened: {} }),
      entry(2, 11, { circuit: { name: "api", from: "closed", to: "open" } }),
      entry(3, 11, { alert_queued: { channel: "ops", message: "inc-mh2k1a-1" } }),
      entry(4, 10, { alert_delivered: { channel: "ops", message: "inc-mh2k1a-1" } }),
      entry(5, 9, { acknowledged: { by } }),
      entry(6, 8, { visitors: { shares: [["copies", 8214], ["snapshots", 1630], ["fallbacks", 1204]] } }),
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

function alerts(now, trouble) {
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
      ? [delivery("inc-old3-1", "pager", { reason: "refused", error: { status: 410 }, at: iso(now - DAY) })]
      : [],
    dropped: 0,
  };
}

function snapshots(now, between) {
  const paths = ["/", "/products", "/about", "/help", ...Array.from({ length: 60 }, (_, at) => `/products/${at}`)];
  return {
    plan: "paid",
    last_round: {
      began: now - 40_000, ended: now - 38_500, planned: 12, fetched: 12, at_once: 6, written: 3,
      unchanged: 8, refused: 1, left: 0, held: 0, deleted: 0,
    },
    snapshots: paths.map((path, at) => ({
      path,
      for: at < 4 ? "rule" : "page",
      named_by: at < 4 ? "file" : "sitemap",
      kept: {
        age_ms: between(60_000, 3 * HOUR),
        max_age_ms: DAY,
        made: now - DAY,
        bytes: between(4_000, 90_000),
        content_type: "text/html",
        hash: "0011",
      },
      ...(at % 17 === 3 ? { refused: { why: "status 503", at: now - 120_000, times: 2 } } : {}),
    })),
    sources: [{ path: "/sitemap.xml", read: now - 20 * 60_000 }],
  };
}

const maintenance = (now) => ({
  windows: [
    {
      match: "/account/*", start: now - 600_000, end: now + 1_800_000, ordered_by: "operator",
      message: "We move accounts to new shelves.", holds: true, lifted: false,
    },
    {
      match: "/*", start: now + 3 * DAY, end: now + 3 * DAY + HOUR, ordered_by: "series",
      holds: false, lifted: false,
    },
  ],
  series: [
    { match: "/*", start: "2026-12-07T02:00:00", zone: "Europe/Berlin", lasts: "1h", rrule: "FREQ=WEEKLY;BYDAY=MO" },
  ],
});

const budget = (now, trouble) => ({
  hour: {
    object_calls: { plan: 1_260, budget: 5_040, left: 1_800 },
    rows_written: { plan: 940, budget: 3_760, left: trouble ? 320 : 1_700 },
    rows_read: { plan: 5_200, budget: 20_800, left: 9_900 },
    subrequests: { plan: 2_400, budget: 9_600, left: 4_800 },
  },
  held: {
    checks: { low: trouble ? 7 : 0, normal: 0, high: 0, critical: 0 },
    deliveries: 0,
    reports: 0,
    refreshes: trouble ? 1 : 0,
    ...(trouble ? { last_at: iso(now - 300_000) } : {}),
  },
});

const events = (now) => ({
  events: [
    {
      at: now - 540_000, event: "circuits", order: "forced_open", circuits: ["api"],
      expires_at: now + 3_000_000, reason: "the vendor works on it", by: "token",
    },
    { at: now - 900_000, event: "purge", match: "/products/*", snapshots: 31, reason: "wrong prices", by: "token" },
    { at: now - DAY, event: "pause_check", check: "database", expires_at: now - DAY + HOUR, reason: "a move", by: "token" },
    { at: now - 2 * DAY, event: "open_incident", incident: "inc-old1", title: "Slow pages", by: "token" },
  ],
});

function configuration(upstreams, checks) {
  return {
    site: { name: "StolenTee", host: "stolentee.com", status_host: "status.stolentee.com", locales: ["en", "de"], banner: true },
    upstreams: upstreams.slice(0, 20).map(({ name, critical }) => ({
      name, origin: `https://${name}.example.app`, critical, probe: "/health", dialect: "http",
      circuits: [{ name, breaker: { consecutive_failures: 5, failure_rate: "50%", open_for: "30s" } }],
    })),
    routes: [
      { match: "/api/*", upstream: "api", circuit: "api", timeout: "10s", patience: "2s", retry: 2, stale_if_error: "1h", fallback: "problem" },
      { match: "/*", upstream: "web", circuit: "web", timeout: "10s", patience: "2s", stale_if_error: "1d", fallback: "auto" },
    ],
    dependencies: [{ name: "postgres", kind: "supabase", url: "https://db.example/rest/v1/", every: "1m", critical: true, secret: "SUPABASE_KEY" }],
    checks: checks.slice(0, 200).map(({ name, kind, severity }) => ({ name, kind, target: "https://stolentee.com/", every: "1m", from: ["weur", "enam"], severity })),
    channels: [{ name: "ops", kind: "slack", to: "the secret SLACK_URL", severities: ["P0", "P1"] }],
    alerts: { group_wait: "30s", group_interval: "5m", inhibitions: [] },
    snapshots: [{ match: "/", every: "10m", title: "Home" }],
    maintenance: [],
    secrets: [
      { name: "ADMIN_TOKEN", purpose: "the operators' bearer token" },
      { name: "SLACK_URL", purpose: "the address of the channel `ops`" },
    ],
    price: {
      micro_dollars: 1_870_000,
      micro_dollars_beyond_included: 0,
      micro_dollars_at_most: 6_920_000,
      headroom: 4,
      plan: [
        { what: "cron", micro_dollars: 13_000 },
        { what: "circuits", micro_dollars: 410_000 },
        { what: "monitor", micro_dollars: 940_000 },
        { what: "probers", micro_dollars: 507_000 },
      ],
    },
  };
}
