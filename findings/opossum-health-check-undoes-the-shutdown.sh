#!/usr/bin/env bash
# opossum: the health check outlives `shutdown()`, and its failure puts the circuit in use again.
#
# What happens: A circuit is shut down, say because its service is being replaced. Its calls are
# refused, as they should be. But the health check is still run at each interval, for as long as
# the process lives. When it fails, the circuit is no longer shut down: `isShutdown` is false, and
# calls go to the service again, this time without any protection, however many of them fail.
#
# Expected: The documentation of `shutdown()`: "All subsequent calls to the circuit will fail,
#           returning a rejected promise." The readme recommends it "to clean up all listeners".
# Seen:     With 10.0.0 the timer of the check is not stopped, and its failure calls `open()`,
#           which changes the state from shut down to open. The circuit was disabled by the
#           shutdown, and in a disabled circuit each call is let through.
set -euo pipefail

NODE=22.23.3
VERSION=10.0.0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "node@$NODE" "opossum@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import CircuitBreaker from "opossum";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let healthy = true;
let checks = 0;
let calls = 0;
const circuit = new CircuitBreaker(async () => {
  calls += 1;
  throw new Error("down");
});
circuit.healthCheck(async () => {
  checks += 1;
  if (!healthy) throw new Error("not healthy");
}, 200);
const fire = async (times) => {
  calls = 0;
  for (let round = 0; round < times; round += 1) await circuit.fire().catch(() => {});
  return `shut down: ${circuit.isShutdown}, of ${times} calls ${calls} reach the service`;
};
await pause(500);
circuit.shutdown();
console.log(`after shutdown(): ${await fire(50)}`);
checks = 0;
await pause(1100);
console.log(`health checks in the second after it: ${checks > 3 ? "they go on" : checks}`);
healthy = false;
await pause(500);
console.log(`after one that failed: ${await fire(50)}`);
process.exit();
JS
node_modules/node/bin/node ask.mjs >found
echo "opossum $VERSION"
cat found

expected='after shutdown(): shut down: true, of 50 calls 0 reach the service
health checks in the second after it: they go on
after one that failed: shut down: false, of 50 calls 50 reach the service'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: a failed health check undoes the shutdown"
else
  echo "changed: what was shut down stays so"
  exit 1
fi
