// What the operators' API says, as far as the console reads it
// (`docs/reference/operators-api.md`).

// Milliseconds since 1970, or a text such as `2026-12-24T20:00:00Z`.
export type Time = number | string;

export type CircuitState =
  | "closed"
  | "open"
  | "half_open"
  | "forced_open"
  | "forced_closed"
  | "metrics_only";
export type CheckState = "pending" | "unknown" | "down" | "degraded" | "up";
export type Severity = "P0" | "P1" | "P2" | "P3";
export type IncidentState =
  | "investigating"
  | "identified"
  | "monitoring"
  | "resolved"
  | "postmortem";

export interface Session {
  readonly role: string;
  readonly by: string;
  // How that is known: by a `session`, or by what comes with each request.
  readonly proof?: string;
  readonly expires_at?: Time;
}

export interface Latency {
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  readonly calls: number;
}

export interface Answers {
  readonly origin: number;
  readonly copies: number;
  readonly snapshots: number;
  readonly fallbacks: number;
  readonly other: number;
  readonly errors: number;
}

export interface Ordered {
  readonly order: string;
  readonly reason?: string;
  readonly by: string;
  readonly at: Time;
  readonly expires_at?: Time;
}

export interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: string;
  readonly at: Time;
}

export interface Probe {
  readonly at: Time;
  readonly passed: boolean;
  readonly took_ms: number;
  readonly status?: number;
  readonly error?: string;
}

export interface Circuit {
  readonly name: string;
  readonly state: CircuitState;
  readonly retry_after_ms?: number;
  readonly calls: number;
  readonly failures: number;
  readonly slow_calls: number;
  readonly last_round?: Time;
  readonly replicas: number;
  readonly latency?: Latency;
  readonly answers?: Answers;
  readonly transitions: readonly Transition[];
  readonly probes: readonly Probe[];
  readonly orders: readonly Ordered[];
  readonly override?: Ordered;
  readonly bypass?: Ordered;
}

export interface FailedCircuit {
  readonly name: string;
  readonly error: string;
}

export interface Upstream {
  readonly name: string;
  readonly critical: boolean;
  readonly probe?: string;
  readonly circuits: readonly (Circuit | FailedCircuit)[];
}

export interface Upstreams {
  readonly upstreams: readonly Upstream[];
}

export interface Minute {
  readonly at: Time;
  readonly calls: number;
  readonly failures: number;
  readonly latency?: Latency;
  readonly answers: Answers;
}

export interface CircuitHistory {
  readonly name: string;
  readonly state: CircuitState;
  readonly transitions: readonly Transition[];
  readonly orders: readonly Ordered[];
  readonly minutes: readonly Minute[];
}

export interface History {
  readonly circuits: readonly (CircuitHistory | FailedCircuit)[];
}

export interface PlaceFound {
  readonly place: string;
  readonly at: Time;
  readonly result: "up" | "degraded" | "down";
  readonly took_ms: number;
  readonly status?: number;
  readonly reasons: readonly string[];
}

export interface Failure {
  readonly at: Time;
  readonly place: string;
  readonly method?: string;
  readonly url: string;
  readonly status?: number;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
  readonly took_ms: number;
  readonly reasons: readonly string[];
  readonly step?: string;
  readonly steps: readonly { step: string; took_ms: number; status?: number }[];
  readonly curl?: string;
}

export interface Check {
  readonly name: string;
  readonly kind: string;
  readonly state: CheckState;
  readonly severity: Severity;
  readonly is_unsure: boolean;
  readonly in_maintenance: boolean;
  readonly paused_until?: Time;
  readonly incident_since?: Time;
  readonly resolved_at?: Time;
  readonly places: readonly PlaceFound[];
  readonly last_failure?: Failure;
}

export interface Checks {
  readonly checks: readonly Check[];
}

export interface Incident {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly state: IncidentState;
  readonly since: Time;
  readonly opened_at: Time;
  readonly resolved_at?: Time;
  readonly is_flapping: boolean;
  readonly checks: readonly { name: string; is_failing: boolean; since: Time }[];
  readonly components: readonly { name: string; impact: string }[];
  readonly acknowledged_by?: string;
  readonly inhibited_by?: string;
  readonly summary: string;
  readonly runbook?: string;
  readonly postmortem?: string;
  readonly told: readonly string[];
}

export interface TimelineEntry {
  readonly entry: number;
  readonly at: Time;
  readonly recorded_at: Time;
  // One member, whose name says what happened.
  readonly what: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface WholeIncident extends Incident {
  readonly timeline: readonly TimelineEntry[];
  readonly dropped: number;
}

export interface Incidents {
  readonly incidents: readonly Incident[];
}

export interface Delivery {
  readonly message: string;
  readonly channel: string;
  readonly added_at: Time;
  readonly attempts: number;
  readonly due: Time;
  readonly expires_at: Time;
  readonly error?: unknown;
  readonly reason?: string;
  readonly at?: Time;
}

export interface Alerts {
  readonly channels: readonly { name: string; kind: string; severities: readonly Severity[] }[];
  readonly pending: readonly Delivery[];
  readonly dead: readonly Delivery[];
  readonly dropped: number;
}

export interface Snapshot {
  readonly path: string;
  readonly for: string;
  readonly named_by: string;
  readonly kept?: { age_ms: number; max_age_ms: number; made: Time; bytes: number };
  readonly refused?: { why: string; at: Time; times: number };
}

export interface Snapshots {
  readonly plan: string;
  readonly last_round?: Readonly<Record<string, number>>;
  readonly snapshots: readonly Snapshot[];
  readonly sources?: readonly { path: string; read?: Time; refused?: { why: string } }[];
}

export interface Window {
  readonly match: string;
  readonly start: Time;
  readonly end: Time;
  readonly message?: string;
  readonly ordered_by: "file" | "operator" | "series";
  readonly holds: boolean;
  readonly lifted: boolean;
}

export interface Series {
  readonly match: string;
  readonly start: string;
  readonly zone: string;
  readonly lasts: string;
  readonly rrule: string;
  readonly message?: string;
}

export interface Maintenance {
  readonly windows: readonly Window[];
  readonly series?: readonly Series[];
}

export interface Budget {
  readonly hour: Readonly<Record<string, { plan: number; budget: number; left: number }>>;
  readonly held: {
    readonly checks: Readonly<Record<string, number>>;
    readonly deliveries: number;
    readonly reports: number;
    readonly refreshes: number;
    readonly last_at?: Time;
  };
}

export interface Objective {
  readonly name: string;
  // One member, whose name says what the objective is about.
  readonly subject: Readonly<Record<string, string>>;
  readonly kind: "availability" | { readonly latency: string };
  readonly target: string;
  readonly window: string;
  readonly good: number;
  readonly bad: number;
  readonly good_ppm?: number;
  readonly budget_left_ppm: number;
  readonly burn_rates: readonly { window: string; events: number; burn_rate_ppm: number }[];
  readonly rules: readonly {
    readonly alert: string;
    readonly burn_rate_ppm: number;
    readonly long_window: string;
    readonly short_window: string;
    readonly holds: boolean;
  }[];
  readonly budget_ends_at?: Time;
  readonly firing: readonly string[];
}

export interface Objectives {
  readonly objectives: readonly Objective[];
}

export interface Event {
  readonly at: Time;
  readonly event: string;
  readonly by: string;
  readonly reason?: string;
  readonly [more: string]: unknown;
}

export interface Events {
  readonly events: readonly Event[];
  readonly unread?: number;
}

export type Json = null | boolean | number | string | readonly Json[] | { [name: string]: Json };
export type Configuration = Readonly<Record<string, Json>>;

export type News =
  | { type: "circuit"; upstream: string; circuit: string; from: CircuitState; to: CircuitState }
  | { type: "check"; check: string; from: CheckState; to: CheckState }
  | {
      type: "incident";
      incident: string;
      title: string;
      severity: Severity;
      state: IncidentState;
    }
  | { type: "delivery"; channel: string; message: string; end: "delivered" | "failed" | "dead" }
  | { type: "order"; event: Event }
  | { type: "more" };

export const isFailed = (circuit: object): circuit is FailedCircuit => "error" in circuit;
