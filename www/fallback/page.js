// The build inlines this script. Without it, visitors can still read the page and reload it.
(() => {
  "use strict";
  const data = document.querySelector("main").dataset;
  const element = (id) => document.getElementById(id);
  const { lang } = document.documentElement;
  // Times and numbers have the format of the visitor's country if it speaks the page's language.
  const locale = navigator.language.startsWith(lang) ? navigator.language : lang;
  const end = document.querySelector("time");
  // The longest wait, in seconds. It is short, so that visitors soon see a page that is back.
  const LONGEST = end ? 300 : 60;
  // The page stops after this many attempts in a row. A visitor who is still there can start again.
  const ATTEMPTS = 20;
  const KEY = "breakwater-attempts";

  // The end of maintenance is shown in the visitor's own time zone.
  if (end) {
    const at = new Date(end.dateTime);
    const isToday = at.toDateString() === new Date().toDateString();
    const style = isToday ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
    if (at > 0) end.textContent = at.toLocaleString(locale, style);
  }

  const first = Math.min(LONGEST, Number(data.retryAfter));
  if (!(first > 0)) return;

  // Attempts that were longer ago belong to another outage.
  let attempts = 0;
  try {
    const [count, at] = (sessionStorage.getItem(KEY) || "").split(" ");
    if (Date.now() - at < 2000 * LONGEST) attempts = Number(count) || 0;
  } catch {}
  // Without storage, the waits do not grow.

  // The wait doubles with each attempt. Jitter keeps visitors from returning at the same moment.
  const longest = Math.min(LONGEST, (first * 2 ** attempts * 4) / 3);
  const wait = 1000 * Math.max(first, longest * (0.75 + Math.random() / 4));
  let left = wait;
  let before = performance.now();
  let paused = false;
  let trying = false;
  let stopped = attempts >= ATTEMPTS;

  // The countdown is shown every second, but spoken only when something changes.
  const write = (id, text) => {
    if (element(id).textContent !== text) element(id).textContent = text;
  };
  const both = (text) => {
    write("spoken", text);
    write("shown", text);
  };
  const span = (seconds) => {
    const [count, unit] = seconds > 90 ? [seconds / 60, "minute"] : [seconds, "second"];
    const style = { style: "unit", unit, unitDisplay: "long" };
    return new Intl.NumberFormat(locale, style).format(Math.ceil(count));
  };
  const countdown = () =>
    (attempts > 0 ? data.again : data.next).replace("{time}", span(left / 1000));

  function pause(yes) {
    paused = yes;
    element("pause").textContent = paused ? data.resume : data.pause;
  }

  function attempt(count) {
    if (navigator.onLine === false) return both(data.offline);
    try {
      sessionStorage.setItem(KEY, `${count} ${Date.now()}`);
    } catch {}
    both(data.trying);
    trying = true;
    pause(false);
    // If the visitor is still on this page after that wait, it tries once more.
    left = 1000 * LONGEST;
    // The new request is a GET, whatever brought the visitor here, so nothing is sent twice.
    if (location.hash) location.reload();
    else location.replace(location.href);
  }

  function tick() {
    const now = performance.now();
    // A hidden page waits. A page that was asleep does not count the whole time at once.
    if (!paused && !stopped && !document.hidden) left -= Math.min(now - before, 1000);
    before = now;
    if (paused || stopped) return;
    if (left <= 0) return attempt(attempts + 1);
    if (!trying) write("shown", countdown());
    const share = trying ? 1 : Math.min(1, left / wait);
    document.querySelector(".bar > i").style.transform = `scaleX(${share})`;
  }

  element("shown").setAttribute("aria-hidden", "true");
  element("now").addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    attempt(stopped ? 0 : attempts);
  });
  if (stopped) return both(data.stopped);

  document.querySelector(".bar").hidden = false;
  element("pause").hidden = false;
  element("pause").addEventListener("click", () => {
    tick();
    trying = false;
    pause(!paused);
    both(paused ? data.paused : countdown());
  });
  document.addEventListener("visibilitychange", tick);
  addEventListener("online", tick);
  setInterval(tick, 500);
  tick();
  write("spoken", countdown());
})();
