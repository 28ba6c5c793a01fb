// What the console has seen of each circuit since it was opened, for the small lines in lists.
import { h, type VNode } from "./vdom.ts";

// Readings that a line shows: five minutes, at one each five seconds.
const READINGS = 60;
// Circuits whose readings are remembered.
const CIRCUITS_MAX = 2_000;

export class Readings {
  readonly #of = new Map<string, number[]>();

  add(name: string, value: number | undefined): void {
    let readings = this.#of.get(name);
    if (readings === undefined) {
      if (this.#of.size >= CIRCUITS_MAX) return;
      readings = [];
      this.#of.set(name, readings);
    }
    readings.push(value ?? 0);
    if (readings.length > READINGS) readings.shift();
  }

  of(name: string): readonly number[] {
    return this.#of.get(name) ?? [];
  }
}

// The line through readings, the latest at the right edge, as a path in a box of 60 by 16.
export function linePath(readings: readonly number[]): string {
  const top = Math.max(1, ...readings);
  const from = READINGS - readings.length;
  return readings
    .map((value, at) => {
      const y = 15 - (value / top) * 14;
      return `${at === 0 ? "M" : "L"}${from + at} ${y.toFixed(1)}`;
    })
    .join("");
}

// It adds nothing to the figures beside it, so it is not read out.
export function spark(readings: readonly number[]): VNode | null {
  if (readings.length < 2) return null;
  const box = { class: "spark", viewBox: `0 0 ${READINGS} 16`, preserveAspectRatio: "none" };
  return h("svg", { ...box, "aria-hidden": "true" }, h("path", { d: linePath(readings) }));
}
