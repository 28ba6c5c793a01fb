#!/usr/bin/env bash
# Miniflare, caches.default: a page of another ETag is answered with 304 if it is not newer.
#
# What happens: a shop takes a release back. The copy in the cache is of the older release, with its
# own ETag and its older Last-Modified. A visitor's browser has the page of the withdrawn release,
# and asks with both validators, as browsers do. The answer is 304 Not Modified: the browser goes on
# showing the release that was taken back, each time that it asks.
#
# Expected: RFC 9110 §13.1.3: "A recipient MUST ignore If-Modified-Since if the request contains an
#           If-None-Match header field". The ETags differ, so the answer is 200 with the older page.
# Seen:     miniflare 5.20261117.0-beta, which wrangler 4.164.0 brings, answers 304. It answers 200
#           if the request has the ETag alone.
set -euo pipefail

VERSION=5.20261117.0-beta

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "miniflare@$VERSION" >/dev/null

cat >worker.js <<'JS'
const PAGE = "https://shop.example/page";
export default {
  async fetch() {
    await caches.default.put(PAGE, new Response("the older release", {
      headers: {
        "Cache-Control": "max-age=600",
        "ETag": '"older"',
        "Last-Modified": "Sun, 01 Nov 2026 10:00:00 GMT",
      },
    }));
    const withdrawn = { "If-None-Match": '"withdrawn"' };
    const both = { ...withdrawn, "If-Modified-Since": "Mon, 02 Nov 2026 10:00:00 GMT" };
    const statuses = [];
    for (const headers of [withdrawn, both]) {
      const answer = await caches.default.match(new Request(PAGE, { headers }));
      statuses.push(answer.status);
      await answer.text();
    }
    return new Response(statuses.join(" "));
  },
};
JS
cat >run.mjs <<'JS'
import { readFileSync } from "node:fs";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
const miniflare = new Miniflare(convertV4MiniflareOptions({
  modules: true,
  script: readFileSync("worker.js", "utf8"),
  compatibilityDate: "2026-11-01",
}));
console.log(await (await miniflare.dispatchFetch("http://localhost/")).text());
await miniflare.dispose();
JS

read -r alone both < <(node run.mjs)
echo "miniflare $VERSION, with another ETag: $alone"
echo "miniflare $VERSION, with another ETag and a later date: $both"

if [[ "$alone $both" == "200 304" ]]; then
  echo "as found: the date overrules the ETag, and the visitor keeps what was taken back"
else
  echo "changed: the ETag decides, or the copy is not found"
  exit 1
fi
