// The JSON that core gives. `--json` prints the same shapes, so they only grow.

export type Upstream = Readonly<{
  name: string;
  origin: string;
  host: string | null;
  probe: string | null;
}>;

export type Checked =
  | Readonly<{
      state: "valid";
      host: string;
      upstreams: readonly Upstream[];
      routes: number;
      circuits: number;
    }>
  | Readonly<{ state: "refused"; error: string; line: number; column: number; key: string }>;

// Of `needs.json`, as far as it is used here.
export type Needs = Readonly<{
  secrets: readonly Readonly<{ name: string }>[];
  email: readonly Readonly<{ binding: string; from: readonly string[] }>[];
}>;

export type Compiled = Readonly<{
  name: string;
  module: string;
  needs: Needs;
  asked_as: readonly string[];
}>;

export type SurveyRequest = Readonly<{ path: string; host: string | null }>;

export type Adopted = Readonly<{
  text: string;
  frameworks: readonly Readonly<{ name: string; title: string }>[];
  marks: readonly Readonly<{ framework: string; what: string; source: string }>[];
  notes: readonly string[];
}>;

export type WalkStep =
  | Readonly<{
      do: "fetch";
      id: number;
      origin: string;
      path: string;
      host: string | null;
      fields: string;
    }>
  | Readonly<{ do: "wait"; until: number }>
  | Readonly<{ do: "await" }>
  | Readonly<{ do: "done" }>;

export type Survival =
  | Readonly<{
      state: "kept";
      fresh_ms: number;
      serves_ms: number;
      audience: "everyone" | "without_cookies";
    }>
  | Readonly<{ state: "lost"; reason: string; advice: string | null }>;

export type Explained = Readonly<{
  path: string;
  loaded_by: string | null;
  status: number;
  route: string;
  upstream: string;
  circuit: string;
  survival: Survival;
  snapshot_ms: number | null;
  redirect: Readonly<{ to: string; target: "loop" | "site" | "elsewhere" }> | null;
  varies: readonly string[];
  cookies: readonly string[];
  bytes: number;
  media_type: string;
  is_stream: boolean;
  took_ms: number;
  warnings: readonly string[];
}>;

export type WalkSummary = Readonly<{
  sentence: string;
  pages: number;
  surviving: number;
  loads: number;
  surviving_loads: number;
  loads_elsewhere: number;
  loops: number;
  reasons: readonly Readonly<{
    reason: string;
    advice: string | null;
    paths: readonly string[];
  }>[];
  left_out: number;
}>;
