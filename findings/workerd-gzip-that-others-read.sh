#!/usr/bin/env bash
# workerd: an empty body labelled gzip, and gzip padded with zeros, cannot be read.
#
# What happens: a 302 without a body keeps the field `Content-Encoding: gzip`, which a filter of the
# server has set. Another server pads its compressed bodies with zeros, as gzip(1) allows for tapes.
# In a Worker, `response.text()` throws a TypeError for both. A fetch that could send nothing throws
# a TypeError too, so a caller takes a healthy server for one that cannot be reached.
#
# Expected: An empty text and "hello", which Node's fetch and Python's gzip read from them.
# Seen:     With workerd 1.20260426.1 and 1.20261110.1 the errors are "Gzip compressed stream ended
#           prematurely." and "Gzip decompression failed.". The same answers pass through a Worker
#           untouched if it hands the body on without reading it.
set -euo pipefail

VERSION=1.20261110.1

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
import { gzipSync } from "node:zlib";
const padded = Buffer.concat([gzipSync("hello"), Buffer.alloc(8)]);
const server = createServer((request, response) => {
  const isEmpty = request.url === "/empty";
  const fields = { "content-encoding": "gzip", ...(isEmpty ? { location: "/" } : {}) };
  response.writeHead(isEmpty ? 302 : 200, fields);
  response.end(isEmpty ? undefined : padded);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS

cat >read.mjs <<'JS'
export async function read(origin) {
  const seen = [];
  for (const path of ["/empty", "/padded"]) {
    const response = await fetch(origin + path, { redirect: "manual" });
    const text = await response.text().then((text) => `"${text}"`, (error) => error.name);
    seen.push(`${path.slice(1)}: ${text}`);
  }
  return seen.join(", ");
}
JS

cat >worker.js <<'JS'
import { read } from "read.mjs";
export default { fetch: async (request, env) => new Response(await read(env.ORIGIN)) };
JS

free_port() {
  node -e '
    const server = require("net").createServer().listen(0, "127.0.0.1", () => {
      console.log(server.address().port);
      server.close();
    });'
}

npm init -y >/dev/null
npm install --silent "workerd@$VERSION" >/dev/null
node origin.mjs >origin &
pids+=($!)
for _ in $(seq 50); do [ -s origin ] && break; sleep 0.1; done
origin="http://127.0.0.1:$(cat origin)"
port=$(free_port)
cat >config.capnp <<CAPNP
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "worker.js", esModule = embed "worker.js"),
        (name = "read.mjs", esModule = embed "read.mjs"),
      ],
      compatibilityDate = "2026-04-01",
      bindings = [(name = "ORIGIN", text = "$origin")])),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:$port", http = (), service = "main")]);
CAPNP
node_modules/.bin/workerd serve config.capnp >log 2>&1 &
pids+=($!)
worker=$(curl --silent --max-time 20 --retry 20 --retry-connrefused --retry-delay 1 \
  "http://127.0.0.1:$port/")
node=$(node -e "import('./read.mjs').then(async ({ read }) => console.log(await read('$origin')))")
python=$(python3 - "$origin" <<'PY'
import gzip, http.client, sys
host = sys.argv[1].removeprefix("http://")
seen = []
for path in ("/empty", "/padded"):
    connection = http.client.HTTPConnection(host, timeout=5)
    connection.request("GET", path)
    body = gzip.decompress(connection.getresponse().read()).decode()
    seen.append(f'{path[1:]}: "{body}"')
print(", ".join(seen))
PY
)
echo "$(python3 --version)  $python"
echo "node $(node --version)  $node"
echo "workerd $VERSION  $worker"

readable='empty: "", padded: "hello"'
unreadable='empty: TypeError, padded: TypeError'
if [[ $node == "$readable" && $python == "$readable" && $worker == "$unreadable" ]]; then
  echo "as found: workerd alone cannot read them"
else
  echo "changed: they agree, or another reader fails too"
  exit 1
fi
