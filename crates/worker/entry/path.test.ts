import assert from "node:assert/strict";
import { test } from "node:test";

import { resolve } from "./path.ts";
import type { Entry } from "./rules.ts";
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
