#!/usr/bin/env bash
# cockatiel, retry: when the caller leaves in a pause, it waits on, and calls once more.
#
# What happens: A call has failed, and the policy waits before it tries again. The caller's signal
# is aborted meanwhile. The promise stays open until the pause is over (up to 30 seconds with the
# default back-off), and then the function is called once more, with a signal that is already
# aborted. A function that does not look at its signal sends its request to the troubled server for
# no one.
#
# Expected: The readme of `retry.execute(fn[, signal])`: "If the function doesn't succeed before
#           the backoff ceases or cancellation is requested, the last error thrown will be bubbled
#           up".
# Seen:     With 4.0.0 the signal is looked at after a failure only, not during the pause nor after
#           it. The error that comes up is the one of the additional call.
set -euo pipefail

NODE=22.23.3
VERSION=4.0.0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "node@$NODE" "cockatiel@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import { ConstantBackoff, handleAll, retry } from "cockatiel";
const policy = retry(handleAll, { maxAttempts: 5, backoff: new ConstantBackoff(3000) });
const caller = new AbortController();
const seen = [];
const began = performance.now();
setTimeout(() => caller.abort(), 500);
const call = ({ signal }) => {
  seen.push(signal.aborted ? "with an aborted signal" : "with a live signal");
  throw new Error(`failure ${seen.length}`);
};
const error = await policy.execute(call, caller.signal).catch((reason) => reason);
const seconds = Math.round((performance.now() - began) / 1000);
console.log(`the caller left after 0.5 s, and heard after ${seconds} s: ${error.message}`);
console.log(`calls: ${seen.join(", ")}`);
JS
node_modules/node/bin/node ask.mjs >found
echo "cockatiel $VERSION"
cat found

expected='the caller left after 0.5 s, and heard after 3 s: failure 2
calls: with a live signal, with an aborted signal'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: the pause goes on, and one more call is made"
else
  echo "changed: the end comes when the caller leaves"
  exit 1
fi
