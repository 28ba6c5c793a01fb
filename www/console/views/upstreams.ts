// All circuits, with their figures.
import { type App, gridOf } from "../app.ts";
import { fits, narrow, narrowing, wordsOf } from "../filter.ts";
import { count, percent, span } from "../format.ts";
import { type Column, grid } from "../grid.ts";
import { memo } from "../memo.ts";
import { bypass } from "../orders.ts";
import { button, loaded, served, state } from "../parts.ts";
import { addressOf, type Route } from "../router.ts";
import { spark } from "../spark.ts";
import type { Circuit } from "../types.ts";
import { isFailed } from "../types.ts";
import { type Children, h } from "../vdom.ts";
import { circuitWord } from "../words.ts";
import { type Place, placesOf } from "./overview.ts";

export const wants = ({ store }: App) => [store.upstreams];

export const routeOfCircuit = ({ upstream, circuit }: Place): Route => ({
  view: "circuit",
  upstream: upstream.name,
  circuit: circuit.name,
});

export function upstreams(app: App): Children {
  const { store, now } = app;
  const { text, onlyTrouble } = narrowing(app, "upstreams");
  const places = placesOf(app);
  const items = listed(places, text, onlyTrouble);
  return [
    h(
      "div",
      { class: "title" },
      h("h1", null, "Upstreams"),
      app.may("set_bypass") ? button("Let everything pass …", () => bypass(app)) : null,
    ),
    loaded(
      store.upstreams,
      "circuits",
      now,
      () => app.reload(store.upstreams),
      () => [
        narrow(
          app,
          "upstreams",
          "Only what is not closed",
          `${count(items.length)} of ${count(places.length)} circuits`,
        ),
        grid({
          label: "Circuits",
          is: "circuits",
          columns: columns(app),
          items,
          keyOf: ({ circuit }) => circuit.name,
          open: (place) => app.go(routeOfCircuit(place)),
          state: gridOf(app, "upstreams"),
          changed: app.changed,
        }),
      ],
    ),
  ];
}

// What is worst stands first, and otherwise the order of the site file.
const listed = memo((places: readonly Place[], text: string, onlyTrouble: boolean) => {
  const words = wordsOf(text);
  const shown = places.filter(
    ({ upstream, circuit }) =>
      fits(words, upstream.name, circuit.name, circuitWord(circuit).text) &&
      (!onlyTrouble || circuitWord(circuit).weight > 0),
  );
  return shown.sort(
    (one, other) => circuitWord(other.circuit).weight - circuitWord(one.circuit).weight,
  );
});

const known = ({ circuit }: Place): Circuit | undefined =>
  isFailed(circuit) ? undefined : circuit;

function columns(app: App): Column<Place>[] {
  const latency = (name: "p50_ms" | "p95_ms" | "p99_ms") => (place: Place) =>
    known(place)?.latency?.[name] ?? -1;
  const shownLatency = (name: "p50_ms" | "p95_ms" | "p99_ms") => (place: Place) => {
    const value = known(place)?.latency?.[name];
    return value === undefined ? "–" : span(value);
  };
  return [
    {
      name: "State",
      is: "is-state",
      order: ({ circuit }) => circuitWord(circuit).weight,
      cell: ({ circuit }) => state(circuitWord(circuit)),
    },
    {
      name: "Circuit",
      is: "is-name",
      order: ({ circuit }) => circuit.name,
      cell: (place, isActive) => [
        h(
          "a",
          { href: addressOf(routeOfCircuit(place)), tabindex: isActive ? 0 : -1 },
          place.circuit.name,
        ),
        place.upstream.critical ? h("span", { class: "tag" }, "critical") : null,
      ],
    },
    {
      name: "Good calls",
      is: "is-share",
      order: (place) => {
        const circuit = known(place);
        if (circuit === undefined || circuit.calls === 0) return 2;
        return 1 - circuit.failures / circuit.calls;
      },
      cell: (place) => {
        const circuit = known(place);
        if (circuit === undefined || circuit.calls === 0) return "–";
        const good = percent(circuit.calls - circuit.failures, circuit.calls);
        return [good, h("span", { class: "quiet" }, ` of ${count(circuit.calls)}`)];
      },
    },
    { name: "p50", is: "is-time", order: latency("p50_ms"), cell: shownLatency("p50_ms") },
    { name: "p95", is: "is-time", order: latency("p95_ms"), cell: shownLatency("p95_ms") },
    { name: "p99", is: "is-time", order: latency("p99_ms"), cell: shownLatency("p99_ms") },
    {
      name: "Visitors got",
      is: "is-served",
      cell: (place) => served(known(place)?.answers),
    },
    {
      name: "p95, live",
      is: "is-spark",
      cell: ({ circuit }) => spark(app.readings.of(circuit.name)),
    },
  ];
}
