// Which rows of a long list are in the page: those that are seen, and some on either side.

// Rows on either side, so that scrolling shows no gap before the next frame.
const OVERSCAN = 12;
// Rows come and go in groups of this number, so that most frames of a scroll change nothing.
const GROUP = 4;
// Up to this number all rows are in the page: then the browser's own search finds each of them.
export const WHOLE_MAX = 80;

export interface Rows {
  readonly first: number;
  // The first that is not in the page again.
  readonly end: number;
}

// `top` is how far the list's first row is above the upper edge of what is seen.
export function rowsIn(count: number, rowHeight: number, top: number, height: number): Rows {
  if (count <= WHOLE_MAX || rowHeight <= 0) return { first: 0, end: count };
  const within = (row: number) => Math.min(count, Math.max(0, row));
  const group = (row: number) => Math.floor(row / GROUP) * GROUP;
  const first = within(group(top / rowHeight) - OVERSCAN);
  const end = within(group((top + height) / rowHeight) + GROUP + OVERSCAN);
  // What is scrolled past is told by its end, so that the list keeps a row to focus.
  return first < end ? { first, end } : { first: within(count - 1), end: count };
}

// The row that a key leads to, or `undefined` if it leads nowhere.
export function rowAfter(
  key: string,
  row: number,
  count: number,
  page: number,
): number | undefined {
  const last = count - 1;
  if (last < 0) return undefined;
  switch (key) {
    case "ArrowDown":
      return Math.min(last, row + 1);
    case "ArrowUp":
      return Math.max(0, row - 1);
    case "PageDown":
      return Math.min(last, row + page);
    case "PageUp":
      return Math.max(0, row - page);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return undefined;
  }
}
