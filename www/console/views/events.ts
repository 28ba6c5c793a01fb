// What operators did.
import type { App } from "../app.ts";
import { clock, words } from "../format.ts";
import { clockTime, empty, loaded } from "../parts.ts";
import { addressOf } from "../router.ts";
import type { Event, Time } from "../types.ts";
import { type Children, h } from "../vdom.ts";

export const wants = ({ store }: App) => [store.events];

export function events(app: App): Children {
  const { store, now } = app;
  return [
    h("h1", null, "Events"),
    h("p", null, "What operators did, the latest 100."),
    loaded(
      store.events,
      "events",
      now,
      () => app.reload(store.events),
      ({ events: all, unread = 0 }) => [
        all.length === 0
          ? empty("No operator has done anything yet.")
          : h(
              "ol",
              { class: "timeline", reversed: true },
              all.map((event, at) =>
                h(
                  "li",
                  { key: `${event.at} ${at}`, class: "entry" },
                  h(
                    "div",
                    null,
                    h("p", null, h("strong", null, words(event.event)), " ", what(event, now)),
                    event.reason === undefined ? null : h("p", { class: "written" }, event.reason),
                    h("p", { class: "quiet" }, clockTime(event.at, now), ` by ${event.by}`),
                  ),
                ),
              ),
            ),
        unread === 0 ? null : h("p", { class: "quiet" }, `${unread} could not be read.`),
      ],
    ),
  ];
}

const string = (value: unknown): string => (typeof value === "string" ? value : "");

// What it was about, in a few words.
export function what(event: Event, now: number): Children {
  const ends = event["expires_at"] as Time | undefined;
  const until = ends === undefined ? "" : `, until ${clock(ends, now)}`;
  switch (event.event) {
    case "circuits": {
      const circuits = Array.isArray(event["circuits"]) ? event["circuits"].join(", ") : "";
      return `${words(string(event["order"]))}: ${circuits}${until}`;
    }
    case "purge": {
      const tags = Array.isArray(event["tags"]) ? `tags ${event["tags"].join(", ")}` : undefined;
      return `${tags ?? string(event["match"])}, ${Number(event["snapshots"] ?? 0)} snapshots among it`;
    }
    case "maintenance": {
      const window = (event["window"] ?? {}) as Readonly<Record<string, unknown>>;
      const [start, end] = [window["start"], window["end"]] as [Time, Time];
      return `${string(window["match"])}, ${clock(start, now)} to ${clock(end, now)}`;
    }
    case "maintenance_series": {
      const series = (event["series"] ?? {}) as Readonly<Record<string, unknown>>;
      return `${string(series["match"])}, ${string(series["rrule"])}`;
    }
    case "lift_maintenance": {
      const windows = Array.isArray(event["windows"]) ? event["windows"] : [];
      return windows.map((window) => string(window?.match)).join(", ");
    }
    case "open_incident":
    case "resolve_incident":
    case "reopen_incident": {
      const id = string(event["incident"]);
      return h("a", { href: addressOf({ view: "incident", id }) }, string(event["title"]) || id);
    }
    case "mirror_failed":
    case "mirror_recovered":
      return [string(event["target"]), string(event["error"])].filter(Boolean).join(": ");
    default:
      return `${string(event["check"])}${until}`;
  }
}
