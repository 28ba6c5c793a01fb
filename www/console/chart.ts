// Charts of the last hour, by uPlot. Each says in words what it shows, and has its figures in a
// table beside it, since a canvas tells nothing to those who do not see it.
import uPlot from "uplot";
import { clock, timeOfDay } from "./format.ts";
import { h, type VNode } from "./vdom.ts";

export interface Line {
  readonly label: string;
  // A custom property of the style sheet that holds its colour.
  readonly colour: string;
  readonly values: readonly (number | null)[];
  readonly dash?: readonly number[];
}

export interface Chart {
  readonly title: string;
  // What it says at a glance.
  readonly summary: string;
  // Seconds since 1970.
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  readonly unit: (value: number) => string;
  // Whether each line is on top of those before it.
  readonly isStacked: boolean;
}

const HEIGHT = 180;

export function chart(shown: Chart, now: number): VNode {
  return h(
    "figure",
    { key: shown.title, class: "chart" },
    h("figcaption", null, h("h3", null, shown.title), legend(shown.lines)),
    h("div", {
      class: "canvas",
      role: "img",
      "aria-label": `${shown.title}: ${shown.summary}`,
      // Charts are drawn by the browser's means, so a new one is as good as the old one changed.
      mount: (element) => draw(element as HTMLElement, shown),
      update: (element) => charts.get(element)?.(shown),
    }),
    h("p", { class: "summary" }, shown.summary),
    figures(shown, now),
  );
}

const legend = (lines: readonly Line[]): VNode =>
  h(
    "ul",
    { class: "legend" },
    lines.map(({ label, colour, dash }) =>
      h(
        "li",
        { key: label, css: { "--own": `var(${colour})` } },
        h("span", { class: dash === undefined ? "swatch" : "swatch dashed" }),
        label,
      ),
    ),
  );

function figures({ title, times, lines, unit }: Chart, now: number): VNode {
  const rows = times
    .map((at, index) => [at, lines.map(({ values }) => values[index])] as const)
    .reverse();
  const cell = (value: number | null | undefined) =>
    h("td", null, value === null || value === undefined ? "–" : unit(value));
  return h(
    "details",
    { class: "figures" },
    h("summary", null, `Figures of “${title}”`),
    h(
      "div",
      { class: "scrolls", tabindex: "0", role: "region", "aria-label": `Figures of ${title}` },
      h(
        "table",
        null,
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            ["Minute", ...lines.map(({ label }) => label)].map((name) =>
              h("th", { scope: "col" }, name),
            ),
          ),
        ),
        h(
          "tbody",
          null,
          rows.map(([at, values]) =>
            h(
              "tr",
              { key: at },
              h("th", { scope: "row" }, clock(at * 1000, now)),
              values.map(cell),
            ),
          ),
        ),
      ),
    ),
  );
}

const charts = new WeakMap<Element, (shown: Chart) => void>();

function draw(element: HTMLElement, first: Chart): () => void {
  let shown = first;
  let plot: uPlot | undefined;
  const make = () => {
    plot?.destroy();
    plot = new uPlot(options(element, shown), data(shown), element);
  };
  const sized = new ResizeObserver(() => {
    const width = element.clientWidth;
    if (plot !== undefined && width > 0 && width !== plot.width) {
      plot.setSize({ width, height: HEIGHT });
    }
  });
  // Colours are read when it is made, so another theme makes it again.
  const theme = matchMedia("(prefers-color-scheme: dark)");
  make();
  sized.observe(element);
  theme.addEventListener("change", make);
  charts.set(element, (next) => {
    shown = next;
    plot?.setData(data(next));
  });
  return () => {
    charts.delete(element);
    sized.disconnect();
    theme.removeEventListener("change", make);
    plot?.destroy();
  };
}

function data({ times, lines, isStacked }: Chart): uPlot.AlignedData {
  const values = lines.map((line) => [...line.values]);
  return [[...times], ...(isStacked ? stacked(values) : values)];
}

// Each series on top of those before it; a minute without figures stays empty.
export function stacked(series: readonly (number | null)[][]): (number | null)[][] {
  const sums: number[] = [];
  return series.map((values) =>
    values.map((value, at) => {
      if (value === null) return null;
      sums[at] = (sums[at] ?? 0) + value;
      return sums[at] ?? null;
    }),
  );
}

function options(element: HTMLElement, { lines, unit, isStacked }: Chart): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--faint"), width: 1 } };
  const font = `12px ${style.fontFamily}`;
  const series = lines.map(
    ({ label, colour: own, dash }): uPlot.Series => ({
      label,
      stroke: colour(own),
      width: 2,
      points: { show: false },
      spanGaps: false,
      ...(dash === undefined ? {} : { dash: [...dash] }),
      ...(isStacked ? { fill: colour(own) } : {}),
    }),
  );
  // What is on top is drawn first, and the next one covers it up to its own height.
  const bands = isStacked
    ? lines.slice(1).map((_, at): uPlot.Band => ({ series: [at + 2, at + 1] }))
    : [];
  return {
    width: Math.max(element.clientWidth, 200),
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] } },
    axes: [
      {
        ...axis,
        font,
        space: 70,
        values: (_plot, ticks) => ticks.map((at) => timeOfDay(at * 1000)),
      },
      {
        ...axis,
        font,
        size: 64,
        values: (_plot, ticks) => ticks.map((value) => unit(value)),
      },
    ],
    series: [{}, ...series],
    bands,
  };
}
