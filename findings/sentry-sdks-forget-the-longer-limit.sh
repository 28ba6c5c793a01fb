#!/usr/bin/env bash
# Sentry's SDKs: of two limits for one kind of event the last is kept, not the longest.
#
# What happens: Sentry, or a tunnel in front of it, refuses an event with 429. Two quotas are used
# up: the organization's for ten minutes, and the key's for one second. Both stand in the one header
# that the SDKs read, `X-Sentry-Rate-Limits: 600:error:organization, 1:error:key`. After two seconds
# the application sends its errors again, ten minutes long, to a service that has asked for quiet.
# The same two limits in the other order are obeyed.
#
# Expected: Sentry's "Rate Limiting" page for SDKs (develop.sentry.dev), stage 2: "Always keep the
#           maximum rate limit if multiple rate limits reference the same category." So the second
#           event is held back in both orders.
# Seen:     npm @sentry/browser 11.12.0 and PyPI sentry-sdk 2.75.0 send it if the shorter limit is
#           named last. npm @sentry/node 11.12.0 has the same code and did the same.
set -euo pipefail

BROWSER_SDK=11.12.0
PYTHON_SDK=2.75.0

folder=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "@sentry/browser@$BROWSER_SDK" >/dev/null
python3 -m venv python
python/bin/pip install --quiet --no-compile --disable-pip-version-check "sentry-sdk==$PYTHON_SDK"

# A project's number says which header its answers have.
cat >intake.mjs <<'JS'
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";
const LONGEST_FIRST = "600:error:organization, 1:error:key";
const LONGEST_LAST = "1:error:key, 600:error:organization";
const seen = {};
const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const [, , project, last] = request.url.split("/");
  if (last === "seen") return response.end((seen[project] ?? []).join(" "));
  const body = Buffer.concat(chunks);
  const zipped = request.headers["content-encoding"] === "gzip";
  const text = (zipped ? gunzipSync(body) : body).toString();
  (seen[project] ??= []).push(text.match(/the (first|second) event/)?.[1] ?? "something else");
  const limits = Number(project) % 2 ? LONGEST_FIRST : LONGEST_LAST;
  response.writeHead(429, { "X-Sentry-Rate-Limits": limits }).end("{}");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS

cat >client.mjs <<'JS'
import { BrowserClient, defaultStackParser, makeFetchTransport } from "@sentry/browser";
const client = new BrowserClient({
  dsn: process.argv[2],
  transport: makeFetchTransport,
  stackParser: defaultStackParser,
  integrations: [],
  sendClientReports: false,
});
client.captureMessage("the first event", "error");
await client.flush(5000);
await new Promise((resolve) => setTimeout(resolve, 2000));
client.captureMessage("the second event", "error");
await client.flush(5000);
process.exit();
JS

cat >client.py <<'PY'
import sys, time
import sentry_sdk
sentry_sdk.init(sys.argv[1], default_integrations=False, send_client_reports=False)
sentry_sdk.capture_message("the first event", "error")
sentry_sdk.flush(5)
time.sleep(2)
sentry_sdk.capture_message("the second event", "error")
sentry_sdk.flush(5)
PY

node intake.mjs >port &
pids+=($!)
for _ in $(seq 100); do [[ -s port ]] && break || sleep 0.1; done
port=$(cat port)

dsn() { echo "http://key@127.0.0.1:$port/$1"; }
node client.mjs "$(dsn 1)"
node client.mjs "$(dsn 2)"
python/bin/python client.py "$(dsn 3)"
python/bin/python client.py "$(dsn 4)"

seen() { curl --silent "http://127.0.0.1:$port/api/$1/seen"; }
echo "@sentry/browser $BROWSER_SDK, the longest first: $(seen 1)"
echo "@sentry/browser $BROWSER_SDK, the longest last: $(seen 2)"
echo "sentry-sdk $PYTHON_SDK, the longest first: $(seen 3)"
echo "sentry-sdk $PYTHON_SDK, the longest last: $(seen 4)"

if [[ "$(seen 1), $(seen 2)" == "first second, first" ]] &&
  [[ "$(seen 3), $(seen 4)" == "first second, first" ]]; then
  echo "as found: the second event is sent if the shorter limit is named last"
else
  echo "changed: they keep the longest limit, or none of the two"
  exit 1
fi
