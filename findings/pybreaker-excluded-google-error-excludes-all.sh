#!/usr/bin/env bash
# pybreaker: excluding a Google API error such as NotFound excludes every error of any kind.
#
# What happens: A program reads objects from Google Cloud through a circuit breaker. An object that
# is missing is no outage, so it says `exclude=[NotFound]`. From then on no error counts as a
# failure: the service refuses connections, fifty calls in a row fail, and the circuit stays closed.
#
# Expected: pybreaker's README, "Excluding Exceptions": if the guarded function raises the excluded
#           error, or one that is derived from it, that call is not considered a system failure. A
#           ConnectionError is neither, so that the third failure opens the circuit.
# Seen:     pybreaker 1.4.1 takes a class for a filter function if `type(exclusion)` is not exactly
#           `type`. The errors of google-api-core 2.44.0 have a metaclass of their own, so that
#           pybreaker calls `NotFound(error)`, gets a new object, which is true, and excludes the
#           error. With a class that has no metaclass, or with a function, the circuit opens.
set -euo pipefail

PYBREAKER=1.4.1
GOOGLE_API_CORE=2.44.0

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "pybreaker==$PYBREAKER" \
  "google-api-core==$GOOGLE_API_CORE"

cat >calls.py <<'PY'
import pybreaker
from google.api_core.exceptions import NotFound


def seen(exclude):
    breaker = pybreaker.CircuitBreaker(fail_max=3, reset_timeout=3600, exclude=exclude)
    reached = 0

    def refused():
        nonlocal reached
        reached += 1
        raise ConnectionError("connection refused")

    for _ in range(50):
        try:
            breaker.call(refused)
        except (ConnectionError, pybreaker.CircuitBreakerError):
            pass
    return f"{breaker.current_state} after {reached} calls that were refused"


print("without exclude:", seen([]))
print("exclude LookupError:", seen([LookupError]))
print("exclude NotFound:", seen([NotFound]))
print("exclude by a function:", seen([lambda error: isinstance(error, NotFound)]))
PY
echo "pybreaker $PYBREAKER with google-api-core $GOOGLE_API_CORE"
found=$(python/bin/python calls.py)
echo "$found"

expected='without exclude: open after 3 calls that were refused
exclude LookupError: open after 3 calls that were refused
exclude NotFound: closed after 50 calls that were refused
exclude by a function: open after 3 calls that were refused'
if [[ $found == "$expected" ]]; then
  echo "as found: the circuit never opens once NotFound is excluded"
else
  echo "changed: other states, or another number of calls"
  exit 1
fi
