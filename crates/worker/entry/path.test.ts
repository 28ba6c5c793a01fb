import assert from "node:assert/strict";
import { test } from "node:test";

import { entriesOf, resolve } from "./path.ts";
import { type Entry, entries, rules, statusEntries } from "./rules.ts";
import vectors from "./vectors.json" with { type: "json" };

interface Vector {
  readonly entries: readonly (Omit<Entry, "pattern"> & { readonly pattern: string })[];
  readonly paths: readonly (readonly [path: string, at: number | null, sent: string | null])[];
}

test("paths are resolved as core resolves them", () => {
  let cases = 0;
  let refused = 0;
  for (const vector of vectors as unknown as readonly Vector[]) {
    const entries = vector.entries.map((entry) => ({
      ...entry,
      pattern: new RegExp(entry.pattern),
    }));
    for (const [path, at, sent] of vector.paths) {
      const resolved = resolve(entries, path);
      assert.deepEqual([resolved?.at ?? null, resolved?.path ?? null], [at, sent], path);
      cases += 1;
      if (at === null) refused += 1;
    }
  }
  // The vectors are of both kinds.
  assert(cases >= 10_000 && refused > 100 && refused < cases / 2, `${refused} of ${cases}`);
});

// Core's own test has the same cases.
test("a host is known by its name alone", () => {
  const host = rules.statusHost;
  assert(host !== null, "the site has a status page's host");
  for (const authority of [host, `${host}:8787`, `${host.toUpperCase()}.`]) {
    assert.equal(entriesOf(authority), statusEntries, authority);
  }
  for (const authority of [`a.${host}`, `${host}.evil.example`, "127.0.0.1:8787", "[::1]:1", ""]) {
    assert.equal(entriesOf(authority), entries, authority);
  }
});
