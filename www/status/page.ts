// Keeps a status page young while it is seen. The page is whole without it.
import { listen, prepare } from "./days.ts";
import { morph } from "./morph.ts";
import { Refresher } from "./refresh.ts";
import { ago, localeOf, pointInTime } from "./times.ts";

// How long an answer may take, in milliseconds.
const PATIENCE = 10_000;
// How often the age of the state is written again, in milliseconds.
const TICK = 1000;

const main = document.querySelector("main") as HTMLElement;
const element = (id: string) => document.getElementById(id);
const locale = localeOf(document.documentElement.lang, navigator.language);
// By how much the reader's clock is ahead of the server's, in milliseconds, as far as is known.
let ahead = 0;
let etag: string | null = null;

// Writes points in time in the reader's zone. Days stay those of UTC.
function localise(root: ParentNode): void {
  let before: Date | undefined;
  for (const time of root.querySelectorAll<HTMLTimeElement>("time")) {
    const at = new Date(time.dateTime);
    time.title = time.textContent ?? "";
    const end = time.classList.contains("end") ? before : undefined;
    time.textContent = pointInTime(at, end, locale, undefined);
    before = at;
  }
}

// Writes how old the state is, and takes it for unknown when it is too old, as the server does.
function tick(): void {
  const { at, staleAfter, stale, unknown } = main.dataset;
  if (!at) return;
  const age = Date.now() - ahead - Date.parse(at);
  const updated = element("updated");
  if (updated) updated.textContent = ago(age, locale);
  if (age < Number(staleAfter)) return;
  const banner = element("banner");
  if (banner) {
    obscure(banner);
    const verdict = element("verdict");
    if (verdict) verdict.textContent = stale ?? "";
  }
  for (const state of main.querySelectorAll<HTMLElement>(".state")) {
    obscure(state);
    const name = state.querySelector("span");
    if (name) name.textContent = unknown ?? "";
  }
}

// Gives something the mark of what is not known.
function obscure(marked: Element): void {
  for (const one of [marked, ...marked.querySelectorAll(".mark")]) {
    const kept = [...one.classList].filter((name) => !name.startsWith("s-"));
    one.setAttribute("class", [...kept, "s-unknown"].join(" "));
  }
  marked.querySelector("use")?.setAttribute("href", "#m-unknown");
}

// What is announced of a page: the verdict, the parts with their states, and the latest word on
// each incident.
function spoken(root: ParentNode): Map<string, string> {
  const said = new Map<string, string>();
  const text = (one: Element | null) => one?.textContent?.trim() ?? "";
  said.set("verdict", text(root.querySelector("#verdict")));
  for (const part of root.querySelectorAll(".part")) {
    said.set(part.id, `${text(part.querySelector("h3"))}: ${text(part.querySelector(".state"))}`);
  }
  for (const update of root.querySelectorAll(".updates > li:first-child")) {
    const title = update.closest("article")?.querySelector("h1, h3") ?? null;
    said.set(update.id, `${text(title)}: ${text(update.querySelector(".step strong"))}`);
  }
  return said;
}

// Loads the page again, and makes what is shown equal to it.
async function load(): Promise<void> {
  const headers: Record<string, string> = etag ? { "if-none-match": etag } : {};
  const signal = AbortSignal.timeout(PATIENCE);
  const response = await fetch(location.href, { headers, signal, cache: "no-cache" });
  const isUnchanged = response.status === 304;
  if (!response.ok && !isUnchanged) throw new Error(`status ${response.status}`);
  const date = Date.parse(response.headers.get("date") ?? "");
  const kept = 1000 * Number(response.headers.get("age") ?? 0);
  if (date > 0) ahead = Date.now() - date - kept;
  if (isUnchanged) return;
  const next = new DOMParser().parseFromString(await response.text(), "text/html");
  const content = next.querySelector<HTMLElement>("main[data-at]");
  if (!content) throw new Error("not a status page");
  // Another version of the page has another style and another script.
  const files = (page: Document) =>
    [...page.querySelectorAll("link[rel=stylesheet], script")].map(
      (one) => one.getAttribute("href") ?? one.getAttribute("src"),
    );
  if (files(next).join() !== files(document).join()) return location.reload();
  const before = spoken(main);
  localise(content);
  prepare(content, main);
  morph(main, content);
  document.title = next.title;
  const icon = next.querySelector("link[rel=icon]")?.getAttribute("href");
  if (icon) document.querySelector("link[rel=icon]")?.setAttribute("href", icon);
  etag = response.headers.get("etag");
  const news = [...spoken(main)].filter(([id, text]) => before.get(id) !== text);
  const region = element("news");
  if (region && news.length > 0) region.textContent = news.map(([, text]) => text).join(". ");
  tick();
}

// Says that the page could not be loaded, or no longer.
function told(failures: number): void {
  const trouble = element("trouble");
  if (!trouble) return;
  trouble.textContent = trouble.dataset["text"] ?? "";
  trouble.hidden = failures === 0;
}

localise(main);
prepare(main);
listen(main);
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const note = element("zone");
if (note && zone !== "UTC") {
  note.textContent = (note.dataset["local"] ?? "").replace("{zone}", zone.replaceAll("_", " "));
}

// Paper does not grow old with the page: it gets the time, and not the age.
addEventListener("beforeprint", () => {
  const updated = element("updated");
  const at = new Date(main.dataset["at"] ?? "");
  if (updated) updated.textContent = pointInTime(at, undefined, locale, undefined);
});

if (main.dataset["at"]) {
  const refresher = new Refresher(load, told, {
    after: (ms, action) => setTimeout(action, ms),
    cancel: (timer) => clearTimeout(timer),
    random: Math.random,
  });
  let ticking: number | undefined;
  const look = () => {
    clearInterval(ticking);
    if (document.hidden) return refresher.hide();
    tick();
    ticking = setInterval(tick, TICK);
  };
  document.addEventListener("visibilitychange", () => {
    look();
    if (!document.hidden) refresher.show();
  });
  // A page that the browser had put away, and that the back button brings back.
  addEventListener("pageshow", (event) => {
    if (event.persisted) refresher.show();
  });
  look();
  // The back button may bring back a page from the browser's cache that is as old as that.
  const isBack = performance
    .getEntriesByType("navigation")
    .some((entry) => (entry as PerformanceNavigationTiming).type === "back_forward");
  if (isBack) refresher.show();
  else if (!document.hidden) refresher.start();
}
