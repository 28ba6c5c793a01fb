// What is around each view: the menu, how live the page is, and what was just done.
import type { App, Notice } from "./app.ts";
import { button, mark } from "./parts.ts";
import { addressOf, MENU, type Route, sectionOf } from "./router.ts";
import { type Children, h } from "./vdom.ts";
import { placesOf } from "./views/overview.ts";
import type { ViewParts } from "./views.ts";
import { checkWord, circuitWord, isOver, type Tone } from "./words.ts";

const LIVE: Readonly<Record<App["live"], { tone: Tone; text: string; about: string }>> = {
  live: { tone: "well", text: "Live", about: "What happens is shown as it happens." },
  connecting: { tone: "none", text: "Connecting", about: "Connecting to be told what happens." },
  polling: {
    tone: "warn",
    text: "Polling",
    about: "Live news cannot be had, so the page asks again every few seconds.",
  },
  paused: { tone: "none", text: "Paused", about: "The tab is not seen and asks nothing." },
};

export interface FrameParts {
  readonly notices: readonly Notice[];
  readonly dismiss: (number: number) => void;
  readonly act: (work: () => Promise<void>) => Promise<void>;
  readonly logOut: () => Promise<void>;
}

export function frame(app: App, view: ViewParts, parts: FrameParts): Children {
  const title = `${view.title(app)} – ${document.documentElement.dataset["site"] ?? "Breakwater"}`;
  if (document.title !== title) document.title = title;
  return [
    h("a", { key: "skip", class: "skip", href: "#main" }, "Skip to the content"),
    h(
      "header",
      { key: "top", class: "top" },
      h(
        "p",
        { class: "brand" },
        h(
          "a",
          { href: addressOf({ view: "overview" }) },
          document.documentElement.dataset["site"] ?? "Breakwater",
        ),
      ),
      liveness(app),
      who(app, parts),
    ),
    h("nav", { key: "menu", class: "menu", "aria-label": "Console" }, menu(app)),
    h(
      "main",
      // Each view is a page of its own: what is opened in one is not open in the next.
      { key: `main ${addressOf(app.route)}`, id: "main", tabindex: -1 },
      view.shown(app),
    ),
    h(
      "div",
      { key: "notices", class: "notices", role: "status", "aria-live": "polite" },
      parts.notices.map((notice) => shownNotice(notice, parts)),
    ),
  ];
}

function menu(app: App): Children {
  const current = sectionOf(app.route.view);
  return h(
    "ul",
    null,
    MENU.map(([view, text]) => {
      const number = troubles(app, view);
      return h(
        "li",
        { key: view },
        h(
          "a",
          {
            href: addressOf({ view } as Route),
            "aria-current": view === current ? "page" : undefined,
          },
          text,
          number === 0
            ? null
            : [
                h("span", { class: "number", "aria-hidden": "true" }, String(number)),
                h("span", { class: "unseen" }, ` (${number} not well)`),
              ],
        ),
      );
    }),
  );
}

// How much of a section is not well, as far as the console knows.
function troubles(app: App, view: string): number {
  const { store } = app;
  switch (view) {
    case "upstreams":
      return placesOf(app).filter(({ circuit }) => circuitWord(circuit).weight > 0).length;
    case "checks":
      return (store.checks.value?.checks ?? []).filter((it) => checkWord(it.state).weight > 2)
        .length;
    case "objectives":
      return (store.objectives.value?.objectives ?? []).filter((it) => it.firing.length > 0).length;
    case "incidents":
      return (store.incidents.value?.incidents ?? []).filter((it) => !isOver(it.state)).length;
    case "alerts":
      return store.alerts.value?.dead.length ?? 0;
    default:
      return 0;
  }
}

function liveness({ live }: App): Children {
  const { tone, text, about } = LIVE[live];
  return h(
    "p",
    { class: `live ${tone}`, role: "status", title: about },
    mark(tone),
    h("span", null, text),
    h("span", { class: "unseen" }, `. ${about}`),
  );
}

function who({ session }: App, { act, logOut }: FrameParts): Children {
  if (session === undefined) return null;
  const text = `${session.role}, by ${session.by}`;
  return [
    h("p", { class: "who", title: text }, text),
    session.proof === "session" ? button("Log out", () => void act(logOut)) : null,
  ];
}

const shownNotice = (
  { number, text, isBad, undo }: Notice,
  { dismiss, act }: FrameParts,
): Children =>
  h(
    "div",
    { key: number, class: isBad ? "notice bad" : "notice" },
    mark(isBad ? "bad" : "well"),
    h("p", null, text),
    undo === undefined
      ? null
      : button(undo.text, () => {
          dismiss(number);
          void act(undo.act);
        }),
    button("Close", () => dismiss(number), { class: "quiet-button" }),
  );
