#!/usr/bin/env bash
# bentocache: with `graceBackoff` a grace period does not end while its service fails.
#
# What happens: Copies may be given out for two seconds at most when their service fails. Without a
# back-off, that is so. With `graceBackoff: 500` the copy is given out for the whole outage, if a
# request comes now and then, however old it is.
#
# Expected: The documentation: the grace period is "the duration during which an entry will still
#           be available, even if it is stale", and the back-off only decides when the factory is
#           tried again.
# Seen:     With 1.6.1 each failure stores the copy again, and the store counts the whole grace
#           period from then on.
set -euo pipefail

VERSION=1.6.1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "bentocache@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const start = async (backoff) => {
  let down = false;
  const stores = { memory: bentostore().useL1Layer(memoryDriver({})) };
  const cache = new BentoCache({ default: "memory", stores });
  const factory = async () => {
    if (down) throw new Error("down");
    return "page";
  };
  const options = { ttl: 500, grace: 2000, timeout: 5000, ...backoff };
  const ask = () => cache.getOrSet({ key: "page", factory, ...options }).catch(() => "an error");
  await ask();
  down = true;
  return ask;
};
const without = await start({});
const withIt = await start({ graceBackoff: 500 });
for (let round = 1; round <= 10; round += 1) {
  await pause(800);
  const answers = [await without(), await withIt()];
  if (round === 1 || round === 10) {
    console.log(`after ${(round * 800) / 1000} s: ${answers[0]}; with graceBackoff: ${answers[1]}`);
  }
}
process.exit();
JS
node ask.mjs >found
echo "bentocache $VERSION"
cat found

expected='after 0.8 s: page; with graceBackoff: page
after 8 s: an error; with graceBackoff: page'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: the grace period begins again with each failure"
else
  echo "changed: the grace period ends with a back-off, too"
  exit 1
fi
