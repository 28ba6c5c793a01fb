#!/usr/bin/env bash
# retry-axios: `Retry-After: 0`, or the date of this second, ends the retries.
#
# What happens: A server that was restarted answers one request with 503 and says that the client
# may come back at once, by `Retry-After: 0`, or by a date that is now. It is not asked again, and
# the caller gets the error. Without the field, or with `Retry-After: 1`, it is asked again, and
# answers. A date has whole seconds, so "in a moment" is a date of the past when it arrives.
#
# Expected: RFC 9110 §10.2.3: the field says how long to wait "before making a follow-up request",
#           and 0 is a valid value. The documentation: the value is used "as delay", and only one
#           that is greater than `maxRetryAfter` is refused.
# Seen:     With 4.0.3 a wait of 0 or less is handled as one that is above `maxRetryAfter`: the
#           request fails at once.
set -euo pipefail

AXIOS=1.21.1
VERSION=4.0.3

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "axios@$AXIOS" "retry-axios@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import { createServer } from "node:http";
import axios from "axios";
import * as rax from "retry-axios";
let calls = 0;
const says = {
  nothing: () => ({}),
  "1": () => ({ "retry-after": "1" }),
  "0": () => ({ "retry-after": "0" }),
  "the date of now": () => ({ "retry-after": new Date().toUTCString() }),
};
const server = createServer((request, response) => {
  calls += 1;
  if (calls > 1) return response.end("well");
  response.writeHead(503, says[decodeURIComponent(request.url.slice(1))]()).end();
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
for (const what of ["nothing", "1", "0", "the date of now"]) {
  calls = 0;
  const client = axios.create({ baseURL: `http://127.0.0.1:${server.address().port}` });
  client.defaults.raxConfig = { retry: 3 };
  rax.attach(client);
  const told = await client.get(`/${encodeURIComponent(what)}`).then(
    ({ data }) => data,
    (error) => `error ${error.response.status}`,
  );
  console.log(`Retry-After says ${what}: ${calls} requests, ${told}`);
}
process.exit();
JS
node ask.mjs >found
echo "retry-axios $VERSION, axios $AXIOS"
cat found

expected='Retry-After says nothing: 2 requests, well
Retry-After says 1: 2 requests, well
Retry-After says 0: 1 requests, error 503
Retry-After says the date of now: 1 requests, error 503'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: who may come back at once does not come back"
else
  echo "changed: a wait of 0 is a wait"
  exit 1
fi
