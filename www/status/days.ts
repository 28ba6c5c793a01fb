// The bars of the days, for a keyboard and for a pointer. Without the script they are a picture,
// with a list beside it of the days on which something was wrong.

// Where a key leads among bars: rows stand under each other, and each shows its bars from `first`
// to `last`. Nothing, if the key means nothing here.
export function target(
  key: string,
  at: { row: number; bar: number },
  rows: number,
  first: number,
  last: number,
): { row: number; bar: number } | undefined {
  const { row, bar } = at;
  const within = (bar: number) => Math.min(last, Math.max(first, bar));
  switch (key) {
    case "ArrowLeft":
      return { row, bar: within(bar - 1) };
    case "ArrowRight":
      return { row, bar: within(bar + 1) };
    case "Home":
      return { row, bar: first };
    case "End":
      return { row, bar: last };
    case "ArrowUp":
      return { row: Math.max(0, row - 1), bar: within(bar) };
    case "ArrowDown":
      return { row: Math.min(rows - 1, row + 1), bar: within(bar) };
    default:
      return undefined;
  }
}

// How long a day's text stays when the pointer leaves its bar, in milliseconds, so that the pointer
// can move onto the text.
const LINGERING = 200;

const rowsIn = (root: ParentNode) => [...root.querySelectorAll<HTMLElement>(".days")];
const barsOf = (row: Element) => [...row.children] as HTMLElement[];

// Makes controls of the bars. `shown` is what they take the place of: a bar that could be reached
// by the Tab key there is the one here, and one that was held stays held.
export function prepare(root: ParentNode, shown?: ParentNode): void {
  const before = new Map(shown ? rowsIn(shown).map((row) => [row.dataset["label"], row]) : []);
  for (const row of rowsIn(root)) {
    row.removeAttribute("aria-hidden");
    row.setAttribute("role", "toolbar");
    row.setAttribute("aria-label", row.dataset["label"] ?? "");
    const bars = barsOf(row);
    const old = barsOf(before.get(row.dataset["label"]) ?? document.createElement("div"));
    const reached = old.findIndex((bar) => bar.tabIndex === 0);
    bars.forEach((bar, index) => {
      const isReached = index === (reached < 0 ? bars.length - 1 : reached);
      bar.setAttribute("role", "button");
      bar.setAttribute("aria-label", bar.title);
      bar.setAttribute("aria-pressed", old[index]?.getAttribute("aria-pressed") ?? "false");
      bar.tabIndex = isReached ? 0 : -1;
      // Or the browser would show the text a second time.
      bar.removeAttribute("title");
    });
  }
}

// Answers to the keyboard and the pointer on the bars in `main`, for as long as the page lives.
export function listen(main: HTMLElement): void {
  const bubble = document.createElement("p");
  bubble.className = "bubble";
  bubble.hidden = true;
  bubble.setAttribute("role", "tooltip");
  document.body.append(bubble);
  let leaving: number | undefined;

  const barAt = (event: Event) => {
    const bar = event.target instanceof Element ? event.target.closest(".days > i") : null;
    return bar instanceof HTMLElement ? bar : undefined;
  };
  const held = () => main.querySelector<HTMLElement>('.days > [aria-pressed="true"]');

  const show = (bar: HTMLElement) => {
    clearTimeout(leaving);
    bubble.textContent = bar.getAttribute("aria-label");
    bubble.hidden = false;
    const { left, width, top, bottom } = bar.getBoundingClientRect();
    const room = document.documentElement.clientWidth - bubble.offsetWidth - 8;
    const wanted = left + width / 2 - bubble.offsetWidth / 2;
    const above = top - bubble.offsetHeight - 6;
    bubble.style.left = `${Math.max(8, Math.min(room, wanted)) + scrollX}px`;
    bubble.style.top = `${(above < 0 ? bottom + 6 : above) + scrollY}px`;
  };
  const hide = () => {
    const bar = held();
    if (bar) show(bar);
    else bubble.hidden = true;
  };
  const hideSoon = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hide, LINGERING);
  };
  const hold = (bar: HTMLElement) => {
    const isHeld = bar.getAttribute("aria-pressed") === "true";
    held()?.setAttribute("aria-pressed", "false");
    bar.setAttribute("aria-pressed", String(!isHeld));
    show(bar);
  };
  const go = (from: HTMLElement, key: string): boolean => {
    const rows = rowsIn(main);
    const row = rows.indexOf(from.parentElement as HTMLElement);
    const own = rows[row];
    if (!own) return false;
    const bars = barsOf(own);
    // Where the page is narrow, the earlier days are not shown.
    const first = bars.findIndex((bar) => bar.offsetParent !== null);
    const at = { row, bar: bars.indexOf(from) };
    const to = target(key, at, rows.length, first, bars.length - 1);
    const next = to && rows[to.row];
    const bar = next && barsOf(next)[to.bar];
    if (!next || !bar) return false;
    for (const other of barsOf(next)) other.tabIndex = other === bar ? 0 : -1;
    bar.focus();
    return true;
  };

  main.addEventListener("pointerover", (event) => {
    const bar = barAt(event);
    if (bar) show(bar);
  });
  main.addEventListener("pointerout", (event) => {
    if (barAt(event)) hideSoon();
  });
  bubble.addEventListener("pointerenter", () => clearTimeout(leaving));
  bubble.addEventListener("pointerleave", hideSoon);
  main.addEventListener("focusin", (event) => {
    const bar = barAt(event);
    if (bar?.matches(":focus-visible")) show(bar);
  });
  main.addEventListener("focusout", (event) => {
    if (barAt(event)) hide();
  });
  main.addEventListener("click", (event) => {
    const bar = barAt(event);
    if (bar) hold(bar);
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && !bubble.hidden) {
      held()?.setAttribute("aria-pressed", "false");
      bubble.hidden = true;
      return;
    }
    const bar = barAt(event);
    if (!bar) return;
    if (event.key === "Enter" || event.key === " ") hold(bar);
    else if (!go(bar, event.key)) return;
    event.preventDefault();
  });
}
