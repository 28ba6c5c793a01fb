// Inlined by the build. Without it the page can be read and reloaded all the same.
(() => {
  "use strict";
  const data = document.querySelector("main").dataset;
  const element = (id) => document.getElementById(id);
  const { lang } = document.documentElement;
  // Times and numbers as the visitor's own country writes them, if it speaks the page's language.
  const locale = navigator.language.startsWith(lang) ? navigator.language : lang;
  const end = document.querySelector("time");
  // Seconds: no wait is longer, so that a page that is back is soon seen.
  const LONGEST = end ? 300 : 60;
  // After so many attempts in a row it stops by itself: whoever is still there can say so.
  const ATTEMPTS = 20;
  const KEY = "breakwater-attempts";

  // The end of maintenance, as the visitor's own clock shows it.
  if (end) {
    const at = new Date(end.dateTime);
    const isToday = at.toDateString() === new Date().toDateString();
    const style = isToday ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
    if (at > 0) end.textContent = at.toLocaleString(locale, style);
  }

  const first = Math.min(LONGEST, Number(data.retryAfter));
  if (!(first > 0)) return;

  // An attempt that was longer ago belongs to another outage.
  let attempts = 0;
  try {
    const [count, at] = (sessionStorage.getItem(KEY) || "").split(" ");
    if (Date.now() - at < 2000 * LONGEST) attempts = Number(count) || 0;
  } catch {}
  // Without storage the waits do not grow.

  // Twice as long each time. Jitter, so that not all visitors come back in the same moment.
  const longest = Math.min(LONGEST, (first * 2 ** attempts * 4) / 3);
  const wait = 1000 * Math.max(first, longest * (0.75 + Math.random() / 4));
  let left = wait;
  let before = performance.now();
  let paused = false;
  let trying = false;
  let stopped = attempts >= ATTEMPTS;

  // The countdown is seen each second, but spoken only when something changes.
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
    // Should the visitor still be here after that, it is tried once more.
    left = 1000 * LONGEST;
    // A GET, whatever brought the visitor here: nothing is sent twice.
    if (location.hash) location.reload();
    else location.replace(location.href);
  }

  function tick() {
    const now = performance.now();
    // A page that nobody sees waits, however long it was asleep.
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
