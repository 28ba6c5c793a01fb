// What is kept for the worst case.
import { type App, gridOf } from "../app.ts";
import { fits, narrow, narrowing, wordsOf } from "../filter.ts";
import { bytes, clock, count, span, words } from "../format.ts";
import { type Column, grid } from "../grid.ts";
import { purge } from "../orders.ts";
import { button, card, empty, facts, loaded, state, table, time } from "../parts.ts";
import type { Snapshot, Snapshots } from "../types.ts";
import { type Children, h } from "../vdom.ts";
import type { Word } from "../words.ts";

export const wants = ({ store }: App) => [store.snapshots];

// How a path is kept.
export function snapshotWord({ kept, refused }: Snapshot): Word {
  if (kept === undefined) {
    return refused === undefined
      ? { text: "not yet kept", tone: "none", weight: 2 }
      : { text: "refused", tone: "bad", weight: 4 };
  }
  if (kept.age_ms > kept.max_age_ms) return { text: "too old", tone: "bad", weight: 3 };
  return refused === undefined
    ? { text: "kept", tone: "well", weight: 0 }
    : { text: "not renewed", tone: "warn", weight: 1 };
}

export function snapshots(app: App): Children {
  const { store, now } = app;
  const { text, onlyTrouble } = narrowing(app, "snapshots");
  const sought = wordsOf(text);
  return [
    h(
      "div",
      { class: "title" },
      h("h1", null, "Snapshots"),
      app.may("purge") ? button("Purge …", () => purge(app)) : null,
    ),
    loaded(
      store.snapshots,
      "snapshots",
      now,
      () => app.reload(store.snapshots),
      (value) => {
        const items = value.snapshots.filter(
          (it) => fits(sought, it.path) && (!onlyTrouble || snapshotWord(it).weight > 0),
        );
        const shown = `${count(items.length)} of ${count(value.snapshots.length)} paths`;
        return [
          value.snapshots.length === 0
            ? empty("The site file keeps no snapshots, or none was found yet.")
            : [
                narrow(app, "snapshots", "Only what is not well kept", shown),
                grid({
                  label: "Snapshots",
                  is: "snapshots",
                  columns: columns(now),
                  items,
                  keyOf: ({ path }) => path,
                  open: () => {},
                  state: gridOf(app, "snapshots"),
                  changed: app.changed,
                }),
              ],
          round(value, now),
          sources(value, now),
        ];
      },
    ),
  ];
}

const columns = (now: number): Column<Snapshot>[] => [
  {
    name: "State",
    is: "is-state",
    order: (it) => snapshotWord(it).weight,
    cell: (it) => state(snapshotWord(it)),
  },
  {
    name: "Path",
    is: "is-name",
    order: ({ path }) => path,
    cell: ({ path }) => h("code", null, path),
  },
  {
    name: "Age",
    is: "is-time",
    order: ({ kept }) => kept?.age_ms ?? -1,
    cell: ({ kept }) => (kept === undefined ? "–" : span(kept.age_ms)),
  },
  {
    name: "Size",
    is: "is-time",
    order: ({ kept }) => kept?.bytes ?? -1,
    cell: ({ kept }) => (kept === undefined ? "–" : bytes(kept.bytes)),
  },
  {
    name: "Refused",
    is: "is-found",
    cell: ({ refused }) =>
      refused === undefined
        ? "–"
        : [
            time(refused.at, now),
            h("span", { class: "quiet" }, ` ${refused.why}, ${refused.times}×`),
          ],
  },
];

function round({ last_round: last, plan }: Snapshots, now: number): Children {
  if (last === undefined) return null;
  const { began, ended, ...counts } = last;
  return card(
    "The last round",
    facts([
      ["Began", began === undefined ? undefined : clock(began, now)],
      ["Took", began === undefined || ended === undefined ? undefined : span(ended - began)],
      ...Object.entries(counts).map(([name, value]) => [words(name), count(value)] as const),
      ["Plan of the platform", typeof plan === "string" ? plan : undefined],
    ]),
  );
}

function sources({ sources: all = [] }: Snapshots, now: number): Children {
  if (all.length === 0) return null;
  return card(
    "Sitemaps",
    table(
      "Sitemaps",
      ["Path", "Read", "Refused"],
      all.map(({ path, read, refused }) => [
        h("code", null, path),
        read === undefined ? "–" : time(read, now),
        refused?.why ?? "–",
      ]),
    ),
  );
}
