// A long list as a grid, of whose rows only those that are seen are in the page.
//
// One row can be reached by Tab: the arrow keys, Page Up and Down, Home and End lead to the others,
// and Enter opens it. What can be pressed in a row can be reached by Tab from there. Rows say which
// of how many they are, so that a screen reader knows of those that are not in the page
// (WAI-ARIA 1.2, aria-rowcount).
import { type Children, h, type VNode } from "./vdom.ts";
import { rowAfter, rowsIn } from "./window.ts";

export interface Column<T> {
  readonly name: string;
  // The class of its cells, which gives it its width.
  readonly is: string;
  readonly cell: (item: T, isActive: boolean) => Children;
  // By which the list can be ordered, if it can.
  readonly order?: (item: T) => number | string;
}

export interface GridState {
  active: number;
  sorted: { column: string; isDown: boolean } | undefined;
  // The height of a row, in pixels. It is measured once there is a row.
  rowHeight: number;
  // Which rows were in the page when it was last drawn.
  drawn: string;
  // The list as it was last put in order.
  ordered: { of: unknown; by: GridState["sorted"]; items: readonly unknown[] } | undefined;
}

export const newGrid = (): GridState => ({
  active: 0,
  sorted: undefined,
  rowHeight: 0,
  drawn: "",
  ordered: undefined,
});

export interface GridOptions<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  readonly open: (item: T) => void;
  readonly state: GridState;
  readonly changed: () => void;
  // Its class, which has the widths of the columns.
  readonly is: string;
}

const COLLATOR = new Intl.Collator(undefined, { numeric: true });

export function sorted<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  by: GridState["sorted"],
): readonly T[] {
  const order = columns.find(({ name }) => name === by?.column)?.order;
  if (order === undefined || by === undefined) return items;
  const direction = by.isDown ? -1 : 1;
  const compare = (one: T, other: T): number => {
    const [a, b] = [order(one), order(other)];
    if (typeof a === "number" && typeof b === "number") return direction * (a - b);
    return direction * COLLATOR.compare(String(a), String(b));
  };
  return [...items].sort(compare);
}

// The list in the order that was asked for, which is worked out once for each list and order.
function inOrder<T>({ items, columns, state }: GridOptions<T>): readonly T[] {
  const { ordered } = state;
  if (ordered?.of === items && ordered.by === state.sorted) return ordered.items as readonly T[];
  const result = sorted(items, columns, state.sorted);
  state.ordered = { of: items, by: state.sorted, items: result };
  return result;
}

export function grid<T>(options: GridOptions<T>): VNode {
  const { columns, state, changed, keyOf, open } = options;
  const items = inOrder(options);
  const { first, end } = seen(items.length, state);
  state.active = Math.min(state.active, Math.max(0, items.length - 1));
  const rows = items.slice(first, end).map((item, at) => {
    const index = first + at;
    const isActive = index === state.active;
    return h(
      "div",
      {
        key: keyOf(item),
        class: "row",
        role: "row",
        "aria-rowindex": index + 2,
        "data-row": index,
        tabindex: isActive ? 0 : -1,
        onfocusin: () => activate(state, index, changed),
        ondblclick: () => open(item),
      },
      columns.map((column) =>
        h(
          "div",
          { key: column.name, class: `cell ${column.is}`, role: "gridcell" },
          column.cell(item, isActive),
        ),
      ),
    );
  });
  const size = (number: number) => `${number * state.rowHeight}px`;
  return h(
    "div",
    {
      class: `grid ${options.is}`,
      role: "grid",
      "aria-label": options.label,
      "aria-rowcount": items.length + 1,
      "aria-colcount": columns.length,
      onkeydown: (event: Event) => {
        const row = items[state.active];
        if (row !== undefined)
          press(event as KeyboardEvent, items.length, options, () => open(row));
      },
      mount: (element) => follow(element as HTMLElement, options),
    },
    header(options),
    h(
      "div",
      {
        class: "rows",
        role: "rowgroup",
        // Custom properties would be inherited, and have each row styled again.
        css: { "padding-block-start": size(first), "padding-block-end": size(items.length - end) },
      },
      rows,
    ),
  );
}

function header<T>({ columns, state, changed }: GridOptions<T>): VNode {
  const cells = columns.map(({ name, is, order }) => {
    const isBy = state.sorted?.column === name;
    const direction = state.sorted?.isDown ? "descending" : "ascending";
    const attrs = {
      key: name,
      class: `cell ${is}`,
      role: "columnheader",
      "aria-sort": order === undefined ? undefined : isBy ? direction : "none",
    };
    if (order === undefined) return h("div", attrs, name);
    const onclick = () => {
      const isDown = isBy ? !state.sorted?.isDown : true;
      state.sorted = isBy && isDown ? undefined : { column: name, isDown };
      changed();
    };
    const arrow = isBy ? (state.sorted?.isDown ? "▾" : "▴") : "";
    const shown = h("span", { class: "arrow", "aria-hidden": "true" }, arrow);
    return h("div", attrs, h("button", { type: "button", onclick }, name, shown));
  });
  return h(
    "div",
    { class: "head", role: "rowgroup" },
    h("div", { class: "row", role: "row", "aria-rowindex": 1 }, cells),
  );
}

let mounted: HTMLElement | undefined;

function seen(count: number, state: GridState): { first: number; end: number } {
  const rows = mounted?.querySelector(".rows");
  // Before it is in the page, it begins at its first row.
  const top = rows === null || rows === undefined ? 0 : -rows.getBoundingClientRect().top;
  const height = typeof innerHeight === "number" ? innerHeight : 800;
  const range = rowsIn(count, state.rowHeight || FIRST_GUESS, Math.max(0, top), height);
  state.drawn = `${range.first} ${range.end} ${count}`;
  return range;
}

// The height of a row before one was measured, in pixels.
const FIRST_GUESS = 48;

// Draws again when rows come into view that are not in the page.
function follow<T>(element: HTMLElement, { state, changed }: GridOptions<T>): () => void {
  mounted = element;
  const measure = () => {
    const height = element.querySelector<HTMLElement>(".rows .row")?.offsetHeight ?? 0;
    if (height > 0 && height !== state.rowHeight) {
      state.rowHeight = height;
      changed();
    }
  };
  const look = () => {
    const count = Number(element.getAttribute("aria-rowcount")) - 1;
    const before = state.drawn;
    seen(count, state);
    if (state.drawn !== before) changed();
  };
  const resized = () => {
    measure();
    look();
  };
  addEventListener("scroll", look, { passive: true });
  addEventListener("resize", resized);
  measure();
  return () => {
    removeEventListener("scroll", look);
    removeEventListener("resize", resized);
    mounted = undefined;
  };
}

function activate(state: GridState, index: number, changed: () => void): void {
  if (state.active === index) return;
  state.active = index;
  changed();
}

function press<T>(
  event: KeyboardEvent,
  count: number,
  { state, changed }: GridOptions<T>,
  open: () => void,
): void {
  const target = event.target as HTMLElement;
  const row = target.closest<HTMLElement>(".rows .row");
  if (row === null || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "Enter" && target === row) {
    event.preventDefault();
    open();
    return;
  }
  const page = Math.max(1, Math.floor(innerHeight / (state.rowHeight || FIRST_GUESS)) - 3);
  const next = rowAfter(event.key, state.active, count, page);
  if (next === undefined) return;
  event.preventDefault();
  state.active = next;
  reveal(row.closest<HTMLElement>(".rows"), next, state);
  changed();
  // The row may come into the page by what was just asked for.
  requestAnimationFrame(() => {
    mounted?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus({ preventScroll: true });
  });
}

// Scrolls so that a row is seen, whether or not it is in the page yet.
function reveal(rows: HTMLElement | null, index: number, state: GridState): void {
  if (rows === null) return;
  const top = rows.getBoundingClientRect().top + index * state.rowHeight;
  const bottom = top + state.rowHeight;
  // The heads of the page and of the list cover what is behind them.
  const covered = 8 * FIRST_GUESS;
  const above = Math.min(covered, innerHeight / 3);
  if (top < above) scrollBy(0, top - above);
  else if (bottom > innerHeight - FIRST_GUESS) scrollBy(0, bottom - innerHeight + FIRST_GUESS);
}
