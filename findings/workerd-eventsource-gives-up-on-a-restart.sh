#!/usr/bin/env bash
# workerd, EventSource: it gives up for good if the server is not back at the first attempt.
#
# What happens: a server that sends events restarts, and needs two seconds for it. A Worker that
# reads them connects again after a second, is refused, and closes its EventSource. It hears nothing
# any more, long after the server is back. A restart that is over within the second goes well.
#
# Expected: HTML, "9.2.3 Processing model": "if res is a network error, then reestablish the
#           connection, unless the user agent knows that to be futile". npm eventsource 5.1.5 tries
#           again until it hears the second event.
# Seen:     workerd 1.20261117.1 is closed (readyState 2) after the first refused connection.
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
let count = 0;
let away = 0;
function begin(port) {
  const server = createServer((request, response) => {
    const [, name, time] = request.url.split("/");
    if (name === "restart") {
      count = 0;
      away = Number(time);
      return response.end();
    }
    count += 1;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`retry: 1000\ndata: ${count}\n\n`);
    if (count === 1) setTimeout(end, 300);
  });
  function end() {
    const { port: same } = server.address();
    server.close();
    server.closeAllConnections();
    setTimeout(begin, away, same);
  }
  server.listen(port, "127.0.0.1", () => port || console.log(server.address().port));
}
begin(0);
JS

# Both readers run this.
cat >collect.js <<'JS'
export async function collect(EventSource, url) {
  const source = new EventSource(url);
  const events = [];
  source.addEventListener("message", ({ data }) => events.push(data));
  source.addEventListener("error", () => {});
  await new Promise((resolve) => setTimeout(resolve, 6000));
  const state = source.readyState;
  source.close();
  return `heard ${events.join(" ")}, readyState ${state}`;
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
restart() { curl --silent "$origin/restart/$1"; }
ask() {
  curl --silent --max-time 20 --retry 20 --retry-connrefused --retry-delay 1 \
    "http://127.0.0.1:$port/"
}
restart 100
short=$(ask)
restart 2000
long=$(ask)
restart 2000
other=$(node other.mjs "$origin")
echo "workerd $VERSION, the server is away for 0.1 s: $short"
echo "workerd $VERSION, the server is away for 2 s: $long"
echo "eventsource $OTHER, the server is away for 2 s: $other"

if [[ $short == "heard 1 2, readyState 1" && $other == "heard 1 2, readyState 1" ]] &&
  [[ $long == "heard 1, readyState 2" ]]; then
  echo "as found: it is closed after one refused connection"
else
  echo "changed: it tries again, or the other reader gives up too"
  exit 1
fi
