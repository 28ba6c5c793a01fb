// Narrowing a list: by a text, and to what is not well.
import type { App } from "./app.ts";
import { h, type VNode } from "./vdom.ts";

export interface Narrowing {
  readonly text: string;
  readonly onlyTrouble: boolean;
}

export const narrowing = (app: App, view: string): Narrowing => ({
  text: app.filters.get(view) ?? "",
  onlyTrouble: app.filters.get(`${view} only`) === "trouble",
});

export const wordsOf = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");

// Whether all words are among these names.
export function fits(words: readonly string[], ...names: readonly string[]): boolean {
  if (words.length === 0) return true;
  const all = names.join(" ").toLowerCase();
  return words.every((word) => all.includes(word));
}

export function narrow(app: App, view: string, trouble: string, shown: string): VNode {
  const { text, onlyTrouble } = narrowing(app, view);
  const set = (name: string, value: string) => {
    app.filters.set(name, value);
    const grid = app.grids.get(view);
    if (grid !== undefined) grid.active = 0;
    app.changed();
  };
  return h(
    "search",
    { class: "narrow" },
    h("label", { for: "narrow" }, "Find"),
    h("input", {
      id: "narrow",
      type: "search",
      value: text,
      autocomplete: "off",
      spellcheck: "false",
      oninput: (event: Event) => set(view, (event.currentTarget as HTMLInputElement).value),
    }),
    h(
      "label",
      { class: "flag" },
      h("input", {
        type: "checkbox",
        checked: onlyTrouble,
        onchange: (event: Event) => {
          const { checked } = event.currentTarget as HTMLInputElement;
          set(`${view} only`, checked ? "trouble" : "");
        },
      }),
      trouble,
    ),
    h("p", { class: "quiet", role: "status" }, shown),
  );
}
