// All checks.
import { type App, gridOf } from "../app.ts";
import { fits, narrow, narrowing, wordsOf } from "../filter.ts";
import { clock, count, span } from "../format.ts";
import { type Column, grid } from "../grid.ts";
import { memo } from "../memo.ts";
import { pause, resume, run } from "../orders.ts";
import { button, loaded, state, time } from "../parts.ts";
import { addressOf } from "../router.ts";
import type { Check } from "../types.ts";
import { type Children, h } from "../vdom.ts";
import { checkWord } from "../words.ts";

export const wants = ({ store }: App) => [store.checks];

export function checks(app: App): Children {
  const { store, now } = app;
  const { text, onlyTrouble } = narrowing(app, "checks");
  const all = store.checks.value?.checks ?? NONE;
  const items = listed(all, text, onlyTrouble);
  return [
    h("h1", null, "Checks"),
    loaded(
      store.checks,
      "checks",
      now,
      () => app.reload(store.checks),
      () => [
        narrow(
          app,
          "checks",
          "Only what is not up",
          `${count(items.length)} of ${count(all.length)} checks`,
        ),
        grid({
          label: "Checks",
          is: "checks",
          columns: columns(app),
          items,
          keyOf: ({ name }) => name,
          open: ({ name }) => app.go({ view: "check", name }),
          state: gridOf(app, "checks"),
          changed: app.changed,
        }),
      ],
    ),
  ];
}

const NONE: readonly Check[] = [];

// What is worst stands first, and otherwise the order of the site file.
const listed = memo((all: readonly Check[], text: string, onlyTrouble: boolean) => {
  const words = wordsOf(text);
  const shown = all.filter(
    ({ name, kind, state: is, severity }) =>
      fits(words, name, kind, is, severity) && (!onlyTrouble || checkWord(is).weight > 0),
  );
  return shown.sort((one, other) => checkWord(other.state).weight - checkWord(one.state).weight);
});

// What stands beside a check's state.
export const conditions = (check: Check, now: number): Children => [
  check.is_unsure ? h("span", { class: "tag" }, "unsure") : null,
  check.in_maintenance ? h("span", { class: "tag" }, "maintenance") : null,
  check.paused_until === undefined
    ? null
    : h("span", { class: "tag", title: `until ${clock(check.paused_until, now)}` }, "paused"),
];

export const latestOf = (check: Check) =>
  check.places.reduce<Check["places"][number] | undefined>(
    (latest, place) =>
      latest === undefined || String(place.at) > String(latest.at) ? place : latest,
    undefined,
  );

function columns(app: App): Column<Check>[] {
  return [
    {
      name: "State",
      is: "is-state",
      order: (check) => checkWord(check.state).weight,
      cell: (check) => state(checkWord(check.state)),
    },
    {
      name: "Check",
      is: "is-name",
      order: ({ name }) => name,
      cell: (check, isActive) => [
        h(
          "a",
          { href: addressOf({ view: "check", name: check.name }), tabindex: isActive ? 0 : -1 },
          check.name,
        ),
        conditions(check, app.now),
      ],
    },
    { name: "Kind", is: "is-kind", order: ({ kind }) => kind, cell: ({ kind }) => kind },
    {
      name: "Severity",
      is: "is-severity",
      order: ({ severity }) => severity,
      cell: ({ severity }) => severity,
    },
    {
      name: "Took",
      is: "is-time",
      order: (check) => latestOf(check)?.took_ms ?? -1,
      cell: (check) => {
        const latest = latestOf(check);
        return latest === undefined ? "–" : span(latest.took_ms);
      },
    },
    {
      name: "Last found",
      is: "is-found",
      order: (check) => String(latestOf(check)?.at ?? ""),
      cell: (check) => {
        const latest = latestOf(check);
        if (latest === undefined) return h("span", { class: "quiet" }, "never");
        const why = latest.reasons[0];
        return [
          time(latest.at, app.now),
          why === undefined ? null : h("span", { class: "quiet" }, ` ${why}`),
        ];
      },
    },
    { name: "Orders", is: "is-orders", cell: (check, isActive) => orders(app, check, isActive) },
  ];
}

// Heartbeats cannot be run: their jobs report by themselves.
export const canRun = (app: App, check: Check): boolean =>
  app.may("run_check") && check.kind !== "heartbeat";

function orders(app: App, check: Check, isActive: boolean): Children {
  const tabindex = isActive ? 0 : -1;
  const named = (what: string) => ({ tabindex, "aria-label": `${what} ${check.name}` });
  return [
    canRun(app, check)
      ? button("Run", () => app.act(() => run(app, check.name)), named("Run"))
      : null,
    app.may("pause_check")
      ? check.paused_until === undefined
        ? button("Pause", () => pause(app, check.name), named("Pause"))
        : button("Resume", () => app.act(() => resume(app, check.name)), named("Resume"))
      : null,
  ];
}
