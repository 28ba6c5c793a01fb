// What core found, for people.
import type { Explained, WalkSummary } from "./shapes.ts";

// The most paths that are named for one reason.
const PATHS_MAX = 10;

export function duration(ms: number): string {
  const units: readonly (readonly [string, number])[] = [
    ["days", 86_400_000],
    ["hours", 3_600_000],
    ["minutes", 60_000],
  ];
  const found = units.find(([, unit]) => ms >= 2 * unit);
  return found === undefined
    ? `${Math.round(ms / 1000)} s`
    : `${Math.floor(ms / found[1])} ${found[0]}`;
}

export function size(bytes: number): string {
  if (bytes < 1024) {
    return `${bytes} B`;
  }
  const kib = bytes / 1024;
  return kib < 1024 ? `${kib.toFixed(kib < 10 ? 1 : 0)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

// Whether it would survive, in a few words.
export function verdict(one: Explained): string {
  if (one.survival.state === "kept") {
    const whom = one.survival.audience === "everyone" ? "everyone" : "visitors without cookies";
    return `survives ${duration(one.survival.serves_ms)} for ${whom}`;
  }
  if (one.snapshot_ms !== null) {
    return `survives ${duration(one.snapshot_ms)} as a snapshot; no copy: ${one.survival.reason}`;
  }
  return `does not survive: ${one.survival.reason}`;
}

export function shownInLine(one: Explained): string {
  const mark = one.survival.state === "kept" || one.snapshot_ms !== null ? "+" : "-";
  return `  ${mark} ${one.path}  ${one.status === 0 ? "" : `${one.status}  `}${verdict(one)}`;
}

export function shownInFull(one: Explained): string[] {
  const lines = [`${one.path}  ${one.status === 0 ? "no answer" : one.status}`];
  const say = (name: string, value: string): void => {
    lines.push(`  ${name.padEnd(9)} ${value}`);
  };
  if (one.redirect !== null) {
    const kinds = { loop: " in a loop", site: "", elsewhere: " on another host" };
    say("redirects", `to ${one.redirect.to}${kinds[one.redirect.target]}`);
  }
  say("outage", verdict(one));
  if (one.survival.state === "kept" && one.snapshot_ms !== null) {
    say("snapshot", `serves ${duration(one.snapshot_ms)} where no copy is`);
  }
  if (one.survival.state === "lost" && one.survival.advice !== null) {
    say("advice", one.survival.advice);
  }
  say("route", `${one.route} to ${one.upstream}, circuit ${one.circuit}`);
  if (one.survival.state === "kept" && one.survival.fresh_ms > 0) {
    say("fresh", `for ${duration(one.survival.fresh_ms)}`);
  }
  if (one.varies.length > 0) {
    say("varies", `by ${one.varies.join(", ")}`);
  }
  if (one.cookies.length > 0) {
    say("cookies", one.cookies.join(", "));
  }
  if (one.status !== 0) {
    const stream = one.is_stream ? ", a stream" : "";
    say(
      "body",
      `${size(one.bytes)} of ${one.media_type || "no type"}${stream}, in ${one.took_ms} ms`,
    );
  }
  for (const warning of one.warnings) {
    say("warning", warning);
  }
  return lines;
}

export function shownSummary(summary: WalkSummary): string[] {
  const lines = ["", summary.sentence];
  const isSaid = summary.reasons.length === 1;
  for (const { reason, advice, paths } of summary.reasons) {
    if (!isSaid) {
      lines.push(`  ${paths.length} because ${reason}`);
    }
    for (const path of paths.slice(0, PATHS_MAX)) {
      lines.push(`    ${path}`);
    }
    if (paths.length > PATHS_MAX) {
      lines.push(`    and ${paths.length - PATHS_MAX} more`);
    }
    if (advice !== null) {
      lines.push(`    advice: ${advice}`);
    }
  }
  if (summary.loads > 0) {
    const files = summary.loads === 1 ? "file" : "files";
    lines.push(
      `of ${summary.loads} ${files} that pages load ${summary.surviving_loads} would survive`,
    );
  }
  if (summary.loads_elsewhere > 0) {
    lines.push(
      `${summary.loads_elsewhere} more come from other hosts, which Breakwater does not see`,
    );
  }
  if (summary.left_out > 0) {
    const were = summary.left_out === 1 ? "page was" : "pages were";
    lines.push(`${summary.left_out} ${were} left out: \`--max\` says how many are looked at`);
  }
  return lines;
}
