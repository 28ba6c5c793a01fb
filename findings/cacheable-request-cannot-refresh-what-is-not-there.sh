#!/usr/bin/env bash
# cacheable-request: `forceRefresh` fails, without a request, if there is no copy yet.
#
# What happens: A page is to be fetched afresh, say after an edit. If a copy is there, it is
# fetched. If none is there (the first start, a copy that was thrown out, an address not seen
# before), no request is made, and the caller gets a `CacheError`.
#
# Expected: The readme: `forceRefresh` "forces refreshing the cache. If the response could be
#           retrieved from the cache, it will perform a new request and override the cache
#           instead." Without a copy a request is made in any case.
# Seen:     With 13.0.19 the error is "Cannot read properties of undefined (reading
#           'cachePolicy')".
set -euo pipefail

VERSION=13.0.19

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "cacheable-request@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import http from "node:http";
import CacheableRequest from "cacheable-request";
let calls = 0;
const server = http.createServer((request, response) => {
  calls += 1;
  response.setHeader("cache-control", "max-age=60");
  response.end("page");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address();
const cached = new CacheableRequest(http.request).request();
const ask = (path, forceRefresh) =>
  new Promise((resolve) => {
    const options = { hostname: "127.0.0.1", port, path, forceRefresh };
    const answered = (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    };
    cached(options, answered)
      .on("request", (request) => request.end())
      .on("error", (error) => resolve(error.message));
  });
await ask("/known", false);
await new Promise((resolve) => setTimeout(resolve, 500));
for (const path of ["/known", "/new"]) {
  calls = 0;
  console.log(`refresh ${path}: ${await ask(path, true)}; requests: ${calls}`);
}
server.close();
JS
node ask.mjs >found
echo "cacheable-request $VERSION"
cat found

expected="refresh /known: 200; requests: 1
refresh /new: Cannot read properties of undefined (reading 'cachePolicy'); requests: 0"
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: what is not in the cache cannot be refreshed"
else
  echo "changed: a refresh makes a request in both cases"
  exit 1
fi
