#!/usr/bin/env bash
# opossum: a circuit that opened a moment ago is half-open at once when its state is restored.
#
# What happens: In a serverless function the state of a circuit is stored with `toJSON()` and
# handed to the next instance. The circuit has been there for longer than `resetTimeout` when it
# opens. The next instance does not wait for `resetTimeout`: it tries the failing service with its
# first call, and so does each later instance.
#
# Expected: The readme: "Once the circuit has opened, a timeout is set based on
#           `options.resetTimeout`", and half-open comes when that is over. The state has the field
#           `lastTimerAt`, by which the constructor decides whether the time is over.
# Seen:     With 10.0.0 `lastTimerAt` is the time when the circuit was made, not when it opened.
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
let calls = 0;
const action = async () => {
  calls += 1;
  throw new Error("down");
};
const named = ({ opened, halfOpen }) => (halfOpen ? "half-open" : opened ? "open" : "closed");
for (const age of [0, 3000]) {
  const first = new CircuitBreaker(action, { resetTimeout: 2000 });
  await pause(age);
  await first.fire().catch(() => {});
  const { state } = JSON.parse(JSON.stringify(first.toJSON()));
  const next = new CircuitBreaker(action, { resetTimeout: 2000, state });
  const restored = named(next);
  calls = 0;
  await next.fire().catch(() => {});
  console.log(`made ${age} ms before it opened: ${named(first)}, then restored: ${restored}`);
  console.log(`  calls of the failing service by the restored one: ${calls}`);
  first.shutdown();
  next.shutdown();
}
JS
node_modules/node/bin/node ask.mjs >found
echo "opossum $VERSION"
cat found

expected='made 0 ms before it opened: open, then restored: open
  calls of the failing service by the restored one: 0
made 3000 ms before it opened: open, then restored: half-open
  calls of the failing service by the restored one: 1'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: a restored circuit tries at once if the stored one was made long ago"
else
  echo "changed: a restored circuit waits for resetTimeout"
  exit 1
fi
