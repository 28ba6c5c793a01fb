// Maintenance, the bypass, and purges: the orders to the whole site.
import type { App } from "../app.ts";
import { askToEndBypass, askToLiftMaintenance, bypass, maintain, purge } from "../orders.ts";
import { button, card, clockTime, empty, loaded, state, table } from "../parts.ts";
import type { Series, Window } from "../types.ts";
import { isFailed } from "../types.ts";
import { type Children, h } from "../vdom.ts";
import type { Word } from "../words.ts";
import { placesOf, reasonOf } from "./overview.ts";

export const wants = ({ store }: App) => [store.maintenance, store.upstreams];

export function windowWord({ holds, lifted }: Window): Word {
  if (holds) return { text: "holds", tone: "order", weight: 2 };
  return lifted
    ? { text: "lifted", tone: "none", weight: 0 }
    : { text: "to come", tone: "none", weight: 1 };
}

export function maintenance(app: App): Children {
  const { store, now } = app;
  return [
    h(
      "div",
      { class: "title" },
      h("h1", null, "Maintenance"),
      h(
        "div",
        { class: "actions" },
        app.may("order_maintenance") ? button("Order maintenance …", () => maintain(app)) : null,
        app.may("purge") ? button("Purge …", () => purge(app)) : null,
      ),
    ),
    loaded(
      store.maintenance,
      "maintenance",
      now,
      () => app.reload(store.maintenance),
      (value) => [
        card(
          "Windows",
          value.windows.length === 0
            ? empty("No maintenance is ordered.")
            : windows(app, value.windows),
        ),
        (value.series ?? []).length === 0 ? null : card("Series", series(app, value.series ?? [])),
      ],
    ),
    loaded(
      store.upstreams,
      "the bypass",
      now,
      () => app.reload(store.upstreams),
      () => card("Bypass", shownBypass(app)),
    ),
  ];
}

function windows(app: App, all: readonly Window[]): Children {
  return table(
    "Windows",
    ["State", "Paths", "Begins", "Ends", "Ordered by", "Visitors are told", "Order"],
    all.map((window) => [
      state(windowWord(window)),
      h("code", null, window.match),
      clockTime(window.start, app.now),
      clockTime(window.end, app.now),
      window.ordered_by === "file"
        ? "the site file"
        : `an ${window.ordered_by}`.replace("an series", "a series"),
      window.message ?? "–",
      app.may("lift_maintenance") && !window.lifted
        ? button("Lift …", () => askToLiftMaintenance(app, window.match, false), {
            "aria-label": `Lift … the maintenance of ${window.match}`,
          })
        : "–",
    ]),
  );
}

const series = (app: App, all: readonly Series[]): Children =>
  table(
    "Series",
    ["Paths", "First", "Zone", "Lasts", "Rule", "Order"],
    all.map(({ match, start, zone, lasts, rrule }) => [
      h("code", null, match),
      start,
      zone,
      lasts,
      h("code", null, rrule),
      app.may("lift_maintenance")
        ? button("End for good …", () => askToLiftMaintenance(app, match, true), {
            "aria-label": `End for good … the series of ${match}`,
          })
        : "–",
    ]),
  );

function shownBypass(app: App): Children {
  const held = placesOf(app).flatMap(({ circuit }) =>
    isFailed(circuit) || circuit.bypass === undefined ? [] : [circuit.bypass],
  )[0];
  if (held === undefined) {
    return [
      h("p", null, "No bypass holds: circuits judge, and copies are served."),
      app.may("set_bypass") ? button("Let everything pass …", () => bypass(app)) : null,
    ];
  }
  return [
    h(
      "p",
      null,
      state({ text: "everything passes", tone: "order", weight: 0 }),
      " ",
      reasonOf(held, app.now),
    ),
    app.may("lift_bypass") ? button("End the bypass …", () => askToEndBypass(app)) : null,
  ];
}
