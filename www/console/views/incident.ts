// One incident: what is known, all that happened, and what people do about it.
import { segment } from "../api.ts";
import type { App } from "../app.ts";
import type { Field, Filled, Question } from "../dialog.ts";
import { millis, span, words } from "../format.ts";
import { button, card, clockTime, empty, facts, loaded, mark, state, time } from "../parts.ts";
import { addressOf, type Route } from "../router.ts";
import type { TimelineEntry, WholeIncident } from "../types.ts";
import { type Children, h } from "../vdom.ts";
import { incidentWord, isOver } from "../words.ts";
import { NOTIFY, SEVERITIES, TEXT } from "./incidents.ts";
import { told } from "./timeline.ts";

const idOf = ({ route }: App): string => (route.view === "incident" ? route.id : "");

export const wants = (app: App) => [app.store.incident(idOf(app))];

export function incident(app: App): Children {
  const { store, now } = app;
  const resource = store.incident(idOf(app));
  return [
    h("h1", null, resource.value?.title ?? "Incident"),
    loaded(
      resource,
      "the incident",
      now,
      () => app.reload(resource),
      (value) => [
        head(app, value),
        value.postmortem === undefined
          ? null
          : card("Postmortem", h("p", { class: "written" }, value.postmortem)),
        timeline(app, value),
      ],
    ),
  ];
}

function head(app: App, it: WholeIncident): Children {
  const { now } = app;
  const { since, resolved_at: resolved, runbook, checks, components } = it;
  const lasted = (resolved === undefined ? now : millis(resolved)) - millis(since);
  const names = checks.map(({ name, is_failing: fails }) =>
    h(
      "li",
      { key: name },
      h("a", { href: addressOf(placeOf(name)) }, name),
      fails ? ", failing" : ", well again",
    ),
  );
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
        state(incidentWord(it.state)),
        h("span", { class: "tag" }, it.severity),
        it.is_flapping ? h("span", { class: "tag" }, "flapping") : null,
      ),
      h("div", { class: "actions" }, actions(app, it)),
    ),
    it.summary === "" ? null : h("p", null, it.summary),
    facts([
      ["Began", [clockTime(since, now), ", ", time(since, now)]],
      ["Opened", clockTime(it.opened_at, now)],
      ["Ended", resolved === undefined ? undefined : clockTime(resolved, now)],
      [resolved === undefined ? "Lasts for" : "Lasted", span(lasted)],
      ["Taken on by", it.acknowledged_by],
      ["Checks", names.length === 0 ? undefined : h("ul", { class: "plain" }, names)],
      [
        "Components",
        components.length === 0
          ? undefined
          : components.map(({ name, impact }) => `${name}: ${words(impact)}`).join(", "),
      ],
      [
        "Explained by",
        it.inhibited_by === undefined
          ? undefined
          : h("a", { href: addressOf({ view: "incident", id: it.inhibited_by }) }, it.inhibited_by),
      ],
      ["Told", it.told.length === 0 ? "no channel" : it.told.join(", ")],
      ["Runbook", runbook === undefined ? undefined : shownRunbook(runbook)],
    ]),
  );
}

// No check has a name with a colon: such a part is an alert of an objective.
export const placeOf = (name: string): Route =>
  name.includes(":") ? { view: "objectives" } : { view: "check", name };

const shownRunbook = (runbook: string): Children =>
  runbook.startsWith("https://")
    ? h("a", { href: runbook, rel: "noreferrer" }, runbook)
    : h("code", null, runbook);

function actions(app: App, it: WholeIncident): Children {
  const over = isOver(it.state);
  const may = (operation: string, text: string, work: () => void, isShown: boolean) =>
    isShown && app.may(operation) ? button(text, work, { key: operation }) : null;
  return [
    may(
      "acknowledge_incident",
      "Take it on",
      () => app.act(() => change(app, it.id, "acknowledge", {}, "You have taken it on.")),
      !over && it.acknowledged_by === undefined,
    ),
    may("update_incident", "Update …", () => update(app, it), !over),
    may("add_note", "Note …", () => note(app, it), true),
    may("resolve_incident", "Resolve …", () => resolve(app, it), !over),
    may("reopen_incident", "Reopen …", () => reopen(app, it), over),
    may("write_postmortem", "Postmortem …", () => postmortem(app, it), over),
  ];
}

async function change(
  app: App,
  id: string,
  what: string,
  body: Readonly<Record<string, unknown>>,
  said: string,
): Promise<void> {
  await app.api.send("POST", `/incidents/${segment(id)}/${what}`, body);
  app.reload(app.store.incident(id), app.store.incidents);
  app.tell(said);
}

// The body that a form makes: its flag is one, and what was left as it is, is left out.
const bodyOf = ({ notify, ...filled }: Filled): Record<string, unknown> => ({
  ...Object.fromEntries(Object.entries(filled).filter(([, value]) => value !== "same")),
  ...(notify === undefined ? {} : { notify: notify === "true" }),
});

function ask(
  app: App,
  { id }: WholeIncident,
  what: string,
  said: string,
  question: Omit<Question, "act">,
): void {
  app.ask({ ...question, act: (filled) => change(app, id, what, bodyOf(filled), said) });
}

function update(app: App, it: WholeIncident): void {
  const same: readonly [string, string] = ["same", "as it is"];
  const states = ["investigating", "identified", "monitoring"].map(
    (name): readonly [string, string] => [name, name],
  );
  const fields: Field[] = [
    { name: "state", label: "State", kind: "choice", choices: [same, ...states], value: "same" },
    { ...SEVERITIES, choices: [same, ...(SEVERITIES.choices ?? [])], value: "same" },
    TEXT,
    NOTIFY,
  ];
  ask(app, it, "update", "The update is written down.", {
    title: "Update the incident",
    fields,
    does: "Tell it",
  });
}

function note(app: App, it: WholeIncident): void {
  ask(app, it, "note", "The note is written down.", {
    title: "Note for other operators",
    text: "A note is never shown to visitors and never sent.",
    fields: [{ ...TEXT, label: "Note" }],
    does: "Write it down",
  });
}

function resolve(app: App, it: WholeIncident): void {
  app.ask({
    title: "Resolve the incident",
    text: "It ends, whatever its checks say. If they still fail, they do not open it again.",
    fields: [{ ...TEXT, isOptional: true }, NOTIFY],
    does: "Resolve it",
    act: async (filled) => {
      await app.api.send("POST", `/incidents/${segment(it.id)}/resolve`, bodyOf(filled));
      app.reload(app.store.incident(it.id), app.store.incidents);
      const text = "It is not over: taken back in the console.";
      const undo = () =>
        change(app, it.id, "reopen", { text, notify: false }, "The incident is open again.");
      app.tell("The incident is resolved.", { text: "Reopen it", act: undo });
    },
  });
}

function reopen(app: App, it: WholeIncident): void {
  ask(app, it, "reopen", "The incident is open again.", {
    title: "Reopen the incident",
    fields: [TEXT, NOTIFY],
    does: "Reopen it",
  });
}

function postmortem(app: App, it: WholeIncident): void {
  ask(app, it, "postmortem", "The postmortem is published.", {
    title: "Postmortem",
    text: "Everyone can read it on the status page.",
    fields: [
      { ...TEXT, label: "What was found out", ...(it.postmortem ? { value: it.postmortem } : {}) },
    ],
    does: "Publish it",
  });
}

function timeline(app: App, it: WholeIncident): Children {
  const entries = [...it.timeline].reverse();
  return card(
    "Timeline",
    it.dropped === 0
      ? null
      : h("p", { class: "quiet" }, `${it.dropped} entries of machines made room for later ones.`),
    entries.length === 0
      ? empty("Nothing has happened yet.")
      : h(
          "ol",
          { class: "timeline", reversed: true },
          entries.map((entry) => line(app, it, entry)),
        ),
  );
}

function line(app: App, it: WholeIncident, entry: TimelineEntry): Children {
  const { tone, text, written, by, edited } = told(entry);
  const isLate = millis(entry.recorded_at) - millis(entry.at) > 60_000;
  return h(
    "li",
    { key: entry.entry, class: written === undefined ? "entry" : "entry written-by-people" },
    mark(tone),
    h(
      "div",
      null,
      h("p", null, text, by === undefined ? null : h("span", { class: "quiet" }, ` by ${by}`)),
      written === undefined ? null : h("p", { class: "written" }, written),
      h(
        "p",
        { class: "quiet" },
        clockTime(entry.at, app.now),
        isLate ? [", written down ", clockTime(entry.recorded_at, app.now)] : null,
        edited === undefined ? null : `, edited by ${edited}`,
      ),
    ),
    written !== undefined && app.may("edit_incident")
      ? button("Edit …", () => edit(app, it, entry, written), {
          "aria-label": `Edit the entry of ${new Date(millis(entry.at)).toLocaleString()}`,
        })
      : null,
  );
}

function edit(app: App, { id }: WholeIncident, { entry }: TimelineEntry, text: string): void {
  app.ask({
    title: "Edit what was written",
    text: "The entry then says who changed it, and when.",
    fields: [{ ...TEXT, label: "Text", value: text }],
    does: "Replace it",
    act: (filled) =>
      change(app, id, "edit", { entry, text: filled["text"] }, "The text is replaced."),
  });
}
