#!/usr/bin/env bash
# cockatiel, SamplingBreaker: failures from long before the time window still count.
#
# What happens: A breaker looks at one second and needs five calls in it. Four calls fail. Then
# there is a pause, here of five seconds, at night of hours. The next call that fails opens the
# circuit, although it is the only one in its second. Jobs that run now and then, and routes with
# few visitors, are cut off by failures that were over long ago.
#
# Expected: The readme: it "breaks after a proportion of requests over a time period fail", and
#           `minimumRps` is there "to avoid opening the circuit under periods of low load".
# Seen:     With 4.0.0 the time is cut into parts, and a call clears at most one old part, however
#           long the pause was. So the parts go by calls, not by time.
set -euo pipefail

NODE=22.23.3
VERSION=4.0.0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "node@$NODE" "cockatiel@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import { CircuitState, SamplingBreaker, circuitBreaker, handleAll } from "cockatiel";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const start = () => {
  const breaker = new SamplingBreaker({ threshold: 0.5, duration: 1000, minimumRps: 5 });
  const circuit = circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker });
  const fail = async (times) => {
    for (let round = 0; round < times; round += 1) {
      await circuit.execute(() => Promise.reject(new Error("no"))).catch(() => {});
    }
    return CircuitState[circuit.state];
  };
  return fail;
};
const alone = start();
console.log(`one failure alone: ${await alone(1)}`);
const fail = start();
console.log(`four failures: ${await fail(4)}`);
await pause(5000);
console.log(`five seconds later one more: ${await fail(1)}`);
JS
node_modules/node/bin/node ask.mjs >found
echo "cockatiel $VERSION"
cat found

expected='one failure alone: Closed
four failures: Closed
five seconds later one more: Open'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: one failure in its second opens the circuit, with four that are long over"
else
  echo "changed: what is older than the window does not count"
  exit 1
fi
