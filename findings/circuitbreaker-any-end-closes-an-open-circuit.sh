#!/usr/bin/env bash
# circuitbreaker (PyPI): a time-out closes an open circuit, as does a success from before it opened.
#
# What happens: A service stops answering, and calls are given a second by `asyncio.wait_for`. Ten
# of ten time out, and the circuit stays closed: each time-out counts as a success. Where five
# errors have opened it, one call that began before that, and that ends well or is given up, closes
# it at once. The next calls reach the service that is down, without any time to recover.
#
# Expected: the README: it resets the failure count "after every successful execution (while it is
#           closed)", "prevents further executions after 5 subsequent failures", and "switches to
#           half-open" after the recovery time-out. A call that was cancelled was no success, and an
#           open circuit leads to half-open, not to closed. purgatory leaves it open in both cases.
# Seen:     circuitbreaker 2.1.3 resets the circuit, in whatever state it is, at the end of each
#           call that raises no error of the class Exception. asyncio's CancelledError is not one.
set -euo pipefail

CIRCUITBREAKER=2.1.3
PURGATORY=3.0.1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "circuitbreaker==$CIRCUITBREAKER" \
  "purgatory==$PURGATORY"

cat >states.py <<'PY'
import asyncio

import circuitbreaker
import purgatory


async def service(answer):
    """Refuses at once, or answers when it is told to."""
    if answer is None:
        raise ConnectionError("connection refused")
    await answer.wait()


def first():
    breaker = circuitbreaker.CircuitBreaker(failure_threshold=5, recovery_timeout=3600)
    return breaker(service), lambda: breaker.state


def second():
    factory = purgatory.AsyncCircuitBreakerFactory(default_threshold=5, default_ttl=3600)
    context = {}

    async def call(answer):
        breaker = await factory.get_breaker("service")
        context["state"] = breaker.context
        async with breaker:
            await service(answer)

    return call, lambda: {"opened": "open"}.get(context["state"].state, context["state"].state)


async def refuse(call, times):
    for _ in range(times):
        try:
            await call(None)
        except ConnectionError:
            pass


async def show(name, make):
    call, state = make()
    begun = [asyncio.create_task(call(asyncio.Event())) for _ in range(10)]
    await asyncio.sleep(0)
    for task in begun:
        try:
            await asyncio.wait_for(task, 0.01)
        except (asyncio.TimeoutError, RuntimeError):
            pass
    print(f"{name}: ten time-outs: {state()}")
    for word in ("answered", "given up"):
        call, state = make()
        event = asyncio.Event()
        slow = asyncio.create_task(call(event))
        await asyncio.sleep(0)
        await refuse(call, 5)
        before = state()
        if word == "answered":
            event.set()
        else:
            slow.cancel()
        await asyncio.wait([slow])
        print(f"{name}: five errors: {before}, an earlier call is {word}: {state()}")


async def main():
    await show("circuitbreaker", first)
    await show("purgatory", second)


asyncio.run(main())
PY
echo "circuitbreaker $CIRCUITBREAKER and purgatory $PURGATORY, five failures open the circuit"
found=$(python/bin/python states.py)
echo "$found"

expected='circuitbreaker: ten time-outs: closed
circuitbreaker: five errors: open, an earlier call is answered: closed
circuitbreaker: five errors: open, an earlier call is given up: closed
purgatory: ten time-outs: open
purgatory: five errors: open, an earlier call is answered: open
purgatory: five errors: open, an earlier call is given up: open'
if [[ $found == "$expected" ]]; then
  echo "as found: whatever ends without an Exception closes the circuit"
else
  echo "changed: the circuit is in another state"
  exit 1
fi
