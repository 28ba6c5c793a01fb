#!/usr/bin/env bash
# workerd, EventSource: an event whose data is empty is not delivered, named or not.
#
# What happens: a server says with a name alone that a page has to be read again: `event: reload`
# and an empty `data:`, since the name says it all. Browsers and other readers hear of it. A Worker
# that reads the stream hears nothing, so that it keeps what it should have renewed.
#
# Expected: HTML, "9.2.6 Interpreting an event stream": each data field adds a line feed, so that
#           the buffer is not empty. Its own example says that a block with the line `data` alone
#           fires an event with empty data. npm eventsource 5.1.5 delivers all three events.
# Seen:     workerd 1.20261117.1 delivers the third only, the one with text.
set -euo pipefail

VERSION=1.20261117.1
OTHER=5.1.5

folder=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

cat >origin.mjs <<'JS'
import { createServer } from "node:http";
const STREAM = "event: reload\ndata:\n\n" + "data\n\n" + "data: text\n\n";
const server = createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(STREAM);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS

# Both readers run this.
cat >collect.js <<'JS'
export async function collect(EventSource, url) {
  const source = new EventSource(url);
  const events = [];
  const keep = ({ type, data }) => events.push(`${type}(${data})`);
  source.addEventListener("message", keep);
  source.addEventListener("reload", keep);
  await new Promise((resolve) => source.addEventListener("error", resolve));
  source.close();
  return events.join(" ");
}
JS
cat >worker.js <<'JS'
import { collect } from "collect.js";
export default {
  async fetch(request, env) {
    return new Response(await collect(EventSource, env.ORIGIN));
  },
};
JS
cat >other.mjs <<'JS'
import { EventSource } from "eventsource";
import { collect } from "./collect.js";
console.log(await collect(EventSource, process.argv[2]));
JS

free_port() {
  node -e '
    const server = require("net").createServer().listen(0, "127.0.0.1", () => {
      console.log(server.address().port);
      server.close();
    });'
}

echo '{ "type": "module" }' >package.json
npm install --silent "workerd@$VERSION" "eventsource@$OTHER" >/dev/null
node origin.mjs >origin &
pids+=($!)
for _ in $(seq 50); do [ -s origin ] && break; sleep 0.1; done
origin=http://127.0.0.1:$(cat origin)
port=$(free_port)
cat >config.capnp <<CAPNP
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "worker.js", esModule = embed "worker.js"),
        (name = "collect.js", esModule = embed "collect.js"),
      ],
      compatibilityDate = "2026-11-01",
      bindings = [(name = "ORIGIN", text = "$origin")])),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:$port", http = (), service = "main")]);
CAPNP
node_modules/.bin/workerd serve config.capnp >log 2>&1 &
pids+=($!)
told=$(curl --silent --max-time 20 --retry 20 --retry-connrefused --retry-delay 1 \
  "http://127.0.0.1:$port/")
other=$(node other.mjs "$origin")
echo "workerd $VERSION: $told"
echo "eventsource $OTHER: $other"

if [[ $told == "message(text)" && $other == "reload() message() message(text)" ]]; then
  echo "as found: both events with empty data are missing"
else
  echo "changed: events with empty data are delivered, or the other reader drops them too"
  exit 1
fi
