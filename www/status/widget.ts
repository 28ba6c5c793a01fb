// Puts a line about the site's state into a page of somebody else, where its script element stands:
// `<script async src="https://shop.example/status/widget.js"></script>`. It needs nothing of that
// page but leave to load a script and to ask for JSON from the status page.
import { baseOf, type Line, line, unread } from "./widget_line.ts";

// How often the state is asked for, in milliseconds, while the page is seen.
const EVERY = 60_000;
// How long an answer may take, in milliseconds.
const PATIENCE = 10_000;

const script = document.currentScript as HTMLScriptElement | null;
if (script) start(script);

function start(script: HTMLScriptElement): void {
  const base = baseOf(script.src);
  const link = document.createElement("a");
  const mark = document.createElement("span");
  const text = document.createElement("span");
  link.className = "breakwater-status";
  link.href = base;
  mark.ariaHidden = "true";
  mark.textContent = "\u25cf ";
  link.append(mark, text);
  script.after(link);

  const write = (line: Line) => {
    // A style that is set by script needs no leave of the page's policy.
    mark.style.color = line.color;
    text.textContent = line.text;
    link.dataset["state"] = line.state;
  };
  const renew = async () => {
    if (document.hidden) return;
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      const answer = await fetch(`${base}/api/v2/status.json`, { credentials: "omit", signal });
      write(answer.ok ? line(await answer.json()) : unread());
    } catch {
      write(unread());
    }
  };
  write(unread());
  renew();
  setInterval(renew, EVERY);
  document.addEventListener("visibilitychange", renew);
}
