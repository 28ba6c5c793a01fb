// Reports what goes wrong in a page of Breakwater's own to Sentry, by the site's tunnel. A page has
// this script only where the site has one; its element says what the reports are to say.
import { reporter } from "./reporter.ts";

// The site's tunnel (docs/reference/sentry.md), which knows the project.
const TUNNEL = "/_breakwater/tunnel";

const known = document.currentScript?.dataset;
if (known) {
  const report = reporter(known, {
    address: () => location.href,
    now: () => Date.now(),
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    send: (body) => {
      // It outlives the page, and takes along nothing that the browser has of the site. Whether it
      // arrives is nothing that the reader of a page could do anything about.
      const how = { keepalive: true, credentials: "omit", referrerPolicy: "no-referrer" } as const;
      fetch(TUNNEL, { method: "POST", body, ...how }).catch(() => {});
    },
  });
  // An error of which nothing is known is of a script of another origin, or is no error: browsers
  // tell in this way that a layout took more than one attempt.
  addEventListener("error", ({ error }) => report(error, "onerror"));
  addEventListener("unhandledrejection", ({ reason }) => report(reason, "onunhandledrejection"));
}
