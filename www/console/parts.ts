// The parts that views are made of.
import type { Problem } from "./api.ts";
import { ago, clock, coarse, count, iso, millis, percent } from "./format.ts";
import type { Resource } from "./resource.ts";
import type { Answers, Time } from "./types.ts";
import { type Attrs, type Children, h, type VNode } from "./vdom.ts";
import { SOURCES, type Tone, type Word } from "./words.ts";

// The shapes of states: a disc, a triangle, an octagon, a square and a ring, each with its sign.
const SHAPES: Readonly<Record<Tone, readonly [string, string]>> = {
  well: ["M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Z", "m4.8 8.2 2.3 2.3 4.2-4.6"],
  warn: ["M8 1.2 15.4 14.4H.6Z", "M8 6v4M8 12v.4"],
  bad: ["M4.9.8h6.2l4.1 4.1v6.2l-4.1 4.1H4.9L.8 11.1V4.9Z", "m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2"],
  order: ["M2 1.5h12v13H2Z", "M5.2 5v6M8 5v6M10.8 5v6"],
  none: ["M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z", "M5 8h6"],
};

export const mark = (tone: Tone): VNode =>
  h(
    "svg",
    { class: `mark ${tone}`, viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
    h("path", { d: SHAPES[tone][0] }),
    h("path", { class: "sign", d: SHAPES[tone][1] }),
  );

export const state = ({ text, tone }: Word): VNode =>
  h("span", { class: `state ${tone}` }, mark(tone), h("span", null, text));

// A time, as it is by the viewer's clocks; how long ago is shown beside it.
export const time = (at: Time, now: number): VNode =>
  h("time", { datetime: iso(at), title: clock(at, now) }, ago(at, now));

// For how long something has been so.
export const lasting = (since: Time, now: number): VNode =>
  h("time", { datetime: iso(since), title: clock(since, now) }, coarse(now - millis(since)));

export const clockTime = (at: Time, now: number): VNode =>
  h("time", { datetime: iso(at), title: ago(at, now) }, clock(at, now));

export const link = (href: string, ...children: Children[]): VNode => h("a", { href }, ...children);

export function button(text: string, onclick: () => void, attrs: Attrs = {}): VNode {
  return h("button", { type: "button", ...attrs, onclick }, text);
}

export const card = (title: string, ...children: Children[]): VNode =>
  h("section", { class: "card" }, h("h2", null, title), ...children);

export const empty = (text: string): VNode => h("p", { class: "empty" }, text);

// Names and values.
export function facts(pairs: readonly (readonly [string, Children])[]): VNode {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null);
  return h(
    "dl",
    { class: "facts" },
    shown.map(([name, value]) =>
      h("div", { key: name }, h("dt", null, name), h("dd", null, value)),
    ),
  );
}

// A table that is short. Its columns are named, and stack where there is no room for them.
export function table(
  label: string,
  columns: readonly string[],
  rows: readonly (readonly Children[])[],
): VNode {
  const cells = (row: readonly Children[]) =>
    row.map((cell, at) => h("td", { role: "cell", "data-column": columns[at] }, cell));
  // Roles are named because a table that is laid out otherwise loses them.
  return h(
    "table",
    { class: "table", role: "table", "aria-label": label },
    h(
      "thead",
      { role: "rowgroup" },
      h(
        "tr",
        { role: "row" },
        columns.map((name) => h("th", { role: "columnheader", scope: "col" }, name)),
      ),
    ),
    h(
      "tbody",
      { role: "rowgroup" },
      rows.map((row) => h("tr", { role: "row" }, cells(row))),
    ),
  );
}

export const trouble = (problem: Problem, retry?: () => void): VNode =>
  h(
    "div",
    { class: "trouble", role: "alert" },
    mark("bad"),
    h("p", null, h("strong", null, `${problem.title}. `), problem.message),
    retry === undefined ? null : button("Try again", retry),
  );

// What was read, or why it is not there. What is old stays, and says how old it is.
export function loaded<T>(
  resource: Resource<T>,
  what: string,
  now: number,
  retry: () => void,
  shown: (value: T) => Children,
): Children {
  const { value, problem } = resource;
  const failed = problem === undefined ? null : trouble(problem, retry);
  if (value === undefined) {
    return failed ?? h("p", { class: "loading", role: "status" }, `Reading ${what} …`);
  }
  const old =
    problem === undefined
      ? null
      : h("p", { class: "old" }, `Shown is what was read ${ago(resource.readAt, now)}.`);
  return [failed, old, shown(value)];
}

// What visitors got, as a bar and in words.
export function served(answers: Answers | undefined): Children {
  if (answers === undefined) return h("span", { class: "quiet" }, "no visitors");
  const total = SOURCES.reduce((sum, { name }) => sum + answers[name], 0);
  if (total === 0) return h("span", { class: "quiet" }, "no visitors");
  const parts = SOURCES.filter(({ name }) => answers[name] > 0);
  const said = parts.map(({ name, text }) => `${text} ${percent(answers[name], total)}`).join(", ");
  let from = 0;
  const bars = parts.map(({ name }) => {
    const width = (answers[name] / total) * 100;
    const bar = { key: name, class: name, x: from, y: 0, width, height: 10 };
    from += width;
    return h("rect", bar);
  });
  const bar = { class: "served", viewBox: "0 0 100 10", preserveAspectRatio: "none" };
  return h(
    "span",
    { class: "serving", title: `${said}; ${count(total)} answers in five minutes` },
    h("svg", { ...bar, role: "img", "aria-label": said }, bars),
  );
}
