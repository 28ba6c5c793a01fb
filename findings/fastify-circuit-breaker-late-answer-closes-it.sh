#!/usr/bin/env bash
# @fastify/circuit-breaker: one late answer closes the open circuit, and then blocks a healthy one.
#
# What happens: The circuit opens after three failures. A slow request that began earlier ends
# well, and the circuit is closed at once, so the failing service gets the whole traffic again.
# When `resetTimeout` is over, the timer of the first opening makes the closed circuit half-open:
# of three requests to a route that is well, two get 503.
#
# Expected: The readme: `resetTimeout` is the "number of milliseconds before the circuit will move
#           from `open` to `half-open`", and the picture there has no other way out of `open`, and
#           no way from `closed` to `half-open`.
# Seen:     With 4.0.3 on fastify 5.12.8 each answer below 500 closes the circuit, in any state,
#           and the timer is not stopped when it closes.
set -euo pipefail

FASTIFY=5.12.8
VERSION=4.0.3

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "fastify@$FASTIFY" "@fastify/circuit-breaker@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import breaker from "@fastify/circuit-breaker";
import Fastify from "fastify";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const fastify = Fastify();
await fastify.register(breaker, { threshold: 3, timeout: 10_000, resetTimeout: 3000 });
let calls = 0;
fastify.register(async (routes) => {
  routes.get("/:how", { preHandler: routes.circuitBreaker() }, async ({ params }) => {
    calls += 1;
    if (params.how === "fails") throw new Error("no");
    await pause(params.how === "slow" ? 1000 : 300);
    return "well";
  });
});
const url = await fastify.listen({ host: "127.0.0.1", port: 0 });
const ask = async (how) => (await fetch(`${url}/${how}`)).status;
const slow = ask("slow");
await pause(200);
for (let round = 0; round < 3; round += 1) await ask("fails");
const opened = performance.now();
const reached = async (how) => {
  const before = calls;
  await ask(how);
  return calls > before ? "reaches the route" : "is refused";
};
console.log(`three failures, then: the next request ${await reached("fails")}`);
await slow;
const early = performance.now() - opened < 2000;
console.log(`a late answer, before resetTimeout (${early}): the next ${await reached("well")}`);
await pause(3500 - (performance.now() - opened));
const three = await Promise.all([ask("well"), ask("well"), ask("well")]);
console.log(`after resetTimeout, route well since, three at once: ${three.sort().join(" ")}`);
const again = await Promise.all([ask("well"), ask("well"), ask("well")]);
console.log(`the same again: ${again.sort().join(" ")}`);
await fastify.close();
JS
node ask.mjs >found
echo "@fastify/circuit-breaker $VERSION, fastify $FASTIFY"
cat found

expected='three failures, then: the next request is refused
a late answer, before resetTimeout (true): the next reaches the route
after resetTimeout, route well since, three at once: 200 503 503
the same again: 200 200 200'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: a late answer closes the circuit, and its timer opens it by half later"
else
  echo "changed: an open circuit stays open for resetTimeout"
  exit 1
fi
