#!/usr/bin/env bash
# workerd: each client that reads slowly costs the runtime several times the memory that it did.
#
# What happens: 400 clients ask a Worker that only passes a fetched body of 250,000 bytes on, and
# read nothing of it for two seconds. The kernel's buffers and the streams' own bound what is on its
# way, and the rest can stay with the server. For each client the process keeps buffers.
#
# Expected: About the same memory in releases of one year, with the same compatibility date. An
#           isolate has 128 MB (Workers, "Limits"), so a page's slow readers should not take it.
# Seen:     1.20260426.1 and 1.20261007.1 take 31 and 36 MB, 1.20261014.1 takes 115 MB and
#           1.20261110.1 takes 138 MB: about the whole body of each reader, and a third more.
set -euo pipefail

VERSIONS=(1.20260426.1 1.20261007.1 1.20261014.1 1.20261110.1)
READERS=400

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
const body = Buffer.alloc(250_000, "x");
const server = createServer((_, response) => {
  response.writeHead(200, { "content-length": body.length });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS

cat >worker.js <<'JS'
export default { fetch: (request, env) => fetch(env.ORIGIN) };
JS

# Connects the readers, which do not read, and prints how many megabytes the process grew by.
cat >readers.mjs <<'JS'
import { readFileSync } from "node:fs";
import { connect } from "node:net";
const [port, pid, count] = process.argv.slice(2).map(Number);
const resident = () =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1000;
const ask = () =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.pause();
      socket.write("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", () => resolve(socket));
    });
  });
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
for (let warm = 0; warm < 500; warm += 1) await (await fetch(`http://127.0.0.1:${port}/`)).text();
const before = resident();
await Promise.all(Array.from({ length: count }, ask));
let most = 0;
for (let look = 0; look < 20; look += 1) {
  await wait(100);
  most = Math.max(most, resident());
}
console.log(Math.round(most - before));
process.exit(0);
JS

node origin.mjs >origin &
pids+=($!)
for _ in $(seq 50); do [ -s origin ] && break; sleep 0.1; done

# Sets `grew` to the megabytes that this version takes for the readers.
try() {
  local version=$1 port
  mkdir "$version"
  (cd "$version" && npm init -y >/dev/null && npm install --silent "workerd@$version" >/dev/null)
  port=$(node -e '
    const server = require("net").createServer().listen(0, "127.0.0.1", () => {
      console.log(server.address().port);
      server.close();
    });')
  cat >config.capnp <<CAPNP
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-04-01",
      bindings = [(name = "ORIGIN", text = "http://127.0.0.1:$(cat origin)")])),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:$port", http = (), service = "main")]);
CAPNP
  "$version/node_modules/@cloudflare/workerd-linux-64/bin/workerd" serve config.capnp >"$version/log" 2>&1 &
  pids+=($!)
  local pid=$!
  curl --silent --output /dev/null --max-time 10 --retry 20 --retry-connrefused --retry-delay 1 \
    "http://127.0.0.1:$port/"
  grew=$(node readers.mjs "$port" "$pid" "$READERS")
  echo "workerd $version  $READERS slow readers take $grew MB"
  kill "$pid"
}

for version in "${VERSIONS[@]}"; do
  try "$version"
  [ "$version" = "${VERSIONS[0]}" ] && first=$grew
done
if [ "$grew" -gt $((2 * first)) ]; then
  echo "as found: a slow reader costs more than twice as much as before"
else
  echo "changed: slow readers cost about what they did"
  exit 1
fi
