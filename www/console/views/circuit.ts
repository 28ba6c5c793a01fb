// One circuit: how it is, how it was, and what was ordered.
import type { App } from "../app.ts";
import { type Chart, chart } from "../chart.ts";
import { count, millis, percent, span, words } from "../format.ts";
import { liftOverride, override } from "../orders.ts";
import {
  button,
  card,
  clockTime,
  empty,
  facts,
  loaded,
  mark,
  served,
  state,
  table,
  time,
} from "../parts.ts";
import type { Answers, Circuit, CircuitHistory, Minute, Ordered } from "../types.ts";
import { isFailed } from "../types.ts";
import { type Children, h } from "../vdom.ts";
import { circuitStateWord, circuitWord, reasonText, SOURCES } from "../words.ts";
import { type Place, placesOf, reasonOf } from "./overview.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

const routed = ({ route }: App) =>
  route.view === "circuit" ? route : { view: "circuit", upstream: "", circuit: "" };

export const wants = (app: App) => [app.store.upstreams, app.store.history(routed(app).upstream)];

export function circuit(app: App): Children {
  const { store, now } = app;
  const { upstream, circuit: name } = routed(app);
  const place = placesOf(app).find(({ circuit }) => circuit.name === name);
  const history = store.history(upstream);
  const ofHistory = history.value?.circuits.find((it) => it.name === name);
  return [
    h("h1", null, name),
    loaded(
      store.upstreams,
      "the circuit",
      now,
      () => app.reload(store.upstreams),
      () => (place === undefined ? empty("The site file has no such circuit.") : head(app, place)),
    ),
    loaded(
      history,
      "its last hour",
      now,
      () => app.reload(history),
      () =>
        ofHistory === undefined || isFailed(ofHistory)
          ? empty("Its coordinator cannot be asked.")
          : past(ofHistory, now),
    ),
    place === undefined || isFailed(place.circuit) ? null : probes(place.circuit, now),
  ];
}

function head(app: App, { upstream, circuit }: Place): Children {
  if (isFailed(circuit)) {
    return h("p", { class: "headline none" }, mark("none"), `It cannot be asked: ${circuit.error}`);
  }
  const { now } = app;
  const { latency, calls, failures, slow_calls: slow, retry_after_ms: left } = circuit;
  const since = circuit.transitions[0]?.at;
  const held = circuit.override;
  return h(
    "section",
    { class: "card" },
    h(
      "div",
      { class: "title" },
      h("h2", { class: "with-state" }, "State: ", state(circuitWord(circuit))),
      orderButtons(app, upstream.name, circuit),
    ),
    held === undefined ? null : h("p", null, "By order: ", reasonOf(held, now)),
    circuit.bypass === undefined ? null : h("p", null, "Bypass: ", reasonOf(circuit.bypass, now)),
    facts([
      ["Since", since === undefined ? undefined : time(since, now)],
      ["Is probed again in", left === undefined ? undefined : span(left)],
      ["Good calls", calls === 0 ? "–" : percent(calls - failures, calls)],
      [
        "Calls in its window",
        `${count(calls)}, of which ${count(failures)} failed, ${count(slow)} slow`,
      ],
      ["Latency p50, p95, p99", latencies(latency)],
      ["Isolates heard of", count(circuit.replicas)],
      ["Upstream", upstream.critical ? `${upstream.name}, critical` : upstream.name],
      ["Visitors got", served(circuit.answers)],
    ]),
  );
}

const latencies = (latency: Circuit["latency"]): string =>
  latency === undefined
    ? "–"
    : [latency.p50_ms, latency.p95_ms, latency.p99_ms].map((ms) => span(ms)).join(", ");

function orderButtons(app: App, upstream: string, { name, override: held }: Circuit): Children {
  if (!app.may("set_override")) return null;
  return h(
    "div",
    { class: "actions" },
    button("Override …", () => override(app, upstream, name)),
    held === undefined
      ? null
      : button("Lift the override …", () => liftOverride(app, upstream, name)),
  );
}

function past({ minutes, transitions, orders }: CircuitHistory, now: number): Children {
  return [
    card(
      "The last hour",
      minutes.length === 0 ? empty("Nothing was reported.") : charts(minutes, now),
    ),
    card(
      "Transitions",
      transitions.length === 0
        ? empty("It has never changed its state.")
        : table(
            "Transitions, the latest first",
            ["When", "From", "To", "Why"],
            transitions.map(({ at, from, to, reason }) => [
              clockTime(at, now),
              state(circuitStateWord(from)),
              state(circuitStateWord(to)),
              reasonText(reason),
            ]),
          ),
    ),
    card(
      "Orders",
      orders.length === 0
        ? empty("No order was ever given.")
        : table(
            "Orders, the latest first",
            ["When", "Order", "Why", "By", "Ends by itself"],
            orders.map((order: Ordered) => [
              clockTime(order.at, now),
              words(order.order),
              order.reason ?? "–",
              order.by,
              order.expires_at === undefined ? "–" : clockTime(order.expires_at, now),
            ]),
          ),
    ),
  ];
}

function probes({ probes: all }: Circuit, now: number): Children {
  if (all.length === 0) return null;
  return card(
    "Probes",
    table(
      "Probes, the latest first",
      ["When", "Result", "Took", "Status"],
      all.map(({ at, passed, took_ms: took, status, error }) => [
        clockTime(at, now),
        state(
          passed
            ? { text: "passed", tone: "well", weight: 0 }
            : { text: "failed", tone: "bad", weight: 1 },
        ),
        span(took),
        error ?? (status === undefined ? "–" : String(status)),
      ]),
    ),
  );
}

// A minute for each of the last hour, those without reports among them.
export function hourOf(minutes: readonly Minute[], now: number): (Minute | { at: number })[] {
  const known = new Map(minutes.map((minute) => [millis(minute.at), minute]));
  const last = Math.max(Math.floor(now / MINUTE) * MINUTE, ...known.keys());
  const all: (Minute | { at: number })[] = [];
  for (let at = last - HOUR + MINUTE; at <= last; at += MINUTE) all.push(known.get(at) ?? { at });
  return all;
}

function charts(minutes: readonly Minute[], now: number): Children {
  const hour = hourOf(minutes, now);
  const times = hour.map(({ at }) => millis(at) / 1000);
  const of = (value: (minute: Minute) => number | undefined) =>
    hour.map((minute) => ("calls" in minute ? (value(minute) ?? null) : null));
  const quantile = (name: "p50_ms" | "p95_ms" | "p99_ms") => of(({ latency }) => latency?.[name]);
  const answers = (name: keyof Answers) => of((minute) => minute.answers[name]);
  const latest = minutes.at(-1);
  const sum = (value: (minute: Minute) => number) =>
    minutes.reduce((all, minute) => all + value(minute), 0);
  const [calls, failures] = [sum((it) => it.calls), sum((it) => it.failures)];
  const total = (minute: Minute) =>
    SOURCES.reduce((all, { name }) => all + minute.answers[name], 0);
  const got = sum(total);
  const shares = SOURCES.map(({ name, text }) => [text, sum((it) => it.answers[name])] as const);
  const said = shares
    .filter(([, part]) => part > 0)
    .map(([text, part]) => `${text} ${percent(part, got)}`);
  const all: Chart[] = [
    {
      title: "Latency",
      summary: `Of the latest minute: ${latencies(latest?.latency)} (p50, p95, p99).`,
      times,
      lines: [
        { label: "p50", colour: "--line-1", values: quantile("p50_ms") },
        { label: "p95", colour: "--line-2", values: quantile("p95_ms"), dash: [8, 4] },
        { label: "p99", colour: "--line-3", values: quantile("p99_ms"), dash: [2, 3] },
      ],
      unit: (ms) => span(ms),
      isStacked: false,
    },
    {
      title: "Calls",
      summary: `${count(calls)} in the hour, of which ${count(failures)} failed.`,
      times,
      lines: [
        { label: "calls", colour: "--line-1", values: of(({ calls }) => calls) },
        {
          label: "failures",
          colour: "--line-bad",
          values: of(({ failures }) => failures),
          dash: [8, 4],
        },
      ],
      unit: count,
      isStacked: false,
    },
    {
      title: "What visitors got",
      summary: got === 0 ? "No visitor asked." : `In the hour: ${said.join(", ")}.`,
      times,
      lines: SOURCES.map(({ name, text }) => ({
        label: text,
        colour: `--served-${name}`,
        values: answers(name),
      })),
      unit: count,
      isStacked: true,
    },
  ];
  return h(
    "div",
    { class: "charts" },
    all.map((it) => chart(it, now)),
  );
}
