#!/usr/bin/env bash
# recurring-ical-events: asked by a `date`, it leaves out what began on the evening before.
#
# What happens: A calendar of maintenance has one night, from 23:00 to 02:30 UTC. What is on at its
# second day is there if the day is a tuple or a text, and is not if it is a `datetime.date`. So
# those who look up the maintenance of today by `date.today()` find none, while it is going on.
#
# Expected: the documentation of `at()`: a day returns all occurrences within that day, with the
#           three forms as examples of the same. `between()` takes each of them too.
# Seen:     recurring-ical-events 3.8.2, with icalendar 7.3.2: an event that began before the day is
#           left out by `at(date)` and by `between(date, date)`, and is found by all other forms.
set -euo pipefail

RECURRING=3.8.2
ICALENDAR=7.3.2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "recurring-ical-events==$RECURRING" \
  "icalendar==$ICALENDAR"

cat >ask.py <<'PY'
import datetime

import icalendar
import recurring_ical_events

LINES = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//findings//EN",
    "BEGIN:VEVENT",
    "UID:night@shop.example",
    "DTSTAMP:20261101T000000Z",
    "DTSTART:20261205T230000Z",
    "DTEND:20261206T023000Z",
    "SUMMARY:Maintenance",
    "END:VEVENT",
    "END:VCALENDAR",
    "",
]
query = recurring_ical_events.of(icalendar.Calendar.from_ical("\r\n".join(LINES)))
first, second = datetime.date(2026, 12, 5), datetime.date(2026, 12, 6)
third = datetime.date(2026, 12, 7)
midnight = datetime.datetime.min.time()
for name, found in (
    ("at((2026, 12, 6))", query.at((2026, 12, 6))),
    ('at("20261206")', query.at("20261206")),
    ("between(two tuples)", query.between((2026, 12, 6), (2026, 12, 7))),
    (
        "between(two datetimes)",
        query.between(
            datetime.datetime.combine(second, midnight), datetime.datetime.combine(third, midnight)
        ),
    ),
    ("at(date(2026, 12, 6))", query.at(second)),
    ("between(two dates)", query.between(second, third)),
    ("at(date(2026, 12, 5))", query.at(first)),
):
    print(f"{name}: {len(found)}")
PY
echo "recurring-ical-events $RECURRING, events found on 6 December, and on the day before"
found=$(python/bin/python ask.py)
echo "$found"

expected='at((2026, 12, 6)): 1
at("20261206"): 1
between(two tuples): 1
between(two datetimes): 1
at(date(2026, 12, 6)): 0
between(two dates): 0
at(date(2026, 12, 5)): 1'
if [[ $found == "$expected" ]]; then
  echo "as found: asked by a date, the night is not on its second day"
else
  echo "changed: the forms of a day find something else"
  exit 1
fi
