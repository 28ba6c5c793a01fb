// The questions before orders to circuits, checks and the site, and how each is taken back.
import { segment } from "./api.ts";
import type { App } from "./app.ts";
import { type Field, LASTS, REASON } from "./dialog.ts";
import { words } from "./format.ts";

const REASON_IF_ANY: Field = { ...REASON, isOptional: true };

const UNDONE = "Taken back in the console";

const OVERRIDES: Field = {
  name: "override",
  label: "What the circuit does",
  kind: "choice",
  value: "forced_open",
  choices: [
    ["forced_open", "Forced open: every call is rejected, and visitors get what is stored"],
    ["forced_closed", "Forced closed: every call passes, whatever fails"],
    ["metrics_only", "Metrics only: every call passes and is counted"],
  ],
};

// Orders to one circuit of an upstream.
export function override(app: App, upstream: string, circuit: string): void {
  const path = `/upstreams/${segment(upstream)}/override`;
  app.ask({
    title: `Override ${circuit}`,
    text: "The order holds in every colo, whatever the circuit sees, until it ends or is lifted.",
    fields: [OVERRIDES, REASON, LASTS],
    does: "Set the override",
    isGrave: true,
    act: async (filled) => {
      await app.api.send("POST", path, { ...filled, circuit });
      app.reload(app.store.upstreams, app.store.history(upstream));
      app.tell(`${circuit} is ${words(filled["override"] ?? "")}.`, {
        text: "Lift it",
        act: () => auto(app, upstream, circuit, UNDONE),
      });
    },
  });
}

export function liftOverride(app: App, upstream: string, circuit: string): void {
  app.ask({
    title: `Lift the override of ${circuit}`,
    text: "The circuit judges by itself again. After forced open it begins with probes.",
    fields: [REASON],
    does: "Lift it",
    act: ({ reason }) => auto(app, upstream, circuit, reason ?? ""),
  });
}

async function auto(app: App, upstream: string, circuit: string, reason: string): Promise<void> {
  const path = `/upstreams/${segment(upstream)}/override`;
  await app.api.send("POST", path, { override: "auto", reason, circuit });
  app.reload(app.store.upstreams, app.store.history(upstream));
  app.tell(`${circuit} judges by itself again.`);
}

export function bypass(app: App): void {
  app.ask({
    title: "Let everything pass",
    text:
      "Every request goes to its upstream as if Breakwater were not there: no circuit rejects, " +
      "no copy is served, and nothing is judged.",
    fields: [REASON, { ...LASTS, value: "15m" }],
    does: "Begin the bypass",
    isGrave: true,
    act: async (filled) => {
      await app.api.send("POST", "/bypass", filled);
      app.reload(app.store.upstreams);
      app.tell("Everything passes, and nothing is judged.", {
        text: "End the bypass",
        act: () => endBypass(app, UNDONE),
      });
    },
  });
}

export function askToEndBypass(app: App): void {
  app.ask({
    title: "End the bypass",
    text: "Circuits judge again, and copies are served.",
    fields: [REASON_IF_ANY],
    does: "End it",
    act: ({ reason }) => endBypass(app, reason),
  });
}

async function endBypass(app: App, reason?: string): Promise<void> {
  await app.api.send("DELETE", "/bypass", { reason });
  app.reload(app.store.upstreams);
  app.tell("The bypass has ended.");
}

export function pause(app: App, check: string): void {
  app.ask({
    title: `Pause ${check}`,
    text: "The check is not made. What it found stays, and an incident of it stays open.",
    fields: [REASON, LASTS],
    does: "Pause it",
    act: async (filled) => {
      await app.api.send("POST", `/checks/${segment(check)}/pause`, filled);
      app.reload(app.store.checks, app.store.check(check));
      app.tell(`${check} is paused.`, { text: "Make it again", act: () => resume(app, check) });
    },
  });
}

export async function resume(app: App, check: string): Promise<void> {
  await app.api.send("DELETE", `/checks/${segment(check)}/pause`);
  app.reload(app.store.checks, app.store.check(check));
  app.tell(`${check} is made again.`);
}

export async function run(app: App, check: string): Promise<void> {
  await app.api.send("POST", `/checks/${segment(check)}/run`);
  app.tell(`${check} is being made at each of its places.`);
  app.reload(app.store.checks, app.store.check(check));
}

export function purge(app: App): void {
  app.ask({
    title: "Purge copies and snapshots",
    text:
      "All copies and snapshots of the paths end at once and in every colo. While their upstream " +
      "fails, visitors then get the fallback. This cannot be taken back.",
    fields: [
      { name: "match", label: "Paths", kind: "text", hint: "Such as /products/* or /." },
      REASON,
    ],
    does: "Purge",
    isGrave: true,
    act: async (filled) => {
      await app.api.send("POST", "/purge", filled);
      app.reload(app.store.snapshots, app.store.events);
      app.tell(`What was stored of ${filled["match"]} has ended.`);
    },
  });
}

export function maintain(app: App): void {
  const fields: Field[] = [
    {
      name: "match",
      label: "Paths",
      kind: "text",
      isOptional: true,
      hint: "Such as /products/*. Without it, the whole site.",
    },
    {
      name: "start",
      label: "Begins",
      kind: "time",
      isOptional: true,
      hint: "By your clock, within 30 days. Without it, now.",
    },
    { ...LASTS, value: "1h" },
    {
      name: "message",
      label: "What visitors are told",
      kind: "text",
      isOptional: true,
      longest: 300,
    },
    REASON,
  ];
  app.ask({
    title: "Order maintenance",
    text: "Visitors of these paths get the maintenance page, and checks of them open no incident.",
    fields,
    does: "Order it",
    isGrave: true,
    act: async (filled) => {
      await app.api.send("POST", "/maintenance", filled);
      const match = filled["match"] ?? "/*";
      app.reload(app.store.maintenance, app.store.events);
      app.tell(`Maintenance of ${match} is ordered.`, {
        text: "Lift it",
        act: () => liftMaintenance(app, match, false, UNDONE),
      });
    },
  });
}

export function askToLiftMaintenance(app: App, match: string, isSeries: boolean): void {
  app.ask({
    title: isSeries ? `End the series of ${match} for good` : `Lift the maintenance of ${match}`,
    text: isSeries
      ? "It does not come again. This cannot be taken back."
      : "Visitors of these paths get the site again. Of a series, this time is left out.",
    fields: [REASON_IF_ANY],
    does: isSeries ? "End it for good" : "Lift it",
    isGrave: isSeries,
    act: ({ reason }) => liftMaintenance(app, match, isSeries, reason),
  });
}

async function liftMaintenance(
  app: App,
  match: string,
  isSeries: boolean,
  reason?: string,
): Promise<void> {
  const series = isSeries ? true : undefined;
  await app.api.send("DELETE", "/maintenance", { match, series, reason });
  app.reload(app.store.maintenance, app.store.events);
  app.tell(`Maintenance of ${match} is lifted.`);
}
