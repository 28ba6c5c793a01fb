// Which view an address names.

export const BASE = "/_breakwater/console";

export type Route =
  | { view: "overview" | "upstreams" | "checks" | "incidents" | "alerts" | "snapshots" }
  | { view: "objectives" | "maintenance" | "budget" | "configuration" | "events" | "nothing" }
  | { view: "circuit"; upstream: string; circuit: string }
  | { view: "check"; name: string }
  | { view: "incident"; id: string };

export type View = Route["view"];

// The views of the menu, in its order.
export const MENU = [
  ["overview", "Overview"],
  ["upstreams", "Upstreams"],
  ["checks", "Checks"],
  ["objectives", "Objectives"],
  ["incidents", "Incidents"],
  ["alerts", "Alerts"],
  ["snapshots", "Snapshots"],
  ["maintenance", "Maintenance"],
  ["budget", "Budget"],
  ["configuration", "Configuration"],
  ["events", "Events"],
] as const;

type Listed = (typeof MENU)[number][0];

// What of the menu a view belongs to.
const SECTION: Readonly<Partial<Record<View, Listed>>> = {
  circuit: "upstreams",
  check: "checks",
  incident: "incidents",
};

export const sectionOf = (view: View): View => SECTION[view] ?? view;

// Names stand in the query: a circuit's may hold a slash, which a path would not keep.
export function routeOf(path: string, query: string): Route {
  const rest = path.startsWith(BASE) ? path.slice(BASE.length).replace(/^\/|\/$/g, "") : "";
  const asked = new URLSearchParams(query);
  const name = asked.get("name") ?? "";
  if (rest === "") return { view: "overview" };
  if (rest === "circuit" && name !== "") {
    return { view: "circuit", upstream: asked.get("upstream") ?? "", circuit: name };
  }
  if (rest === "check" && name !== "") return { view: "check", name };
  if (rest === "incident" && name !== "") return { view: "incident", id: name };
  const listed = MENU.find(([view]) => view === rest);
  return { view: listed?.[0] ?? "nothing" };
}

export function addressOf(route: Route): string {
  const named = (view: string, names: Record<string, string>) =>
    `${BASE}/${view}?${new URLSearchParams(names)}`;
  switch (route.view) {
    case "overview":
      return BASE;
    case "circuit":
      return named("circuit", { upstream: route.upstream, name: route.circuit });
    case "check":
      return named("check", { name: route.name });
    case "incident":
      return named("incident", { name: route.id });
    default:
      return `${BASE}/${route.view}`;
  }
}
