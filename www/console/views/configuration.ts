// What the site file says, as it was deployed.
import type { App } from "../app.ts";
import { words } from "../format.ts";
import { card, empty, loaded, table } from "../parts.ts";
import type { Json } from "../types.ts";
import { type Children, h } from "../vdom.ts";

export const wants = ({ store }: App) => [store.configuration];

// What is shown elsewhere.
const LEFT_OUT = new Set(["price"]);

export function configuration(app: App): Children {
  const { store, now } = app;
  return [
    h("h1", null, "Configuration"),
    h(
      "p",
      null,
      "This is what the site file says, with all defaults, as it was deployed. It is changed by " +
        "a deployment. Secrets are here by name only.",
    ),
    loaded(
      store.configuration,
      "the configuration",
      now,
      () => app.reload(store.configuration),
      (value) =>
        Object.entries(value)
          .filter(([name]) => !LEFT_OUT.has(name))
          .sort(([one], [other]) => place(one) - place(other))
          .map(([name, part]) => card(title(name), shown(name, part))),
    ),
  ];
}

const ORDER = [
  "site",
  "upstreams",
  "routes",
  "checks",
  "objectives",
  "channels",
  "alerts",
  "secrets",
];

function place(name: string): number {
  const at = ORDER.indexOf(name);
  return at < 0 ? ORDER.length : at;
}

const title = (name: string): string => {
  const text = words(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
};

function shown(name: string, part: Json): Children {
  if (Array.isArray(part)) {
    if (part.length === 0) return empty("None.");
    return list(title(name), part as readonly { [name: string]: Json }[]);
  }
  if (part !== null && typeof part === "object") {
    const members = Object.entries(part as { [name: string]: Json });
    return h(
      "dl",
      { class: "facts" },
      members.map(([key, value]) =>
        h("div", { key }, h("dt", null, words(key)), h("dd", null, text(value))),
      ),
    );
  }
  return text(part);
}

// The first few members of each as columns; the rest is in a text below.
const COLUMNS = 4;
// Long lists are shown by their first entries, since the site file has all of them.
const ENTRIES_MAX = 200;

function list(label: string, entries: readonly { [name: string]: Json }[]): Children {
  const names = [...new Set(entries.flatMap((entry) => Object.keys(entry)))].sort(
    (one, other) => weight(one) - weight(other),
  );
  const columns = names.slice(0, COLUMNS);
  const rest = (entry: { [name: string]: Json }) => {
    const others = Object.entries(entry).filter(([name]) => !columns.includes(name));
    return others.map(([name, value]) => `${words(name)}: ${text(value)}`).join("; ");
  };
  return [
    table(
      label,
      [...columns.map(words), "more"],
      entries
        .slice(0, ENTRIES_MAX)
        .map((entry) => [
          ...columns.map((name) => text(entry[name] ?? null)),
          h("span", { class: "quiet" }, rest(entry)),
        ]),
    ),
    entries.length > ENTRIES_MAX
      ? h(
          "p",
          { class: "quiet" },
          `and ${entries.length - ENTRIES_MAX} more, which are in the site file`,
        )
      : null,
  ];
}

const FIRST = ["name", "match", "purpose", "upstream", "origin", "kind", "target", "to", "every"];

function weight(name: string): number {
  const at = FIRST.indexOf(name);
  return at < 0 ? FIRST.length : at;
}

// A value in one line.
export function text(value: Json): string {
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.map((each) => text(each)).join(", ");
  if (typeof value === "object") {
    return Object.entries(value as { [name: string]: Json })
      .map(([name, each]) => `${words(name)} ${text(each)}`)
      .join(", ");
  }
  return String(value);
}
