// What states are called, how they are drawn, and which are worse. Each has a word and a shape, so
// that no state is told by its colour alone.
import type { CheckState, Circuit, CircuitState, FailedCircuit, IncidentState } from "./types.ts";
import { isFailed } from "./types.ts";

// How a state is drawn.
export type Tone = "well" | "warn" | "bad" | "order" | "none";

export interface Word {
  readonly text: string;
  readonly tone: Tone;
  // The higher, the earlier it is shown.
  readonly weight: number;
}

const CIRCUITS: Readonly<Record<CircuitState, Word>> = {
  closed: { text: "closed", tone: "well", weight: 0 },
  metrics_only: { text: "metrics only", tone: "order", weight: 2 },
  forced_closed: { text: "forced closed", tone: "order", weight: 3 },
  half_open: { text: "half open", tone: "warn", weight: 4 },
  forced_open: { text: "forced open", tone: "bad", weight: 5 },
  open: { text: "open", tone: "bad", weight: 6 },
};

const CHECKS: Readonly<Record<CheckState, Word>> = {
  up: { text: "up", tone: "well", weight: 0 },
  pending: { text: "pending", tone: "none", weight: 1 },
  unknown: { text: "unknown", tone: "none", weight: 2 },
  degraded: { text: "degraded", tone: "warn", weight: 3 },
  down: { text: "down", tone: "bad", weight: 4 },
};

const INCIDENTS: Readonly<Record<IncidentState, Word>> = {
  investigating: { text: "investigating", tone: "bad", weight: 4 },
  identified: { text: "identified", tone: "bad", weight: 3 },
  monitoring: { text: "monitoring", tone: "warn", weight: 2 },
  resolved: { text: "resolved", tone: "well", weight: 1 },
  postmortem: { text: "postmortem", tone: "well", weight: 0 },
};

const UNKNOWN: Word = { text: "unknown", tone: "none", weight: 7 };

// A state that a later version of the API names is shown by its name.
const named = (known: Readonly<Record<string, Word>>, state: string): Word =>
  known[state] ?? { ...UNKNOWN, text: state.replaceAll("_", " ") };

export const circuitWord = (circuit: Circuit | FailedCircuit): Word =>
  isFailed(circuit) ? { ...UNKNOWN, text: "cannot be asked" } : named(CIRCUITS, circuit.state);

export const circuitStateWord = (state: string): Word => named(CIRCUITS, state);
export const checkWord = (state: string): Word => named(CHECKS, state);
export const incidentWord = (state: string): Word => named(INCIDENTS, state);

export const isOver = (state: IncidentState): boolean =>
  state === "resolved" || state === "postmortem";

// Why a circuit changed its state.
const REASONS: Readonly<Record<string, string>> = {
  consecutive_failures: "failures in a row",
  failure_rate: "share of failures",
  slow_call_rate: "share of slow calls",
  throttled: "the upstream asked to stay away",
  exhausted: "the quota is used up",
  deadline_passed: "the time was over",
  probes_succeeded: "probes succeeded",
  probes_failed: "probes failed",
  operator: "an operator’s order",
  fleet: "the fleet’s evidence",
};

export const reasonText = (reason: string): string =>
  REASONS[reason] ?? reason.replaceAll("_", " ");

// What answered visitors, from the best to the worst.
export const SOURCES = [
  { name: "origin", text: "origin" },
  { name: "copies", text: "copies" },
  { name: "snapshots", text: "snapshots" },
  { name: "fallbacks", text: "fallback" },
  { name: "other", text: "other" },
] as const;
