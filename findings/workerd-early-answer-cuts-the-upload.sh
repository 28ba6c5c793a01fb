#!/usr/bin/env bash
# workerd: a complete answer that arrives before the upload has ended cuts the upload.
#
# What happens: a server answers 202 at once and continues to read the request's body. HTTP/1.1
# allows that: RFC 9112 §9.5 and §9.6 are about connections, and in neither does a final answer end
# a request that is still being sent. A Worker sends the body as a stream and reads the answer to
# its end. It loses the rest of the upload: the server sees the connection break, although the fetch
# succeeded.
#
# Expected: The server reads all 3,000,000 bytes, as it does with workerd 1.20261007.1.
# Seen:     With 1.20261014.1, 1.20261110.1 and 1.20261117.1 it reads a part of them. The stream's
#           writer gets the error "Network connection lost.". A Worker that only passes a visitor's
#           body on gets no error.
set -euo pipefail

CHANGED=1.20261110.1
BEFORE=1.20261007.1

folder=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"

cat > origin.mjs <<'JS'
import { createServer } from "node:http";
let last = { bytes: 0, complete: false };
const server = createServer((request, response) => {
  if (request.url === "/last") return response.end(JSON.stringify(last));
  const upload = (last = { bytes: 0, complete: false });
  request.on("data", (chunk) => (upload.bytes += chunk.length));
  request.on("end", () => (upload.complete = true));
  request.on("error", () => {});
  response.writeHead(202, { "content-type": "text/plain" });
  response.end("taken");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS

cat > worker.js <<'JS'
const SIZE = 3_000_000;
const CHUNK = 50_000;
export default {
  async fetch(request, env) {
    const { readable, writable } = new FixedLengthStream(SIZE);
    const writer = writable.getWriter();
    const upload = async () => {
      for (let sent = 0; sent < SIZE; sent += CHUNK) {
        await writer.write(new Uint8Array(CHUNK));
        await scheduler.wait(5);
      }
      await writer.close();
      return "sent whole";
    };
    const uploading = upload().catch((error) => error.message);
    const response = await fetch(`${env.ORIGIN}/upload`, { method: "POST", body: readable });
    const answer = await response.text();
    return new Response(`${response.status} ${answer}; upload: ${await uploading}`);
  },
};
JS

# Runs this version of workerd and sets `seen` to what the Worker and the server saw.
try() {
  local version=$1 port origin told
  mkdir "$version"
  (cd "$version" && npm init -y >/dev/null && npm install --silent "workerd@$version" >/dev/null)
  node origin.mjs >"$version/origin" &
  pids+=($!)
  for _ in $(seq 50); do [ -s "$version/origin" ] && break; sleep 0.1; done
  origin=$(cat "$version/origin")
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
      bindings = [(name = "ORIGIN", text = "http://127.0.0.1:$origin")])),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:$port", http = (), service = "main")]);
CAPNP
  "$version/node_modules/.bin/workerd" serve config.capnp >"$version/log" 2>&1 &
  pids+=($!)
  told=$(curl --silent --max-time 30 --retry 20 --retry-connrefused --retry-delay 1 \
    "http://127.0.0.1:$port/")
  sleep 0.5
  seen="worker: $told | server: $(curl --silent --max-time 5 "http://127.0.0.1:$origin/last")"
  echo "workerd $version  $seen"
}

try "$BEFORE"
before=$seen
try "$CHANGED"
now=$seen

whole='server: {"bytes":3000000,"complete":true}'
cut='worker: 202 taken; upload: Network connection lost.'
if [[ $before == *"$whole" && $now == "$cut"* && $now != *"$whole" ]]; then
  echo "as found: the answer cut the upload"
else
  echo "changed: the upload is no longer cut, or the older version cuts it too"
  exit 1
fi
