// The operators' console: it shows what the operators' API says, and sends orders to it. It decides
// nothing and judges nothing.
import { Api, Problem } from "./api.ts";
import { type App, type Notice, suffices } from "./app.ts";
import { dialog, type OpenDialog } from "./dialog.ts";
import { frame } from "./frame.ts";
import { Live, type LiveState, type Socket } from "./live.ts";
import { addressOf, BASE, type Route, routeOf } from "./router.ts";
import { Readings } from "./spark.ts";
import { Store } from "./store.ts";
import { browserTabs, type Tabs } from "./tabs.ts";
import type { News, Session } from "./types.ts";
import { isFailed } from "./types.ts";
import { render } from "./vdom.ts";
import { VIEWS } from "./views.ts";

// How long what was done can be taken back by the notice that tells of it.
const NOTICE_LASTS = 20_000;
// Notices that are shown at once.
const NOTICES_MAX = 4;
// How often what is shown of the passing time is drawn again.
const TICK = 5_000;

const root = document.getElementById("console");
if (root === null) throw new Error("the page has no place for the console");
const needs = JSON.parse(root.dataset["needs"] ?? "{}") as Readonly<Record<string, string>>;

let open: OpenDialog | undefined;
let notices: readonly Notice[] = [];
let noticeNumber = 0;
let isDrawing = false;
let readingsAt = 0;

const api = new Api((url, init) => fetch(url, init), signedOut);
const store = new Store(api, {
  now: () => Date.now(),
  random: () => Math.random(),
  later: (work, ms) => setTimeout(work, ms),
  cancel: (timer) => clearTimeout(timer as number | undefined),
  isSeen: () => !document.hidden,
  changed,
});

const app: App = {
  api,
  store,
  readings: new Readings(),
  route: routeOf(location.pathname, location.search),
  session: undefined,
  live: "connecting",
  now: Date.now(),
  filters: new Map(),
  grids: new Map(),
  may: (operation) => suffices(needs, app.session?.role, operation),
  ask: (question) => {
    open = { question, problem: undefined, wrong: undefined, isActing: false };
    changed();
  },
  tell: (text, undo) => notice(text, false, undo),
  act: (work) => void act(work),
  go,
  reload: (...resources) => void store.reload(...resources),
  changed,
};

// Where the operator was when the session was over, for this tab alone.
const BACK = "breakwater-console-back";

function signedOut(): void {
  sessionStorage.setItem(BACK, location.pathname + location.search);
  location.assign(`${BASE}/login`);
}

// Signing in leads to the overview, and from there back to where the operator was.
function comeBack(): void {
  const back = sessionStorage.getItem(BACK);
  sessionStorage.removeItem(BACK);
  const isOwn = back === BASE || back?.startsWith(`${BASE}/`) || back?.startsWith(`${BASE}?`);
  if (back !== null && isOwn && app.route.view === "overview") {
    history.replaceState(null, "", back);
    app.route = routeOf(location.pathname, location.search);
  }
}

async function logOut(): Promise<void> {
  await api.send("DELETE", "/session");
  live.stop();
  location.assign(`${BASE}/login`);
}

// Draws the page again with the next frame, however often this is called before.
function changed(): void {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
}

function draw(): void {
  if (root === null) return;
  app.now = Date.now();
  takeReadings();
  const view = VIEWS[app.route.view];
  store.want(view.wants(app));
  render(root, [
    frame(app, view, { notices, dismiss, act, logOut }),
    open === undefined ? null : shownDialog(open),
  ]);
}

function shownDialog(shown: OpenDialog) {
  const close = () => {
    if (open === shown) open = undefined;
    changed();
  };
  return dialog(shown, close, changed);
}

function takeReadings(): void {
  const { value, readAt } = store.upstreams;
  if (value === undefined || readAt === readingsAt) return;
  readingsAt = readAt;
  for (const { circuits } of value.upstreams) {
    for (const circuit of circuits) {
      if (!isFailed(circuit)) app.readings.add(circuit.name, circuit.latency?.p95_ms);
    }
  }
}

async function act(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    notice(`${error.title}. ${error.message}`, true);
  }
}

function notice(text: string, isBad: boolean, undo?: Notice["undo"]): void {
  noticeNumber += 1;
  const number = noticeNumber;
  notices = [...notices, { number, text, isBad, undo }].slice(-NOTICES_MAX);
  // What is wrong stays until it was read.
  if (!isBad) setTimeout(() => dismiss(number), NOTICE_LASTS);
  changed();
}

function dismiss(number: number): void {
  notices = notices.filter((it) => it.number !== number);
  changed();
}

function go(route: Route): void {
  history.pushState(null, "", addressOf(route));
  arrive();
}

// Shows what the address names, from its top, and tells those who do not see it.
function arrive(): void {
  app.route = routeOf(location.pathname, location.search);
  draw();
  scrollTo(0, 0);
  document.getElementById("main")?.focus({ preventScroll: true });
}

// Links to the console's own views need no new page.
function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.altKey) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = (event.target as Element).closest("a");
  if (link === null || link.origin !== location.origin || link.hasAttribute("download")) return;
  if (!link.pathname.startsWith(BASE) || link.pathname.startsWith(`${BASE}/login`)) return;
  if (link.hash !== "") return;
  event.preventDefault();
  history.pushState(null, "", link.href);
  arrive();
}

function opened(): Socket {
  const address = new URL("/_breakwater/live", location.href);
  address.protocol = address.protocol === "http:" ? "ws:" : "wss:";
  return new WebSocket(address) as unknown as Socket;
}

function heard(news: readonly News[]): void {
  store.take(news);
}

function turned(state: LiveState): void {
  app.live = state;
  store.isLive = state === "live";
  store.schedule();
  changed();
}

const live = new Live(
  {
    open: opened,
    random: () => Math.random(),
    later: (work, ms) => setTimeout(work, ms),
    cancel: (timer) => clearTimeout(timer as number | undefined),
  },
  {
    told: (news) => {
      heard(news);
      tabs.tell(news);
    },
    changed: (state) => {
      turned(state);
      tabs.change(state);
    },
  },
);
const tabs: Tabs = browserTabs({
  leads: (isLeader) => (isLeader ? live.start() : live.stop()),
  told: heard,
  changed: turned,
});

// A tab that is not seen asks nothing. What happened meanwhile is read when it is seen again.
function seen(): void {
  if (document.hidden) {
    tabs.hide();
    turned("paused");
    return;
  }
  tabs.show();
  store.take([{ type: "more" }]);
  store.schedule();
}

async function begin(): Promise<void> {
  try {
    app.session = await api.get<Session>("/session");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // Who asks is told by each answer too: without this, only the buttons are missing.
    notice(`It is not known who you are: ${error.message}`, true);
  }
  changed();
}

document.addEventListener("click", follow);
document.addEventListener("visibilitychange", seen);
addEventListener("popstate", arrive);
comeBack();
setInterval(() => {
  if (!document.hidden && open === undefined) changed();
}, TICK);
draw();
void begin();
seen();
