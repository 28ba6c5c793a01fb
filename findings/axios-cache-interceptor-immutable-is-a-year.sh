#!/usr/bin/env bash
# axios-cache-interceptor: `max-age=1, immutable` is kept for a year, not for a second.
#
# What happens: A server says that its answer does not change while it is fresh, and that it is
# fresh for a short time, as is done for versions of a price list or a feature list. The client
# keeps it for a year, and never asks again.
#
# Expected: RFC 8246 §2: `immutable` says that the representation is not updated "during the
#           freshness lifetime of the response", which is what `max-age` says. The documentation of
#           `interpretHeader`: the `ttl` is inferred "as described in the MDN docs and the HTTP
#           specification".
# Seen:     With 1.12.3 the `ttl` is 31,536,000,000 ms, whatever `max-age` says, and nothing is
#           taken off for `Age`. Without `immutable` it is 1,000 ms.
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
let calls = 0;
const server = createServer((request, response) => {
  calls += 1;
  response.setHeader("cache-control", decodeURIComponent(request.url.slice(1)));
  response.end(`version ${calls}`);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const client = setupCache(axios.create({ baseURL: `http://127.0.0.1:${server.address().port}` }));
for (const says of ["max-age=1", "max-age=1, immutable"]) {
  calls = 0;
  const path = `/${encodeURIComponent(says)}`;
  const { id } = await client.get(path);
  const { ttl } = await client.storage.get(id);
  await pause(1500);
  const { data } = await client.get(path);
  console.log(`${says}: ttl ${ttl}, after 1.5 s ${data}`);
}
server.close();
process.exit();
JS
node ask.mjs >found
echo "axios-cache-interceptor $VERSION, axios $AXIOS"
cat found

expected='max-age=1: ttl 1000, after 1.5 s version 2
max-age=1, immutable: ttl 31536000000, after 1.5 s version 1'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: immutable makes a year of a second"
else
  echo "changed: max-age counts with immutable, too"
  exit 1
fi
