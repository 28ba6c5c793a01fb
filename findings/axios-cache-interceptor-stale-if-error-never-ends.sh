#!/usr/bin/env bash
# axios-cache-interceptor: the time that `stale-if-error` allows does not end while requests come.
#
# What happens: A server says `max-age=1, stale-if-error=2`, and so that its copies must not be
# older than three seconds, also in an outage. Then it fails. The copy is given out for the whole
# outage, as long as some request comes at least every two seconds, although it becomes older and
# older. Where the error itself has no `Cache-Control`, there is no limit at all.
#
# Expected: RFC 5861 §4: the stored response says for how many seconds after it became stale it may
#           be used. The documentation of `staleIfError: true`, the default: the time is without
#           limit "if no value is present on `stale-if-error` in Cache-Control".
# Seen:     With 1.12.3 the value is read from the error, not from the copy. And each error that
#           the copy has answered makes the copy as young as a new one, so the time starts again.
set -euo pipefail

AXIOS=1.21.1
VERSION=1.12.3

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "axios@$AXIOS" "axios-cache-interceptor@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import { createServer } from "node:http";
import axios from "axios";
import { setupCache } from "axios-cache-interceptor";
let down = false;
const server = createServer((request, response) => {
  const limit = "max-age=1, stale-if-error=2";
  if (!down) {
    return response.writeHead(200, { "cache-control": limit, etag: '"v1"' }).end("page");
  }
  response.writeHead(503, request.url === "/both" ? { "cache-control": limit } : {}).end("down");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const client = setupCache(axios.create({ baseURL: `http://127.0.0.1:${server.address().port}` }));
const ask = async (path) => {
  try {
    const { status, data, stale } = await client.get(path);
    return `${status} ${data}${stale ? ", stale" : ""}`;
  } catch (error) {
    return `error ${error.response.status}`;
  }
};
await Promise.all([ask("/copy"), ask("/both")]);
const stored = performance.now();
down = true;
await pause(1500);
for (let round = 1; round <= 8; round += 1) {
  const age = Math.floor((performance.now() - stored) / 1000);
  const answers = await Promise.all([ask("/copy"), ask("/both")]);
  if (round === 1 || round === 8) {
    console.log(`age ${age} s, the copy has the limit: ${answers[0]}`);
    console.log(`age ${age} s, the copy and the error have it: ${answers[1]}`);
  }
  await pause(1000);
}
await pause(3000);
console.log(`after a pause, the copy has the limit: ${await ask("/copy")}`);
console.log(`after a pause, the copy and the error have it: ${await ask("/both")}`);
server.close();
process.exit();
JS
node ask.mjs >found
echo "axios-cache-interceptor $VERSION, axios $AXIOS"
cat found

expected='the copy has the limit: 200 page, stale
the copy and the error have it: 200 page, stale
the copy has the limit: 200 page, stale
the copy and the error have it: 200 page, stale
the copy has the limit: 200 page, stale
the copy and the error have it: error 503'
if [[ $(sed 's/^[^,]*, //' found) == "$expected" ]]; then
  echo "as found: copies are given out long after the three seconds"
else
  echo "changed: the limit ends"
  exit 1
fi
