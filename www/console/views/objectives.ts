// Objectives: what is left of their error budgets, how fast these burn, and what fires.
import type { App } from "../app.ts";
import { count } from "../format.ts";
import { card, empty, facts, loaded, state, table, time } from "../parts.ts";
import type { Objective } from "../types.ts";
import { type Children, h } from "../vdom.ts";
import type { Word } from "../words.ts";

export const wants = ({ store }: App) => [store.objectives];

export function objectives(app: App): Children {
  const { store, now } = app;
  return [
    h("h1", null, "Objectives"),
    loaded(
      store.objectives,
      "objectives",
      now,
      () => app.reload(store.objectives),
      ({ objectives: all }) =>
        all.length === 0
          ? empty("The site file has no objectives.")
          : all.map((each) => one(each, now)),
    ),
  ];
}

// What is said of one first.
export function objectiveWord(it: Objective): Word {
  if (it.firing.includes("page")) return { text: "burns too fast", tone: "bad", weight: 3 };
  if (it.firing.length > 0) return { text: "will not last", tone: "warn", weight: 2 };
  if (it.budget_left_ppm < 0) return { text: "is overspent", tone: "warn", weight: 1 };
  const text = it.good_ppm === undefined ? "nothing counted yet" : "within its budget";
  return { text, tone: it.good_ppm === undefined ? "none" : "well", weight: 0 };
}

// Millionths in percent. They are cut rather than rounded: what is missed is never called met.
export const ppm = (millionths: number, digits: number): string => {
  const unit = 10 ** (4 - digits);
  return `${((Math.floor(millionths / unit) * unit) / 10_000).toFixed(digits)} %`;
};

// A burn rate, of which 1 uses the budget up just within its window.
export const burn = (millionths: number): string => {
  const rate = millionths / 1_000_000;
  return rate < 100 ? rate.toFixed(1) : count(rate);
};

function one(it: Objective, now: number): Children {
  const [about = "", name = ""] = Object.entries(it.subject)[0] ?? [];
  const limit = typeof it.kind === "string" ? "" : ` within ${it.kind.latency}`;
  const rates = new Map(it.burn_rates.map(({ window, burn_rate_ppm: rate }) => [window, rate]));
  const rate = (window: string): string => `${burn(rates.get(window) ?? 0)} in ${window}`;
  const ends = it.budget_ends_at;
  return card(
    it.name,
    h("p", null, state(objectiveWord(it))),
    facts([
      ["About", `the ${about} ${name}`],
      ["Target", `${it.target} good${limit}, in ${it.window}`],
      ["Good", it.good_ppm === undefined ? undefined : ppm(it.good_ppm, 4)],
      ["Counted", `${count(it.good)} good, ${count(it.bad)} bad`],
      [
        "Left of the budget",
        [
          h("meter", {
            min: 0,
            max: 1_000_000,
            low: 250_000,
            value: Math.max(0, it.budget_left_ppm),
            "aria-label": `Left of the budget of ${it.name}`,
          }),
          ` ${ppm(it.budget_left_ppm, 1)}`,
        ],
      ],
      ["The budget ends", ends === undefined ? "not within its window" : time(ends, now)],
    ]),
    table(
      `Burn rates of ${it.name}`,
      ["Alert", "Above", "Long window", "Short window", "Holds"],
      it.rules.map((rule) => [
        rule.alert,
        burn(rule.burn_rate_ppm),
        rate(rule.long_window),
        rate(rule.short_window),
        rule.holds
          ? state({ text: "yes", tone: rule.alert === "page" ? "bad" : "warn", weight: 0 })
          : "no",
      ]),
    ),
  );
}
