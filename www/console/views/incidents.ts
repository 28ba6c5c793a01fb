// All incidents that are kept.
import type { App } from "../app.ts";
import type { Field } from "../dialog.ts";
import { fits, narrow, narrowing, wordsOf } from "../filter.ts";
import { count, millis, span } from "../format.ts";
import { button, empty, loaded, state, time } from "../parts.ts";
import { addressOf } from "../router.ts";
import type { Incident } from "../types.ts";
import { type Children, h } from "../vdom.ts";
import { incidentWord, isOver } from "../words.ts";

export const wants = ({ store }: App) => [store.incidents];

export function incidents(app: App): Children {
  const { store, now } = app;
  const { text, onlyTrouble } = narrowing(app, "incidents");
  const words = wordsOf(text);
  const all = store.incidents.value?.incidents ?? [];
  const items = all.filter(
    ({ id, title, severity, state: is, checks }) =>
      fits(words, id, title, severity, is, ...checks.map(({ name }) => name)) &&
      (!onlyTrouble || !isOver(is)),
  );
  return [
    h(
      "div",
      { class: "title" },
      h("h1", null, "Incidents"),
      app.may("open_incident") ? button("Open an incident …", () => open(app)) : null,
    ),
    loaded(
      store.incidents,
      "incidents",
      now,
      () => app.reload(store.incidents),
      () => [
        narrow(
          app,
          "incidents",
          "Only what is open",
          `${count(items.length)} of ${count(all.length)} incidents`,
        ),
        items.length === 0
          ? empty("No incident is here.")
          : h(
              "ul",
              { class: "lines long" },
              items.map((incident) => incidentLine(app, incident)),
            ),
      ],
    ),
  ];
}

export function incidentLine({ now }: App, incident: Incident): Children {
  const { id, title, severity, state: is, since, resolved_at: resolved } = incident;
  const lasted = resolved === undefined ? undefined : millis(resolved) - millis(since);
  return h(
    "li",
    { key: id, class: "line" },
    state(incidentWord(is)),
    h("span", { class: "tag" }, severity),
    h("a", { href: addressOf({ view: "incident", id }) }, title),
    h(
      "span",
      { class: "quiet" },
      "began ",
      time(since, now),
      lasted === undefined ? null : `, lasted ${span(lasted)}`,
      incident.acknowledged_by === undefined ? null : ", taken on",
      incident.is_flapping ? ", flapping" : null,
      incident.inhibited_by === undefined ? null : ", explained by another",
    ),
  );
}

export const TEXT: Field = {
  name: "text",
  label: "What people are told",
  kind: "lines",
  longest: 5000,
};

export const NOTIFY: Field = {
  name: "notify",
  label: "Tell people through the channels",
  kind: "flag",
  hint: "Without it, it is only written down and shown.",
  value: "true",
};

export const SEVERITIES: Field = {
  name: "severity",
  label: "Severity",
  kind: "choice",
  value: "P2",
  choices: [
    ["P0", "P0: the site is of no use"],
    ["P1", "P1: something that matters fails"],
    ["P2", "P2: something fails that can be done without"],
    ["P3", "P3: a blemish"],
  ],
};

function open(app: App): void {
  app.ask({
    title: "Open an incident",
    fields: [
      { name: "title", label: "Title", kind: "text", longest: 120 },
      SEVERITIES,
      TEXT,
      {
        name: "since",
        label: "Began",
        kind: "time",
        isOptional: true,
        hint: "By your clock. Without it, now.",
      },
      {
        name: "resolved_at",
        label: "Ended",
        kind: "time",
        isOptional: true,
        hint: "Only of what is over already.",
      },
      NOTIFY,
    ],
    does: "Open it",
    act: async ({ notify, ...filled }) => {
      const body = { ...filled, notify: notify === "true" };
      const made = await app.api.send<Incident>("POST", "/incidents", body);
      app.reload(app.store.incidents);
      app.tell(`“${made.title}” is open.`);
      app.go({ view: "incident", id: made.id });
    },
  });
}
