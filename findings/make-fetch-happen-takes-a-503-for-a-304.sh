#!/usr/bin/env bash
# make-fetch-happen: after a 503 the stored copy has the headers of the error page.
#
# What happens: A JSON answer is stored with `stale-if-error`. Then the server answers 503 with an
# error page in HTML. The first caller gets the old JSON with its own headers, as it should be.
# Every later caller gets the old JSON as `text/html`, with the entity tag of the error page. When
# the server is well again and has the same entity tag as before, the body is fetched as a whole,
# since the tag of the copy is lost.
#
# Expected: RFC 9111 §4.3.4: only a 304 (Not Modified) changes the headers of what is stored.
#           §4.3.3: if a 5xx answers the validation, it may be passed on, or the stored response is
#           sent.
# Seen:     With 16.0.1 the 503 is handled as a 304: its headers are written over those of the
#           copy, its time is the new time of the copy, and the copy is called `revalidated`.
set -euo pipefail

NODE=22.23.3
VERSION=16.0.1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "node@$NODE" "make-fetch-happen@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import { createServer } from "node:http";
import fetch from "make-fetch-happen";
let down = false;
let sent = "";
const server = createServer((request, response) => {
  if (down) {
    response.writeHead(503, { "content-type": "text/html", etag: '"error-page"' });
    return response.end("<h1>Down</h1>");
  }
  response.setHeader("content-type", "application/json");
  response.setHeader("etag", '"v1"');
  response.setHeader("cache-control", "max-age=1, stale-if-error=600");
  const unchanged = request.headers["if-none-match"] === '"v1"';
  sent = unchanged ? "304" : "200 with the body";
  response.writeHead(unchanged ? 304 : 200).end(unchanged ? "" : '{"open":true}');
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const ask = async (cachePath) => {
  const url = `http://127.0.0.1:${server.address().port}/`;
  const response = await fetch(url, { cachePath, retry: false });
  const body = await response.text();
  const header = (name) => response.headers.get(name);
  const how = header("x-local-cache-status");
  return `${response.status} ${body} ${header("content-type")} ${header("etag")} ${how}`;
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
for (const outage of [false, true]) {
  const cachePath = `./cache-${outage}`;
  console.log(outage ? "with an outage" : "without an outage");
  console.log(`  first: ${await ask(cachePath)}`);
  await pause(1500);
  down = outage;
  for (let round = 1; outage && round <= 3; round += 1) {
    console.log(`  down, ${round}: ${await ask(cachePath)}`);
  }
  down = false;
  console.log(`  well again: ${await ask(cachePath)}; the server sent ${sent}`);
}
server.close();
JS
node_modules/node/bin/node ask.mjs >found
echo "make-fetch-happen $VERSION"
cat found

expected='without an outage
  first: 200 {"open":true} application/json "v1" miss
  well again: 200 {"open":true} application/json "v1" revalidated; the server sent 304
with an outage
  first: 200 {"open":true} application/json "v1" miss
  down, 1: 200 {"open":true} application/json "v1" revalidated
  down, 2: 200 {"open":true} text/html "error-page" revalidated
  down, 3: 200 {"open":true} text/html "error-page" revalidated
  well again: 200 {"open":true} application/json "v1" updated; the server sent 200 with the body'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: the copy is given out with the headers of the error page"
else
  echo "changed: the copy keeps its headers"
  exit 1
fi
