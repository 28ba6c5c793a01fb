#!/usr/bin/env bash
# workerd: the error of a POST that the server has read completely says `retryable: true`.
#
# What happens: a server reads an order to its last byte and then fails without an answer. The
# error with which `fetch` rejects has `retryable = true`. According to the platform's documentation
# ("Error handling" of Durable Objects), this property tells callers that a call may be repeated.
# The error of a refused connection has the same value, although no byte can have arrived, so the
# property does not distinguish the two cases.
#
# Expected: `retryable` is true only if the request cannot have been processed, or if its method is
#           idempotent (RFC 9110 §9.2.2).
# Seen:     With 1.20260426.1 and 1.20261110.1 it is true for a POST in both cases. A retry loop
#           that relies on it sends the order twice.
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
let orders = 0;
const server = createServer((request, response) => {
  if (request.url === "/orders") return response.end(String(orders));
  request.resume().on("end", () => {
    orders += 1;
    request.socket.destroy();
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
JS

cat >worker.js <<'JS'
export default {
  async fetch(request, env) {
    const order = (origin) => fetch(`${origin}/order`, { method: "POST", body: "two shirts" });
    const told = async (origin) => {
      try {
        return (await order(origin)).status;
      } catch (error) {
        return `retryable=${error.retryable}`;
      }
    };
    return new Response(`arrived: ${await told(env.ORIGIN)}; refused: ${await told(env.REFUSES)}`);
  },
};
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
origin=$(cat origin)
port=$(free_port)
cat >config.capnp <<CAPNP
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-04-01",
      bindings = [
        (name = "ORIGIN", text = "http://127.0.0.1:$origin"),
        (name = "REFUSES", text = "http://127.0.0.1:$(free_port)"),
      ])),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:$port", http = (), service = "main")]);
CAPNP
node_modules/.bin/workerd serve config.capnp >log 2>&1 &
pids+=($!)
told=$(curl --silent --max-time 20 --retry 20 --retry-connrefused --retry-delay 1 \
  "http://127.0.0.1:$port/")
orders=$(curl --silent --max-time 5 "http://127.0.0.1:$origin/orders")
echo "workerd $VERSION  $told; orders that the server has read: $orders"

if [[ $orders == 1 && $told == "arrived: retryable=true; refused: retryable=true" ]]; then
  echo "as found: an order that arrived is called retryable"
else
  echo "changed: the property tells the two cases apart, or is gone"
  exit 1
fi
