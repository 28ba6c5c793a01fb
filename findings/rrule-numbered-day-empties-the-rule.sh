#!/usr/bin/env bash
# python-dateutil, rrule: a numbered weekday beside a plain one in BYDAY leaves a rule without days.
#
# What happens: A maintenance window recurs on the third Sunday and on every Saturday of the month,
# `FREQ=MONTHLY;BYDAY=3SU,SA`. The rule is read without an error and has no day at all, so that the
# window is never announced and never begins. Either half alone is read as it should be.
#
# Expected: RFC 5545 §3.3.10 has a list of days, each of which may have a number, and a day
#           counts if any of them matches it. That is what ical.js finds: 5, 12, 19, 20 and 26
#           December 2026, and so on.
# Seen:     python-dateutil 2.9.0.post0 and its descendant for JavaScript, rrule 2.8.1, find none.
#           They keep numbered and plain days apart, and a day has to match both. The Rust crate
#           rrule 0.14.0, which is a descendant too, finds none either.
set -euo pipefail

DATEUTIL=2.9.0.post0
RRULE=2.8.1
ICAL=2.2.1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

RULES="FREQ=MONTHLY;BYDAY=3SU,SA;COUNT=5 FREQ=MONTHLY;BYDAY=SA,3SU;COUNT=5"
HALVES="FREQ=MONTHLY;BYDAY=3SU;COUNT=2 FREQ=MONTHLY;BYDAY=SA;COUNT=2"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "python-dateutil==$DATEUTIL"
npm init -y >/dev/null
npm install --silent "rrule@$RRULE" "ical.js@$ICAL" >/dev/null

cat >days.py <<'PY'
import datetime, sys
from dateutil.rrule import rrulestr
start = datetime.datetime(2026, 12, 1)
for rule in sys.argv[1:]:
    print(rule + ":", *(day.strftime("%m-%d") for day in rrulestr(rule, dtstart=start)))
PY
cat >rrule.mjs <<'JS'
import rrule from "rrule";
for (const rule of process.argv.slice(2)) {
  const days = rrule.rrulestr(`DTSTART:20261201T000000Z\nRRULE:${rule}`).all();
  console.log([`${rule}:`, ...days.map((day) => day.toISOString().slice(5, 10))].join(" "));
}
JS
cat >ical.mjs <<'JS'
import ICAL from "ical.js";
const start = ICAL.Time.fromString("2026-12-01T00:00:00Z");
for (const rule of process.argv.slice(2)) {
  const days = ICAL.Recur.fromString(rule).iterator(start);
  const shown = [`${rule}:`];
  for (let day = days.next(); day; day = days.next()) shown.push(day.toString().slice(5, 10));
  console.log(shown.join(" "));
}
JS

# The rules are words, which are meant to be split.
# shellcheck disable=SC2086
show() {
  local name=$1
  shift
  local found
  found=$("$@" $RULES $HALVES)
  echo "$name"
  echo "$found"
  printf '%s\n' "$found" >"$name.found"
}
show "python-dateutil $DATEUTIL" python/bin/python days.py
show "rrule $RRULE" node rrule.mjs
show "ical.js $ICAL" node ical.mjs

none='FREQ=MONTHLY;BYDAY=3SU,SA;COUNT=5:
FREQ=MONTHLY;BYDAY=SA,3SU;COUNT=5:'
all='FREQ=MONTHLY;BYDAY=3SU,SA;COUNT=5: 12-05 12-12 12-19 12-20 12-26
FREQ=MONTHLY;BYDAY=SA,3SU;COUNT=5: 12-05 12-12 12-19 12-20 12-26'
halves='FREQ=MONTHLY;BYDAY=3SU;COUNT=2: 12-20 01-17
FREQ=MONTHLY;BYDAY=SA;COUNT=2: 12-05 12-12'
is() { [[ $(cat "$1.found") == "$2
$halves" ]]; }
if is "python-dateutil $DATEUTIL" "$none" && is "rrule $RRULE" "$none" && is "ical.js $ICAL" "$all"
then
  echo "as found: a list with both kinds of days has none for python-dateutil and rrule"
else
  echo "changed: they agree, or find other days"
  exit 1
fi
