#!/usr/bin/env bash
# axios-retry: `Retry-After` of a month is no pause at all; three more requests go out at once.
#
# What happens: A monthly quota is used up, and the server answers 429 with `Retry-After: 2592000`,
# or a shop is closed until a date next month and says so. The client sends all its retries within
# some milliseconds. The longer the server asks it to stay away, the sooner it comes back: with 24
# days it waits, with 25 it does not.
#
# Expected: The readme: "axios-retry will wait as long as the biggest value between the
#           `Retry-After` header and the configured `retryDelay` option". RFC 9110 §10.2.3 sets no
#           upper limit.
# Seen:     With 4.5.0 the time goes to `setTimeout` as it is. Above 2,147,483,647 ms that is 1 ms.
set -euo pipefail

AXIOS=1.21.1
VERSION=4.5.0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "axios@$AXIOS" "axios-retry@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import { createServer } from "node:http";
import axios from "axios";
import axiosRetry from "axios-retry";
let calls = 0;
const day = 24 * 60 * 60;
const server = createServer((request, response) => {
  calls += 1;
  const [, form, days] = request.url.split("/");
  const date = new Date(Date.now() + days * day * 1000).toUTCString();
  response.writeHead(429, { "retry-after": form === "date" ? date : days * day }).end();
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const client = axios.create({ baseURL: `http://127.0.0.1:${server.address().port}` });
axiosRetry(client, { retries: 3 });
for (const form of ["seconds", "date"]) {
  for (const days of [24, 30]) {
    calls = 0;
    client.get(`/${form}/${days}`).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 2000));
    console.log(`Retry-After of ${days} days as ${form}: ${calls} requests within 2 s`);
  }
}
process.exit();
JS
node --no-warnings ask.mjs >found
echo "axios-retry $VERSION, axios $AXIOS"
cat found

expected='Retry-After of 24 days as seconds: 1 requests within 2 s
Retry-After of 30 days as seconds: 4 requests within 2 s
Retry-After of 24 days as date: 1 requests within 2 s
Retry-After of 30 days as date: 4 requests within 2 s'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: a pause of 30 days is no pause"
else
  echo "changed: a pause of 30 days is kept, or ends the retries"
  exit 1
fi
