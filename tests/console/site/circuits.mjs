// Upstreams and what became of their circuits.
import { HOUR } from "./times.mjs";

export function upstream(name, index, { draw, between, trouble, now }) {
  const states = ["open", "half_open", "forced_open", "metrics_only"];
  const isIll = trouble && index % 9 === 1;
  const state = isIll ? states[Math.floor(index / 9) % states.length] : "closed";
  const calls = between(40, 9_000);
  const failures = isIll ? Math.floor(calls * 0.7) : Math.floor(calls * draw() * 0.01);
  const p50 = between(8, 90);
  const order = {
    order: state,
    reason: "the vendor works on it",
    by: "token",
    at: now - 9 * 60_000,
    expires_at: now + 51 * 60_000,
  };
  const isForced = state === "forced_open" || state === "metrics_only";
  const transitions = Array.from({ length: isIll ? 20 : 3 }, (_, at) => ({
    from: at % 2 === 0 ? "closed" : "half_open",
    to: at === 0 && isIll ? state : at % 2 === 0 ? "open" : "closed",
    reason: at === 0 && isForced ? "operator" : at % 2 === 0 ? "failure_rate" : "probes_succeeded",
    at: now - 4 * 60_000 - at * 3 * HOUR,
  }));
  const probes = Array.from({ length: 20 }, (_, at) => ({
    at: now - at * 60_000,
    passed: !(isIll && at < 5),
    took_ms: between(9, 80),
    ...(isIll && at < 5 ? { error: "the connection was refused" } : { status: 200 }),
  }));
  const circuit = {
    name,
    state,
    generation: between(3, 90),
    ...(state === "open" ? { retry_after_ms: 21_000 } : {}),
    calls,
    failures,
    slow_calls: Math.floor(failures / 3),
    last_round: now - 20_000,
    replicas: between(3, 400),
    latency: { p50_ms: p50, p95_ms: p50 * 4, p99_ms: p50 * between(6, 20), calls },
    answers: answers(calls * 5, isIll, between),
    transitions,
    probes,
    orders: isForced ? [order] : [],
    ...(isForced ? { override: order } : {}),
  };
  return { name, critical: index < 2, probe: "/health", circuits: [circuit] };
}

function answers(total, isIll, between) {
  const copies = isIll ? Math.floor(total * 0.61) : Math.floor(total * 0.04);
  const snapshots = isIll ? Math.floor(total * 0.12) : 0;
  const fallbacks = isIll ? Math.floor(total * 0.09) : 0;
  const other = between(0, 4);
  const origin = Math.max(0, total - copies - snapshots - fallbacks - other);
  return { errors: fallbacks, origin, copies, snapshots, fallbacks, other };
}

export function history({ circuits: [circuit] }, { between, now }) {
  const minute = Math.floor(now / 60_000);
  const isIll = circuit.state !== "closed";
  const minutes = Array.from({ length: 60 }, (_, at) => at)
    .filter((at) => at !== 22 && at !== 23)
    .map((at) => {
      const isBad = isIll && at > 46;
      const calls = between(isBad ? 20 : 300, isBad ? 90 : 420);
      const p50 = between(20, 40) * (isBad ? 9 : 1);
      return {
        at: (minute - 59 + at) * 60_000,
        calls,
        failures: isBad ? Math.floor(calls * 0.7) : between(0, 3),
        latency: { p50_ms: p50, p95_ms: p50 * 3, p99_ms: p50 * between(5, 9), calls },
        answers: answers(calls, isBad, between),
      };
    });
  const { name, state, transitions, orders } = circuit;
  return { circuits: [{ name, state, transitions, orders, minutes }] };
}
