#!/usr/bin/env bash
# retryhttp: a Retry-After date that is a day and a few seconds ahead is waited for a few seconds.
#
# What happens: A server is closed for a day and says so, 503 with a date in Retry-After. A client
# with this library calls again after five seconds, and then without any wait. The same delay as a
# number of seconds is understood. A date on the same day is met too early: the fraction of a second
# is cut off, so that the call comes before the time that was named.
#
# Expected: RFC 9110 §10.2.3 has a date or a number of seconds, which mean the same. The library's
#           own documentation takes both; a wait that is longer than `wait_max`, 120 seconds where
#           nothing is said, is left to the fallback. With no `wait_max` it is waited for.
# Seen:     retryhttp 1.5.0 asks the difference of two dates for its `seconds`, which in Python is
#           what is left besides whole days. A day and six seconds become 5, a day and an hour
#           3599. If what is left is small, it passes below `wait_max` too.
set -euo pipefail

RETRYHTTP=1.5.0
TENACITY=9.2.1
HTTPX=0.28.1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "retryhttp==$RETRYHTTP" \
  "tenacity==$TENACITY" "httpx==$HTTPX"

cat >waits.py <<'PY'
import datetime

import httpx
import retryhttp._wait as module
import tenacity

NOW = datetime.datetime(2026, 12, 1, 12, 0, 0, 300_000, datetime.timezone.utc)


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


module.datetime = Clock


def wait(retry_after, wait_max):
    request = httpx.Request("GET", "http://localhost/")
    response = httpx.Response(503, headers={"Retry-After": retry_after}, request=request)
    error = httpx.HTTPStatusError("closed", request=request, response=response)
    state = tenacity.RetryCallState(None, None, (), {})
    state.set_exception((type(error), error, None))
    fallback = tenacity.wait_fixed(7777)
    return module.wait_retry_after(wait_max=wait_max, fallback=fallback)(state)


for seconds in (2, 100, 86_406, 90_000):
    date = NOW.replace(microsecond=0) + datetime.timedelta(seconds=seconds)
    text = date.strftime("%a, %d %b %Y %H:%M:%S GMT")
    waits = [wait(value, most) for value in (str(seconds), text) for most in (120, None)]
    print(f"{seconds}: number {waits[0]:.1f} {waits[1]:.1f}, date {waits[2]:.1f} {waits[3]:.1f}")
PY
echo "retryhttp $RETRYHTTP, seconds asked for: waits with wait_max of 120 and without one"
echo "(7777 is the fallback, the clock stands at 300 ms past the second)"
found=$(python/bin/python waits.py)
echo "$found"

expected='2: number 2.0 2.0, date 1.0 1.0
100: number 100.0 100.0, date 99.0 99.0
86406: number 7777.0 86406.0, date 5.0 5.0
90000: number 7777.0 90000.0, date 7777.0 3599.0'
if [[ $found == "$expected" ]]; then
  echo "as found: whole days are lost from a date, and up to a second as well"
else
  echo "changed: other waits"
  exit 1
fi
