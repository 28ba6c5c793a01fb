#!/usr/bin/env bash
# got, cache: while the server answers 503, a copy in another language is given out as the answer.
#
# What happens: A page exists in German and English under one address, with `Vary:
# Accept-Language`. A German visitor was here, and the copy is still fresh. Then the server answers
# 503. An English visitor, who has no copy, gets 200 with the German page, marked as coming from
# the cache. The response has no `stale-if-error`, and nothing tells the caller that the server had
# failed.
#
# Expected: RFC 9111 §4.1: a stored response with `Vary` is not used for a request whose fields do
#           not match, unless the server has validated it. A 503 validates nothing, so it is passed
#           on. The readme of http-cache-semantics names `Vary` among the details it is aware of.
# Seen:     got 16.1.0 with cacheable-request 13.0.19 gives 200 and the German page. The cause is
#           in http-cache-semantics 4.3.0: `revalidatedPolicy` looks at a 5xx before it looks at
#           the request, and says `modified: false, matches: true`, as long as the copy is fresh.
set -euo pipefail

NODE=22.23.3
GOT=16.1.0
CACHEABLE=13.0.19
SEMANTICS=4.3.0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "node@$NODE" "got@$GOT" "cacheable-request@$CACHEABLE" \
  "http-cache-semantics@$SEMANTICS" >/dev/null

cat >ask.mjs <<'JS'
import { createServer } from "node:http";
import CachePolicy from "http-cache-semantics";
import got from "got";
let down = false;
const server = createServer((request, response) => {
  if (down) return response.writeHead(503).end("down");
  response.setHeader("cache-control", "max-age=60");
  response.setHeader("vary", "Accept-Language");
  response.end(request.headers["accept-language"] === "de" ? "Guten Tag" : "Good day");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/`;
const cache = new Map();
const ask = async (language, useCache = cache) => {
  const { statusCode, body, isFromCache } = await got(url, {
    cache: useCache,
    headers: { "accept-language": language },
    retry: { limit: 0 },
    throwHttpErrors: false,
  });
  return `${statusCode} ${body}, from the cache: ${isFromCache}`;
};
console.log(`German, server well: ${await ask("de")}`);
down = true;
console.log(`English, server down: ${await ask("en")}`);
console.log(`English, server down, empty cache: ${await ask("en", new Map())}`);
server.close();

const request = (language) => ({
  url: "/",
  method: "GET",
  headers: { host: "shop.example", "accept-language": language },
});
const stored = new CachePolicy(request("de"), {
  status: 200,
  headers: { "cache-control": "max-age=60", vary: "Accept-Language" },
});
const told = stored.revalidatedPolicy(request("en"), { status: 503, headers: {} });
console.log(`the policy for a 503: modified ${told.modified}, matches ${told.matches}`);
JS
node_modules/node/bin/node ask.mjs >found
echo "got $GOT, cacheable-request $CACHEABLE, http-cache-semantics $SEMANTICS"
cat found

expected='German, server well: 200 Guten Tag, from the cache: false
English, server down: 200 Guten Tag, from the cache: true
English, server down, empty cache: 503 down, from the cache: false
the policy for a 503: modified false, matches true'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: in an outage the copy for another language is the answer"
else
  echo "changed: the copy for another language is not used"
  exit 1
fi
