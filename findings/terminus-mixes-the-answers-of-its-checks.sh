#!/usr/bin/env bash
# terminus, `verbatim`: what one health check once said stays in the answers of all of them.
#
# What happens: A readiness check reports once that a queue is full. From then on, each answer of
# each health check of the server says so, also the liveness check, which knows nothing of the
# queue, and also when the readiness check no longer says it. Whatever monitor reads the fields
# sees a problem that is over, until the process is started again.
#
# Expected: The readme: `verbatim` means "use object returned from /healthcheck verbatim in
#           response".
# Seen:     With 4.12.1 the returned object is copied into the one object that all answers share,
#           and stays in it. An answer with the errors of a failed check is made in the same way.
set -euo pipefail

VERSION=4.12.1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "@godaddy/terminus@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import { createServer } from "node:http";
import terminus from "@godaddy/terminus";
let full = false;
const site = createServer((request, response) => response.end("page"));
const server = terminus.createTerminus(site, {
  healthChecks: {
    "/ready": async () => (full ? { database: "well", queue: "full" } : { database: "well" }),
    "/live": async () => ({ process: "running" }),
    verbatim: true,
  },
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const ask = async (path) => {
  const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`);
  console.log(`${path}: ${await response.text()}`);
};
await ask("/live");
full = true;
await ask("/ready");
full = false;
await ask("/ready");
await ask("/live");
process.exit();
JS
node ask.mjs >found
echo "@godaddy/terminus $VERSION"
cat found

expected='/live: {"status":"ok","process":"running"}
/ready: {"status":"ok","process":"running","database":"well","queue":"full"}
/ready: {"status":"ok","process":"running","database":"well","queue":"full"}
/live: {"status":"ok","process":"running","database":"well","queue":"full"}'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: fields of one check stay in the answers of all"
else
  echo "changed: each answer has the fields of its own check"
  exit 1
fi
