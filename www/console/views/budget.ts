// What the watch may spend, what it held back, and what a month costs.
import type { App } from "../app.ts";
import { count, dollars, percent, words } from "../format.ts";
import { card, empty, facts, loaded, state, table, time } from "../parts.ts";
import type { Budget, Configuration, Json } from "../types.ts";
import { type Children, h } from "../vdom.ts";

export const wants = ({ store }: App) => [store.budget, store.configuration];

export function budget(app: App): Children {
  const { store, now } = app;
  return [
    h("h1", null, "Budget"),
    loaded(
      store.budget,
      "the budget",
      now,
      () => app.reload(store.budget),
      (value) => [
        card("The monitor’s hour", hour(value)),
        card("Held back since the monitor was loaded", held(value, now)),
      ],
    ),
    loaded(
      store.configuration,
      "the price",
      now,
      () => app.reload(store.configuration),
      (value) => card("What a month costs without visitors", price(value)),
    ),
  ];
}

function hour({ hour: resources }: Budget): Children {
  return table(
    "Resources of an hour",
    ["Resource", "Planned", "At most", "Left at once", "Left"],
    Object.entries(resources).map(([name, { plan, budget: most, left }]) => [
      words(name),
      count(plan),
      count(most),
      `${count(left)} (${percent(left, most / 2)})`,
      h("meter", {
        min: 0,
        max: Math.max(1, most / 2),
        low: most / 8,
        value: left,
        "aria-label": `Left of ${words(name)}`,
      }),
    ]),
  );
}

function held({ held: all }: Budget, now: number): Children {
  const checks = Object.values(all.checks).reduce((sum, number) => sum + number, 0);
  const sum = checks + all.deliveries + all.reports + all.refreshes;
  const tone = sum === 0 ? "well" : "warn";
  const text = sum === 0 ? "nothing was held back" : "work was held back";
  const of = Object.entries(all.checks)
    .filter(([, number]) => number > 0)
    .map(([importance, number]) => `${importance} ${count(number)}`);
  return [
    h("p", null, state({ text, tone, weight: 0 })),
    sum === 0
      ? null
      : facts([
          ["Checks", of.length === 0 ? "0" : of.join(", ")],
          ["Messages", count(all.deliveries)],
          ["Reports of jobs", count(all.reports)],
          ["Rounds of snapshots", count(all.refreshes)],
          ["Last", all.last_at === undefined ? undefined : time(all.last_at, now)],
        ]),
  ];
}

const numberOf = (value: Json | undefined): number => (typeof value === "number" ? value : 0);

function price({ price: report }: Configuration): Children {
  if (report === null || report === undefined || typeof report !== "object") {
    return empty("This version does not tell the price.");
  }
  const of = report as { [name: string]: Json };
  const lines = Array.isArray(of["plan"]) ? (of["plan"] as { [name: string]: Json }[]) : [];
  return [
    facts([
      ["By the platform’s list", dollars(numberOf(of["micro_dollars"]))],
      [
        "Beyond what the paid plan includes",
        dollars(numberOf(of["micro_dollars_beyond_included"])),
      ],
      ["If all budgets are spent to the last", dollars(numberOf(of["micro_dollars_at_most"]))],
      ["Headroom", `${numberOf(of["headroom"])}× the plan`],
    ]),
    table(
      "What works by itself",
      ["Part", "A month, by the list"],
      lines.map((line) => [words(String(line["what"])), dollars(numberOf(line["micro_dollars"]))]),
    ),
  ];
}
