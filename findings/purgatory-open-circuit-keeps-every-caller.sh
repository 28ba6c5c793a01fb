#!/usr/bin/env bash
# purgatory: an open circuit keeps every request that it refuses, and its traceback grows with each.
#
# What happens: A service fails, and its circuit opens. Each request that comes now is refused at
# once, as it should be, but stays in memory with all that its handler holds, until the circuit has
# closed. If refusals are logged with a traceback, the thousandth has six thousand entries, so that
# the log grows with the square of the requests, amid an outage.
#
# Expected: a circuit breaker spares resources while a service is down. A refusal is an error of its
#           own for each caller, with the traceback of that call, as pybreaker does it.
# Seen:     purgatory 3.0.1 raises one object, the state of the circuit, for all callers. Python
#           puts what it unwinds in front of the traceback that an error already has, and a
#           traceback holds the frames with their variables. With asyncio it is the same.
set -euo pipefail

PURGATORY=3.0.1
PYBREAKER=1.4.1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "purgatory==$PURGATORY" \
  "pybreaker==$PYBREAKER"

cat >refusals.py <<'PY'
import asyncio
import gc
import traceback
import weakref

import purgatory
import pybreaker


class Body:
    """Stands for what a visitor has sent."""


def fail(body):
    raise ConnectionError("connection refused")


async def fail_later(body):
    raise ConnectionError("connection refused")


def show(name, lengths, alive):
    gc.collect()
    print(f"{name}: traceback of refusal 1 and 1000: {lengths}, bodies kept: {len(alive)}")


def sync_refusals(name, call):
    alive, lengths = weakref.WeakSet(), []
    for number in range(-1, 1001):
        body = Body()
        alive.add(body)
        try:
            call(body)
        except Exception as error:
            if number in (1, 1000):
                lengths.append(len(traceback.extract_tb(error.__traceback__)))
        del body
    show(name, lengths, alive)


async def async_refusals(name, call):
    alive, lengths = weakref.WeakSet(), []
    for number in range(-1, 1001):
        body = Body()
        alive.add(body)
        try:
            await call(body)
        except Exception as error:
            if number in (1, 1000):
                lengths.append(len(traceback.extract_tb(error.__traceback__)))
        del body
    show(name, lengths, alive)


keep = pybreaker.CircuitBreaker(fail_max=2, reset_timeout=3600)
sync_refusals("pybreaker", keep(fail))
factory = purgatory.SyncCircuitBreakerFactory(default_threshold=2, default_ttl=3600)
sync_refusals("purgatory", factory("shop")(fail))
later = purgatory.AsyncCircuitBreakerFactory(default_threshold=2, default_ttl=3600)
asyncio.run(async_refusals("purgatory, asyncio", later("shop")(fail_later)))
PY
echo "purgatory $PURGATORY and pybreaker $PYBREAKER, circuits that stay open"
found=$(python/bin/python refusals.py)
echo "$found"

numbers=$(sed -E 's/.*1000: \[([0-9]+), ([0-9]+)\], bodies kept: ([0-9]+)/\1 \2 \3/' <<<"$found")
is_found=yes
line=0
while read -r first last kept; do
  line=$((line + 1))
  if [[ $line == 1 ]]; then
    [[ $last == "$first" && $kept -le 1 ]] || is_found=no
  else
    [[ $last == $((first * 1000)) && $kept -ge 1000 ]] || is_found=no
  fi
done <<<"$numbers"
if [[ $is_found == yes && $line == 3 ]]; then
  echo "as found: purgatory's traceback has grown a thousandfold, and holds every body"
else
  echo "changed: the traceback or what is kept is different"
  exit 1
fi
