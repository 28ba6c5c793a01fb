// What stands out, on one page.
import type { App } from "../app.ts";
import { count, percent, plural, words } from "../format.ts";
import { memo } from "../memo.ts";
import { askToEndBypass, liftOverride } from "../orders.ts";
import { button, card, empty, lasting, link, loaded, mark, served, state, time } from "../parts.ts";
import { addressOf } from "../router.ts";
import type { Answers, Circuit, FailedCircuit, Ordered, Upstream } from "../types.ts";
import { isFailed } from "../types.ts";
import { type Children, h } from "../vdom.ts";
import { checkWord, circuitWord, isOver, type Tone } from "../words.ts";
import { incidentLine } from "./incidents.ts";

export const wants = ({ store }: App) => [
  store.upstreams,
  store.incidents,
  store.checks,
  store.maintenance,
];

export interface Place {
  readonly upstream: Upstream;
  readonly circuit: Circuit | FailedCircuit;
}

const places = memo((upstreams: readonly Upstream[] | undefined): readonly Place[] =>
  (upstreams ?? []).flatMap((upstream) =>
    upstream.circuits.map((circuit) => ({ upstream, circuit })),
  ),
);

export const placesOf = ({ store }: App): readonly Place[] =>
  places(store.upstreams.value?.upstreams);

// What is said first: the worst of what is known, in one sentence.
export function headline(
  notClosed: number,
  incidents: number,
  down: number,
  isBypassed: boolean,
): { tone: Tone; text: string } {
  const parts = [
    incidents > 0 ? `${plural(incidents, "incident is", "incidents are")} open` : "",
    notClosed > 0 ? `${plural(notClosed, "circuit is", "circuits are")} not closed` : "",
    down > 0 ? `${plural(down, "check is", "checks are")} not up` : "",
  ].filter((part) => part !== "");
  if (isBypassed) parts.push("everything passes by order");
  if (parts.length === 0) {
    return { tone: "well", text: "All circuits are closed, and no incident is open." };
  }
  const text = `${parts.join(", ")}.`;
  const tone = incidents > 0 || notClosed > 0 ? "bad" : isBypassed ? "order" : "warn";
  return { tone, text };
}

export function overview(app: App): Children {
  const { store, now } = app;
  const places = placesOf(app);
  const notClosed = places.filter(({ circuit }) => circuitWord(circuit).weight > 0);
  const checks = (store.checks.value?.checks ?? []).filter(
    ({ state }) => checkWord(state).weight > 1,
  );
  const incidents = (store.incidents.value?.incidents ?? []).filter(({ state }) => !isOver(state));
  const bypass = places.map(({ circuit }) => bypassOf(circuit)).find((it) => it !== undefined);
  const isKnown = store.upstreams.value !== undefined && store.incidents.value !== undefined;
  const said = headline(notClosed.length, incidents.length, checks.length, bypass !== undefined);
  const windows = (store.maintenance.value?.windows ?? []).filter(({ holds }) => holds);
  return [
    h("h1", null, "Overview"),
    isKnown
      ? h("p", { class: `headline ${said.tone}`, role: "status" }, mark(said.tone), said.text)
      : null,
    h(
      "div",
      { class: "cards" },
      card(
        "Open incidents",
        loaded(
          store.incidents,
          "incidents",
          now,
          () => app.reload(store.incidents),
          () =>
            incidents.length === 0
              ? empty("No incident is open.")
              : h(
                  "ul",
                  { class: "lines" },
                  incidents.map((it) => incidentLine(app, it)),
                ),
        ),
      ),
      card(
        "Circuits that are not closed",
        loaded(
          store.upstreams,
          "circuits",
          now,
          () => app.reload(store.upstreams),
          () =>
            notClosed.length === 0
              ? empty("All circuits are closed.")
              : h(
                  "ul",
                  { class: "lines" },
                  notClosed.slice(0, SHOWN_MAX).map((it) => line(app, it)),
                ),
        ),
        more(notClosed.length, "upstreams"),
      ),
      card(
        "Orders that hold",
        orders(app, places, bypass),
        windows.map((window) =>
          h(
            "p",
            { class: "line" },
            state({ text: "maintenance", tone: "order", weight: 0 }),
            h(
              "span",
              null,
              link(addressOf({ view: "maintenance" }), window.match),
              ", ends ",
              time(window.end, now),
            ),
          ),
        ),
      ),
      card(
        "Checks that are not up",
        loaded(
          store.checks,
          "checks",
          now,
          () => app.reload(store.checks),
          () =>
            checks.length === 0
              ? empty("No check says that something is wrong.")
              : h(
                  "ul",
                  { class: "lines" },
                  checks
                    .slice(0, SHOWN_MAX)
                    .map((check) =>
                      h(
                        "li",
                        { key: check.name, class: "line" },
                        state(checkWord(check.state)),
                        link(addressOf({ view: "check", name: check.name }), check.name),
                        h("span", { class: "quiet" }, check.severity),
                      ),
                    ),
                ),
        ),
        more(checks.length, "checks"),
      ),
      card("What visitors got", visitors(places)),
    ),
  ];
}

// The most lines of one card. The rest is in the view of its own.
const SHOWN_MAX = 12;

const more = (number: number, view: "upstreams" | "checks"): Children =>
  number <= SHOWN_MAX
    ? null
    : h("p", null, link(addressOf({ view }), `and ${count(number - SHOWN_MAX)} more`));

const bypassOf = (circuit: Circuit | FailedCircuit): Ordered | undefined =>
  isFailed(circuit) ? undefined : circuit.bypass;

function line({ now }: App, { upstream, circuit }: Place): Children {
  const address = addressOf({ view: "circuit", upstream: upstream.name, circuit: circuit.name });
  const since = isFailed(circuit) ? undefined : circuit.transitions[0]?.at;
  return h(
    "li",
    { key: circuit.name, class: "line" },
    state(circuitWord(circuit)),
    link(address, circuit.name),
    upstream.critical ? h("span", { class: "tag" }, "critical") : null,
    since === undefined ? null : h("span", { class: "quiet" }, "for ", lasting(since, now)),
  );
}

function orders(app: App, places: readonly Place[], bypass: Ordered | undefined): Children {
  const chosen = places.flatMap(({ upstream, circuit }) =>
    isFailed(circuit) || circuit.override === undefined
      ? []
      : [{ upstream, circuit, order: circuit.override }],
  );
  if (chosen.length === 0 && bypass === undefined) return empty("No override and no bypass holds.");
  return h(
    "ul",
    { class: "lines" },
    bypass === undefined
      ? null
      : h(
          "li",
          { key: "bypass", class: "line" },
          state({ text: "bypass", tone: "order", weight: 0 }),
          reasonOf(bypass, app.now),
          app.may("lift_bypass") ? button("End the bypass …", () => askToEndBypass(app)) : null,
        ),
    chosen.map(({ upstream, circuit, order }) =>
      h(
        "li",
        { key: circuit.name, class: "line" },
        state(circuitWord(circuit)),
        h("span", null, circuit.name),
        reasonOf(order, app.now),
        app.may("set_override")
          ? button("Lift …", () => liftOverride(app, upstream.name, circuit.name), {
              "aria-label": `Lift … the override of ${circuit.name}`,
            })
          : null,
      ),
    ),
  );
}

export const reasonOf = (order: Ordered, now: number): Children =>
  h(
    "span",
    { class: "why" },
    order.reason === undefined ? words(order.order) : `“${order.reason}”`,
    order.expires_at === undefined ? null : [", ends ", time(order.expires_at, now)],
  );

function visitors(places: readonly Place[]): Children {
  const sum: Record<keyof Answers, number> = {
    origin: 0,
    copies: 0,
    snapshots: 0,
    fallbacks: 0,
    other: 0,
    errors: 0,
  };
  for (const { circuit } of places) {
    if (isFailed(circuit) || circuit.answers === undefined) continue;
    for (const name of Object.keys(sum) as (keyof Answers)[]) sum[name] += circuit.answers[name];
  }
  const total = sum.origin + sum.copies + sum.snapshots + sum.fallbacks + sum.other;
  return [
    served(sum),
    total === 0
      ? null
      : h(
          "p",
          { class: "quiet" },
          `${count(total)} answers in five minutes, of which ${percent(sum.errors, total)} errors.`,
        ),
  ];
}
