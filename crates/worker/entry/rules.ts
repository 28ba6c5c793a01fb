// The rules of forwarding, for when the wasm cannot decide: what core says for every site, and what
// the compiled site adds.
import { forwardingRules } from "./forwarding_rules.ts";
import { forwarding, type SiteEntry, type Upstream } from "./site.js";

export type { Upstream };

export interface Entry extends Omit<SiteEntry, "pattern"> {
  readonly pattern: RegExp;
}

export type Refusal = readonly [status: number, phrase: string];

// It names no field of another name than core's `ForwardingRules` has.
export interface ForwardingRules {
  readonly dropped: readonly string[];
  readonly droppedFromAnswers: readonly string[];
  readonly neverStripped: readonly string[];
  readonly plainConnection: readonly string[];
  readonly sessionCookies: readonly string[];
  readonly addressFields: readonly string[];
  readonly bodylessMethods: readonly string[];
  readonly safeMethods: readonly string[];
  readonly urlMax: number;
  readonly fieldsMax: number;
  readonly refused: {
    readonly path: Refusal;
    readonly url: Refusal;
    readonly fields: Refusal;
    readonly again: Refusal;
  };
}

export interface Rules extends ForwardingRules {
  readonly statusHost: string | null;
  readonly pseudonym: string;
}

const { statusHost, pseudonym } = forwarding;
export const rules: Rules = { ...forwardingRules, statusHost, pseudonym };

const compiled = (listed: readonly SiteEntry[]): readonly Entry[] =>
  listed.map((entry) => ({ ...entry, pattern: new RegExp(entry.pattern) }));

export const entries = compiled(forwarding.entries);
export const statusEntries = compiled(forwarding.statusEntries);
