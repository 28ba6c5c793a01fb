// The views, by their names.
import type { App } from "./app.ts";
import type { Resource } from "./resource.ts";
import { addressOf, type View } from "./router.ts";
import { type Children, h } from "./vdom.ts";
import * as alerts from "./views/alerts.ts";
import * as budget from "./views/budget.ts";
import * as check from "./views/check.ts";
import * as checks from "./views/checks.ts";
import * as circuit from "./views/circuit.ts";
import * as configuration from "./views/configuration.ts";
import * as events from "./views/events.ts";
import * as incident from "./views/incident.ts";
import * as incidents from "./views/incidents.ts";
import * as maintenance from "./views/maintenance.ts";
import * as objectives from "./views/objectives.ts";
import * as overview from "./views/overview.ts";
import * as snapshots from "./views/snapshots.ts";
import * as upstreams from "./views/upstreams.ts";

export interface ViewParts {
  readonly title: (app: App) => string;
  // What it shows, which is read while it is shown.
  readonly wants: (app: App) => readonly Resource<unknown>[];
  readonly shown: (app: App) => Children;
}

const titled = (
  title: string,
  { wants }: { wants: (app: App) => readonly Resource<unknown>[] },
  shown: (app: App) => Children,
): ViewParts => ({ title: () => title, wants, shown });

export const VIEWS: Readonly<Record<View, ViewParts>> = {
  overview: titled("Overview", overview, overview.overview),
  upstreams: titled("Upstreams", upstreams, upstreams.upstreams),
  checks: titled("Checks", checks, checks.checks),
  objectives: titled("Objectives", objectives, objectives.objectives),
  incidents: titled("Incidents", incidents, incidents.incidents),
  alerts: titled("Alerts", alerts, alerts.alerts),
  snapshots: titled("Snapshots", snapshots, snapshots.snapshots),
  maintenance: titled("Maintenance", maintenance, maintenance.maintenance),
  budget: titled("Budget", budget, budget.budget),
  configuration: titled("Configuration", configuration, configuration.configuration),
  events: titled("Events", events, events.events),
  circuit: {
    ...titled("Circuit", circuit, circuit.circuit),
    title: ({ route }) => (route.view === "circuit" ? route.circuit : "Circuit"),
  },
  check: {
    ...titled("Check", check, check.check),
    title: ({ route }) => (route.view === "check" ? route.name : "Check"),
  },
  incident: {
    ...titled("Incident", incident, incident.incident),
    title: ({ route, store }) =>
      (route.view === "incident" ? store.incident(route.id).value?.title : undefined) ?? "Incident",
  },
  nothing: titled("Nothing here", { wants: () => [] }, () => [
    h("h1", null, "Nothing here"),
    h("p", null, h("a", { href: addressOf({ view: "overview" }) }, "To the overview")),
  ]),
};
