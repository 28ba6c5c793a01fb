#!/usr/bin/env bash
# @fastify/circuit-breaker: a time-out counts as two failures.
#
# What happens: A route becomes slow. With `threshold: 3` the circuit is open after two time-outs,
# not after three.
#
# Expected: The readme: `threshold` is "the maximum number of failures accepted before opening the
#           circuit". With failures that are no time-outs, that is what the plugin does.
# Seen:     With 4.0.3 on fastify 5.12.8 the hook that counts is run twice for a time-out, since
#           its error is sent through the same hook. Each run adds a failure.
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
const start = async (threshold) => {
  const fastify = Fastify();
  await fastify.register(breaker, { threshold, timeout: 1000, resetTimeout: 60_000 });
  fastify.register(async (routes) => {
    routes.get("/:how", { preHandler: routes.circuitBreaker() }, async ({ params }) => {
      if (params.how === "fails") throw new Error("no");
      if (params.how === "slow") await pause(2000);
      return "well";
    });
  });
  const url = await fastify.listen({ host: "127.0.0.1", port: 0 });
  const ask = async (how) => {
    const text = await (await fetch(`${url}/${how}`)).text();
    return text.startsWith("{") ? JSON.parse(text).code : text;
  };
  return { ask, stop: () => fastify.close() };
};
const name = { slow: "time-outs", fails: "errors" };
for (const how of ["fails", "slow"]) {
  const { ask, stop } = await start(3);
  await ask(how);
  await ask(how);
  console.log(`threshold 3, after two ${name[how]}: ${await ask("well")}`);
  await stop();
}
JS
node ask.mjs >found
echo "@fastify/circuit-breaker $VERSION, fastify $FASTIFY"
cat found

expected='threshold 3, after two errors: well
threshold 3, after two time-outs: FST_ERR_CIRCUIT_BREAKER_OPEN'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: a time-out counts twice"
else
  echo "changed: a time-out counts as one failure"
  exit 1
fi
