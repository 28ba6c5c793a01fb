#!/usr/bin/env bash
# axios-cache-interceptor: an answer that may not be stored is stored if an older copy was there.
#
# What happens: The copy of a page is stale, and the server now answers 202 ("not ready yet"), or
# 503 to a client that takes every status. Without an older copy neither would be stored. With one,
# the answer takes the place of the copy, and is given out for five minutes, also when the server
# has long been well.
#
# Expected: The documentation of `cachePredicate`: it is "tested against the response to indicate
#           if it can be cached", and by default allows 200, 203, 300, 301, 302, 404, 405, 410, 414
#           and 501.
# Seen:     With 1.12.3 the predicate is not asked where an older copy exists. 202 and 503 are
#           stored and stay for the default `ttl`, since they have no `Cache-Control`.
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
let status = 200;
const server = createServer((request, response) => {
  if (status === 200) {
    response.setHeader("cache-control", "max-age=1");
    response.setHeader("etag", '"v1"');
  }
  response.writeHead(status).end(status === 200 ? "page" : "no page");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
for (const later of [202, 503]) {
  const client = setupCache(
    axios.create({
      baseURL: `http://127.0.0.1:${server.address().port}`,
      ...(later === 503 ? { validateStatus: () => true } : {}),
    }),
  );
  const ask = async (path) => {
    const { status, data, cached } = await client.get(path);
    return `${status} ${data}${cached ? ", from the cache" : ""}`;
  };
  status = later;
  await ask("/new");
  console.log(`${later}, no older copy, second time: ${await ask("/new")}`);
  status = 200;
  await ask("/old");
  await pause(1500);
  status = later;
  await ask("/old");
  console.log(`${later}, older copy, second time: ${await ask("/old")}`);
  status = 200;
  await pause(1500);
  console.log(`${later}, older copy, server well again: ${await ask("/old")}`);
}
server.close();
process.exit();
JS
node ask.mjs >found
echo "axios-cache-interceptor $VERSION, axios $AXIOS"
cat found

expected='202, no older copy, second time: 202 no page
202, older copy, second time: 202 no page, from the cache
202, older copy, server well again: 202 no page, from the cache
503, no older copy, second time: 503 no page
503, older copy, second time: 503 no page, from the cache
503, older copy, server well again: 503 no page, from the cache'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: what the predicate refuses takes the place of an older copy"
else
  echo "changed: the predicate is asked in both cases"
  exit 1
fi
