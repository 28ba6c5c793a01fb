// Questions before an order: why, for how long, and what people are told.
import { Problem } from "./api.ts";
import { duration, localTime } from "./format.ts";
import { trouble } from "./parts.ts";
import { h, type VNode } from "./vdom.ts";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "lines" | "choice" | "duration" | "time" | "flag";
  readonly hint?: string;
  readonly isOptional?: boolean;
  readonly choices?: readonly (readonly [string, string])[];
  readonly value?: string;
  // The most characters that the API takes.
  readonly longest?: number;
}

// What a person filled in. Times and spans are as the API takes them, and flags `true` or `false`.
export type Filled = Readonly<Record<string, string | undefined>>;

export interface Question {
  readonly title: string;
  readonly text?: string;
  readonly fields: readonly Field[];
  // What the button says that does it.
  readonly does: string;
  readonly isGrave?: boolean;
  act(filled: Filled): Promise<void>;
}

export interface OpenDialog {
  readonly question: Question;
  problem: Problem | undefined;
  // The field that was filled in wrongly, and what it takes.
  wrong: { name: string; why: string } | undefined;
  isActing: boolean;
}

export const REASON: Field = {
  name: "reason",
  label: "Reason",
  kind: "text",
  hint: "Why, for the history.",
  longest: 200,
};

export const LASTS: Field = {
  name: "lasts",
  label: "How long",
  kind: "duration",
  hint: "Such as 15m, 2h or 1d, up to 7d. Then it ends by itself.",
  value: "30m",
};

const SPANS = ["15m", "30m", "1h", "4h", "12h", "1d", "7d"];

export function dialog(open: OpenDialog, close: () => void, changed: () => void): VNode {
  const { question } = open;
  const onsubmit = (event: Event) => {
    event.preventDefault();
    if (open.isActing) return;
    const form = event.currentTarget as HTMLFormElement;
    void submit(open, new FormData(form), close, changed);
  };
  return h(
    "dialog",
    {
      key: "dialog",
      class: question.isGrave ? "dialog grave" : "dialog",
      "aria-labelledby": "dialog-title",
      mount: (element) => {
        const shown = element as HTMLDialogElement;
        if (!shown.open) shown.showModal();
        return () => {};
      },
      oncancel: (event: Event) => {
        if (open.isActing) event.preventDefault();
      },
      onclose: close,
    },
    h(
      "form",
      { method: "dialog", onsubmit, novalidate: true },
      h("h2", { id: "dialog-title" }, question.title),
      question.text === undefined ? null : h("p", null, question.text),
      open.problem === undefined ? null : trouble(open.problem),
      question.fields.map((field) => shownField(field, open)),
      h(
        "div",
        { class: "actions" },
        h(
          "button",
          { type: "submit", class: "main", "aria-disabled": open.isActing ? "true" : undefined },
          open.isActing ? "One moment …" : question.does,
        ),
        h(
          "button",
          {
            type: "button",
            onclick: (event: Event) => {
              (event.currentTarget as Element).closest("dialog")?.close();
            },
          },
          "Cancel",
        ),
      ),
    ),
  );
}

async function submit(
  open: OpenDialog,
  given: FormData,
  close: () => void,
  changed: () => void,
): Promise<void> {
  const filled = read(open.question.fields, given);
  open.problem = undefined;
  open.wrong = "wrong" in filled ? filled.wrong : undefined;
  if ("wrong" in filled) {
    changed();
    const { name } = filled.wrong;
    requestAnimationFrame(() => document.getElementById(`field-${name}`)?.focus());
    return;
  }
  open.isActing = true;
  changed();
  try {
    await open.question.act(filled.values);
    document.querySelector<HTMLDialogElement>("dialog.dialog")?.close();
    close();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    open.problem = error;
  } finally {
    open.isActing = false;
    changed();
  }
}

// Reads a form, or says which field takes what.
export function read(
  fields: readonly Field[],
  given: { get(name: string): unknown },
): { values: Filled } | { wrong: { name: string; why: string } } {
  const values: Record<string, string | undefined> = {};
  for (const { name, label, kind, isOptional, longest } of fields) {
    const raw = given.get(name);
    const text = typeof raw === "string" ? raw.trim() : "";
    const refused = (why: string) => ({ wrong: { name, why } });
    if (kind === "flag") {
      values[name] = String(text !== "");
      continue;
    }
    if (text === "") {
      if (!isOptional) return refused(`${label} is needed.`);
      continue;
    }
    if (longest !== undefined && text.length > longest) {
      return refused(`${label} has ${text.length} characters, of ${longest} at most.`);
    }
    const value = kind === "duration" ? duration(text) : kind === "time" ? localTime(text) : text;
    if (value === undefined) return refused(`${label} cannot be “${text}”.`);
    values[name] = value;
  }
  return { values };
}

function shownField(field: Field, { wrong }: OpenDialog): VNode {
  const { name, label, kind, hint, isOptional, choices = [], value, longest } = field;
  const id = `field-${name}`;
  const why = wrong?.name === name ? wrong.why : undefined;
  const told = [hint === undefined ? "" : `${id}-hint`, why === undefined ? "" : `${id}-wrong`];
  const common = {
    id,
    name,
    "aria-describedby": told.join(" ").trim() || undefined,
    "aria-invalid": why === undefined ? undefined : "true",
    "aria-required": isOptional || kind === "flag" ? undefined : "true",
    autocomplete: "off",
  };
  const hinted = [
    hint === undefined ? null : h("p", { class: "hint", id: `${id}-hint` }, hint),
    why === undefined ? null : h("p", { class: "wrong", id: `${id}-wrong`, role: "alert" }, why),
  ];
  if (kind === "flag") {
    const box = h("input", {
      type: "checkbox",
      value: "yes",
      ...common,
      checked: value === "true",
    });
    return h(
      "div",
      { key: name, class: "field flag" },
      box,
      h("label", { for: id }, label),
      hinted,
    );
  }
  const input =
    kind === "choice"
      ? h(
          "select",
          { ...common, value },
          choices.map(([choice, text]) => h("option", { key: choice, value: choice }, text)),
        )
      : kind === "lines"
        ? h("textarea", { ...common, rows: 5, maxlength: longest, value })
        : h("input", {
            ...common,
            type: kind === "time" ? "datetime-local" : "text",
            step: kind === "time" ? "60" : undefined,
            list: kind === "duration" ? "spans" : undefined,
            maxlength: longest,
            value,
          });
  const spans = SPANS.map((span) => h("option", { key: span, value: span }));
  return h(
    "div",
    { key: name, class: "field" },
    h(
      "label",
      { for: id },
      label,
      isOptional ? h("span", { class: "quiet" }, " (optional)") : null,
    ),
    input,
    kind === "duration" ? h("datalist", { id: "spans" }, spans) : null,
    hinted,
  );
}
