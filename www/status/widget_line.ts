// What the widget says of the state that a status page tells.

// How the whole site is.
export type State = keyof typeof COLORS;

// What the widget shows.
export interface Line {
  state: State;
  color: string;
  text: string;
}

// The colors of the badges (`color` in crates/core/src/site/status/wording.rs).
const COLORS = {
  operational: "#1a7f37",
  under_maintenance: "#0969da",
  unknown: "#57606a",
  degraded_performance: "#9a6700",
  partial_outage: "#bc4c00",
  major_outage: "#cf222e",
} as const;

// The longest text that is shown, in characters: more does not belong in one line.
const TEXT_MAX = 200;

// The address of the status page, whose script this is: all but the last part of the path.
export function baseOf(src: string): string {
  return new URL(".", src).href.replace(/\/$/, "");
}

// What an answer of `api/v2/status.json` says. What is no such answer says nothing.
export function line(answer: unknown): Line {
  const name = textOf(answer, "page", "name");
  const description = textOf(answer, "status", "description");
  const state = textOf(answer, "breakwater", "state");
  if (!name || !description || !state || !isState(state)) return unread();
  const text = [...`${name}: ${description}`].slice(0, TEXT_MAX).join("");
  return { state, color: COLORS[state], text };
}

// What is said while there is no answer. It is neither well nor ill.
export function unread(): Line {
  return { state: "unknown", color: COLORS.unknown, text: "Status" };
}

function isState(text: string): text is State {
  return Object.hasOwn(COLORS, text);
}

// The text that an object has as a member of a member.
function textOf(value: unknown, outer: string, inner: string): string | undefined {
  const found = memberOf(memberOf(value, outer), inner);
  return typeof found === "string" ? found : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
