#!/usr/bin/env bash
# workerd, EventSource: an event with CRLF is torn in two if a chunk ends between the CR and the LF.
#
# What happens: a server ends its lines with CRLF, as sse-starlette does by default, and a chunk of
# the stream happens to end after the CR. On a long stream that comes by itself. A Worker that reads
# the stream gets two events for one: the first has the name and the lines so far, the second has
# the rest and no name. JSON on several lines cannot be read in either.
#
# Expected: HTML, "9.2.5 Parsing an event stream": a CR LF pair is one end of line, however the
#           bytes arrive, and the event is dispatched at the empty line. It is one event "up" with
#           two lines of data, as npm eventsource 5.1.5 reads it from the same chunks.
# Seen:     workerd 1.20261117.1 takes the LF at the beginning of a chunk for an empty line. If both
#           come in one chunk, it reads one event as well.
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
const PARTS = {
  "/whole": ["event: up\r\ndata: first\r\ndata: second\r\n\r\n"],
  "/parts": ["event: up\r\ndata: first\r", "\ndata: second\r\n\r\n"],
};
const server = createServer(async (request, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const part of PARTS[request.url]) {
    response.write(part);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  response.end();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS

# Both readers run this.
cat >collect.js <<'JS'
export async function collect(EventSource, url) {
  const source = new EventSource(url);
  const events = [];
  const keep = ({ type, data }) => events.push(`${type}(${data.replaceAll("\n", "+")})`);
  source.addEventListener("message", keep);
  source.addEventListener("up", keep);
  await new Promise((resolve) => source.addEventListener("error", resolve));
  source.close();
  return events.join(" ");
}
JS
cat >worker.js <<'JS'
import { collect } from "collect.js";
export default {
  async fetch(request, env) {
    return new Response(await collect(EventSource, env.ORIGIN + new URL(request.url).pathname));
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
ask() {
  curl --silent --max-time 20 --retry 20 --retry-connrefused --retry-delay 1 \
    "http://127.0.0.1:$port/$1"
}

whole=$(ask whole)
parts=$(ask parts)
other=$(node other.mjs "$origin/parts")
echo "workerd $VERSION, CR and LF in one chunk: $whole"
echo "workerd $VERSION, CR and LF in two chunks: $parts"
echo "eventsource $OTHER, CR and LF in two chunks: $other"

if [[ $whole == "up(first+second)" && $other == "up(first+second)" ]] &&
  [[ $parts == "up(first) message(second)" ]]; then
  echo "as found: the event is torn where the chunk ends"
else
  echo "changed: the event is whole, or another reader tears it too"
  exit 1
fi
