#!/usr/bin/env bash
# throttled-py: a token bucket of 100 a minute lets 60 a minute through, and one of 59 lets 30.
#
# What happens: A client is allowed 100 requests a minute and sends 80, evenly spread. As soon as
# the bucket's first store is used up, every fourth request is refused, for as long as the client
# goes on like this. The token bucket is the default algorithm of this library.
#
# Expected: the README calls a quota's number the tokens that come in each period, and the most
#           requests that are allowed in it. So the 80 pass whole, and of 300 a minute 100 pass. The
#           library's own GCRA does that.
# Seen:     throttled-py 3.5.0 counts whole seconds and whole tokens. It rounds down what has come
#           since the last accepted request and forgets the rest, so that 100 a minute, which is
#           1.67 a second, become 1 a second. The leaky bucket does the same, and the scripts for
#           Redis have the same formula. The clock is moved by hand here, through twenty-one
#           minutes, of which the last ten are counted.
set -euo pipefail

THROTTLED=3.5.0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "throttled-py==$THROTTLED"

cat >minutes.py <<'PY'
import time

clock = 1_800_000_000.0
time.time = time.monotonic = lambda: clock

from throttled import Throttled, per_min, store


def accepted(using, limit, gap):
    """How many requests a minute pass, when one comes every `gap` seconds."""
    global clock
    start = clock = 1_800_000_000.0
    quota = per_min(limit)
    limiter = Throttled(key="a", using=using, quota=quota, store=store.MemoryStore())
    passed = 0
    while clock < start + 21 * 60:
        limited = limiter.limit("a").limited
        if clock >= start + 11 * 60 and not limited:
            passed += 1
        clock += gap
    return passed // 10


for using in ("token_bucket", "leaking_bucket", "gcra"):
    calm, keen = accepted(using, 100, 0.75), accepted(using, 100, 0.2)
    small = accepted(using, 59, 0.2)
    print(f"{using}: of 80 with 100 allowed {calm}, of 300 {keen}, of 300 with 59 allowed {small}")
PY
echo "throttled-py $THROTTLED, requests that pass in a minute"
found=$(python/bin/python minutes.py)
echo "$found"

expected='token_bucket: of 80 with 100 allowed 60, of 300 60, of 300 with 59 allowed 30
leaking_bucket: of 80 with 100 allowed 60, of 300 60, of 300 with 59 allowed 30
gcra: of 80 with 100 allowed 80, of 300 100, of 300 with 59 allowed 59'
if [[ $found == "$expected" ]]; then
  echo "as found: both buckets give 60 where 100 are allowed"
else
  echo "changed: another number of requests passes"
  exit 1
fi
