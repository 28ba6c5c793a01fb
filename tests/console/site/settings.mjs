// Snapshots, maintenance, the budget, events and the configuration.
import { DAY, HOUR, iso } from "./times.mjs";

export function snapshots(now, between) {
  const paths = [
    "/",
    "/products",
    "/about",
    "/help",
    ...Array.from({ length: 60 }, (_, at) => `/products/${at}`),
  ];
  return {
    plan: "paid",
    last_round: {
      began: now - 40_000,
      ended: now - 38_500,
      planned: 12,
      fetched: 12,
      at_once: 6,
      written: 3,
      unchanged: 8,
      refused: 1,
      left: 0,
      held: 0,
      deleted: 0,
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

export const maintenance = (now) => ({
  windows: [
    {
      match: "/account/*",
      start: now - 600_000,
      end: now + 1_800_000,
      ordered_by: "operator",
      message: "We move accounts to new shelves.",
      holds: true,
      lifted: false,
    },
    {
      match: "/*",
      start: now + 3 * DAY,
      end: now + 3 * DAY + HOUR,
      ordered_by: "series",
      holds: false,
      lifted: false,
    },
  ],
  series: [
    {
      match: "/*",
      start: "2026-12-07T02:00:00",
      zone: "Europe/Berlin",
      lasts: "1h",
      rrule: "FREQ=WEEKLY;BYDAY=MO",
    },
  ],
});

export const budget = (now, trouble) => ({
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

export const events = (now) => ({
  events: [
    {
      at: now - 540_000,
      event: "circuits",
      order: "forced_open",
      circuits: ["api"],
      expires_at: now + 3_000_000,
      reason: "the vendor works on it",
      by: "token",
    },
    {
      at: now - 900_000,
      event: "purge",
      match: "/products/*",
      snapshots: 31,
      reason: "wrong prices",
      by: "token",
    },
    {
      at: now - DAY,
      event: "pause_check",
      check: "database",
      expires_at: now - DAY + HOUR,
      reason: "a move",
      by: "token",
    },
    {
      at: now - 2 * DAY,
      event: "open_incident",
      incident: "inc-old1",
      title: "Slow pages",
      by: "token",
    },
  ],
});

export function configuration(upstreams, checks) {
  return {
    site: {
      name: "StolenTee",
      host: "stolentee.com",
      status_host: "status.stolentee.com",
      locales: ["en", "de"],
      banner: true,
    },
    upstreams: upstreams.slice(0, 20).map(({ name, critical }) => ({
      name,
      origin: `https://${name}.example.app`,
      critical,
      probe: "/health",
      dialect: "http",
      circuits: [
        { name, breaker: { consecutive_failures: 5, failure_rate: "50%", open_for: "30s" } },
      ],
    })),
    routes: [
      {
        match: "/api/*",
        upstream: "api",
        circuit: "api",
        timeout: "10s",
        patience: "2s",
        retry: 2,
        stale_if_error: "1h",
        fallback: "problem",
      },
      {
        match: "/*",
        upstream: "web",
        circuit: "web",
        timeout: "10s",
        patience: "2s",
        stale_if_error: "1d",
        fallback: "auto",
      },
    ],
    dependencies: [
      {
        name: "postgres",
        kind: "supabase",
        url: "https://db.example/rest/v1/",
        every: "1m",
        critical: true,
        secret: "SUPABASE_KEY",
      },
    ],
    checks: checks.slice(0, 200).map(({ name, kind, severity }) => ({
      name,
      kind,
      target: "https://stolentee.com/",
      every: "1m",
      from: ["weur", "enam"],
      severity,
    })),
    channels: [
      { name: "ops", kind: "slack", to: "the secret SLACK_URL", severities: ["P0", "P1"] },
    ],
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
