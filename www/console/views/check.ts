// One check: what its places found, and what was seen when it last was not well.
import type { App } from "../app.ts";
import { span } from "../format.ts";
import { pause, resume, run } from "../orders.ts";
import { button, card, clockTime, empty, facts, loaded, state, table, time } from "../parts.ts";
import type { Check, Failure } from "../types.ts";
import { type Children, h } from "../vdom.ts";
import { checkWord } from "../words.ts";
import { canRun, conditions } from "./checks.ts";

const nameOf = ({ route }: App): string => (route.view === "check" ? route.name : "");

export const wants = (app: App) => [app.store.check(nameOf(app))];

export function check(app: App): Children {
  const { store, now } = app;
  const resource = store.check(nameOf(app));
  return [
    h("h1", null, nameOf(app)),
    loaded(
      resource,
      "the check",
      now,
      () => app.reload(resource),
      (check) => [
        head(app, check),
        card("What its places found last", places(check, now)),
        check.last_failure === undefined
          ? null
          : card("When it last was not well", evidence(check.last_failure, now)),
      ],
    ),
  ];
}

function head(app: App, check: Check): Children {
  const { now } = app;
  const { incident_since: since, resolved_at: resolved, paused_until: paused } = check;
  return h(
    "section",
    { class: "card" },
    h(
      "div",
      { class: "title" },
      h(
        "h2",
        { class: "with-state" },
        "State: ",
        state(checkWord(check.state)),
        conditions(check, now),
      ),
      h(
        "div",
        { class: "actions" },
        canRun(app, check) ? button("Run now", () => app.act(() => run(app, check.name))) : null,
        app.may("pause_check")
          ? paused === undefined
            ? button("Pause …", () => pause(app, check.name))
            : button("Make it again", () => app.act(() => resume(app, check.name)))
          : null,
      ),
    ),
    facts([
      ["Kind", check.kind],
      ["Severity", check.severity],
      ["Has an incident since", since === undefined ? undefined : time(since, now)],
      ["Its last incident ended", resolved === undefined ? undefined : time(resolved, now)],
    ]),
  );
}

function places({ places: all }: Check, now: number): Children {
  if (all.length === 0) return empty("No place has found anything yet.");
  return table(
    "Places",
    ["Place", "Result", "When", "Took", "Status", "Why"],
    all.map(({ place, result, at, took_ms: took, status, reasons }) => [
      place,
      state(checkWord(result)),
      time(at, now),
      span(took),
      status === undefined ? "–" : String(status),
      reasons.length === 0 ? "–" : reasons.join("; "),
    ]),
  );
}

function evidence(failure: Failure, now: number): Children {
  const { at, place, method, url, status, fields, body, took_ms: took, reasons, curl } = failure;
  return [
    facts([
      ["When", clockTime(at, now)],
      ["Place", place],
      ["Asked", [method, url].filter((part) => part !== undefined).join(" ")],
      ["Status", status === undefined ? undefined : String(status)],
      ["Took", span(took)],
      ["Why", reasons.join("; ")],
      ["Step", failure.step],
    ]),
    failure.steps.length === 0
      ? null
      : table(
          "Steps",
          ["Step", "Took", "Status"],
          failure.steps.map((step) => [step.step, span(step.took_ms), String(step.status ?? "–")]),
        ),
    fields.length === 0
      ? null
      : more("Fields of the answer", fields.map(([name, value]) => `${name}: ${value}`).join("\n")),
    body === "" ? null : more("The beginning of its body", body),
    curl === undefined ? null : more("The same with curl", curl),
  ];
}

const more = (title: string, text: string): Children =>
  h(
    "details",
    { key: title },
    h("summary", null, title),
    h("pre", { tabindex: "0", role: "region", "aria-label": title }, text),
  );
