#!/usr/bin/env bash
# aiohttp-retry: the waits of FibonacciRetry go on growing from one request to the next.
#
# What happens: A client retries with waits in a Fibonacci sequence, each request three attempts at
# the most. The first request that meets a 503 waits a little, the next one longer, and after some
# requests every first retry waits `max_timeout`, for as long as the client lives, also when all has
# been well for hours in between. Requests that run at the same time take numbers from each other.
#
# Expected: the README: "backoff that looks like fibonacci sequence". `get_timeout` is given the
#           number of the attempt, so that each request has the same waits, as ExponentialRetry of
#           the same library has them.
# Seen:     aiohttp-retry 2.9.1 keeps its place in the sequence in the options, which all requests
#           of a client share, leaves the number of the attempt aside, and never goes back.
set -euo pipefail

AIOHTTP_RETRY=2.9.1
AIOHTTP=3.14.5

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "aiohttp-retry==$AIOHTTP_RETRY" \
  "aiohttp==$AIOHTTP"

cat >waits.py <<'PY'
import asyncio

import aiohttp_retry.client
from aiohttp import web
from aiohttp_retry import ExponentialRetry, FibonacciRetry, RetryClient

waits = []


async def answer(request):
    """Two errors for each visitor, then a page."""
    visitor = request.match_info["visitor"]
    errors[visitor] = errors.get(visitor, 0) + 1
    return web.Response(status=503 if errors[visitor] <= 2 else 200)


async def no_sleep(seconds):
    waits.append(seconds)


class Time:
    """Stands for asyncio in the library alone, so that no time passes in its waits."""

    sleep = staticmethod(no_sleep)


errors = {}
aiohttp_retry.client.asyncio = Time


async def main():
    app = web.Application()
    app.router.add_get("/{visitor}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    for kind in (FibonacciRetry, ExponentialRetry):
        errors.clear()
        async with RetryClient(retry_options=kind(attempts=3, max_timeout=30.0)) as client:
            for visitor in range(1, 5):
                waits.clear()
                async with client.get(f"http://127.0.0.1:{port}/{visitor}") as response:
                    shown = " and ".join(f"{wait:g}" for wait in waits)
                    print(f"{kind.__name__}, request {visitor}: waits {shown}, {response.status}")
    await runner.cleanup()


asyncio.run(main())
PY
echo "aiohttp-retry $AIOHTTP_RETRY, two errors and then an answer, for four requests in a row"
found=$(python/bin/python waits.py)
echo "$found"

expected='FibonacciRetry, request 1: waits 2 and 3, 200
FibonacciRetry, request 2: waits 5 and 8, 200
FibonacciRetry, request 3: waits 13 and 21, 200
FibonacciRetry, request 4: waits 30 and 30, 200
ExponentialRetry, request 1: waits 0.2 and 0.4, 200
ExponentialRetry, request 2: waits 0.2 and 0.4, 200
ExponentialRetry, request 3: waits 0.2 and 0.4, 200
ExponentialRetry, request 4: waits 0.2 and 0.4, 200'
if [[ $found == "$expected" ]]; then
  echo "as found: each request waits longer than the one before it"
else
  echo "changed: other waits"
  exit 1
fi
