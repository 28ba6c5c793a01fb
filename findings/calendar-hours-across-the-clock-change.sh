#!/usr/bin/env bash
# ical.js, icalendar, node-ical: none reads both PT24H and P1D across a change of the clocks.
#
# What happens: a maintenance begins at 22:00 in Berlin, on the evening before the clocks go
# forward. One calendar says that it lasts `DURATION:PT24H`, another says `DURATION:P1D`. A reader
# gives both the same end. Most readers end a window in hours an hour early, so that the page calls
# the shop well while it is still down, and one ends a window in days an hour late.
#
# Expected: RFC 5545 §3.3.6: weeks and days are nominal, hours are accurate, and the exact length
#           of a day takes the change into account. PT24H ends at 21:00Z (23:00 in Berlin), P1D at
#           20:00Z (22:00 in Berlin), and PT6H from midnight at 05:00Z.
# Seen:     ical.js 2.2.1 and icalendar 7.3.2, and with it recurring-ical-events 3.8.2, add all to
#           the clock on the wall: PT24H at 20:00Z, PT6H at 04:00Z. node-ical 0.27.2 adds all to
#           the exact time: P1D at 21:00Z.
set -euo pipefail

ICAL=2.2.1
NODE_ICAL=0.27.2
ICALENDAR=7.3.2
RECURRING=3.8.2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "ical.js@$ICAL" "node-ical@$NODE_ICAL" >/dev/null
python3 -m venv python
python/bin/pip install --quiet --no-compile --disable-pip-version-check "icalendar==$ICALENDAR" \
  "recurring-ical-events==$RECURRING"

sed 's/$/\r/' >windows.ics <<'ICS'
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//windows//EN
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:1@example.com
DTSTAMP:20261101T000000Z
DTSTART;TZID=Europe/Berlin:20270327T220000
DURATION:PT24H
SUMMARY:PT24H
END:VEVENT
BEGIN:VEVENT
UID:2@example.com
DTSTAMP:20261101T000000Z
DTSTART;TZID=Europe/Berlin:20270327T220000
DURATION:P1D
SUMMARY:P1D
END:VEVENT
BEGIN:VEVENT
UID:3@example.com
DTSTAMP:20261101T000000Z
DTSTART;TZID=Europe/Berlin:20270328T000000
DURATION:PT6H
SUMMARY:PT6H
END:VEVENT
END:VCALENDAR
ICS

cat >ical.mjs <<'JS'
import ICAL from "ical.js";
import { readFileSync } from "node:fs";
const calendar = new ICAL.Component(ICAL.parse(readFileSync("windows.ics", "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
for (const part of calendar.getAllSubcomponents("vevent")) {
  const event = new ICAL.Event(part);
  console.log(event.summary, event.endDate.toJSDate().toISOString().slice(5, 16));
}
JS
cat >node-ical.mjs <<'JS'
import ical from "node-ical";
import { readFileSync } from "node:fs";
for (const event of Object.values(ical.sync.parseICS(readFileSync("windows.ics", "utf8")))) {
  if (event.type !== "VEVENT") continue;
  console.log(event.summary, event.end.toISOString().slice(5, 16));
}
JS
cat >reader.py <<'PY'
import datetime, sys
from icalendar import Calendar
import recurring_ical_events
with open("windows.ics", "rb") as file:
    calendar = Calendar.from_ical(file.read())
if sys.argv[1] == "expanded":
    events = recurring_ical_events.of(calendar).between("20270327", "20270330")
    events.sort(key=lambda event: event["UID"])
else:
    events = calendar.walk("VEVENT")
for event in events:
    end = event.end.astimezone(datetime.timezone.utc)
    print(event["SUMMARY"], end.strftime("%m-%dT%H:%M"))
PY

declare -A ends
show() {
  local name=$1
  shift
  ends[$name]=$("$@" | tr '\n' ' ')
  echo "$name: ${ends[$name]}"
}
show "ical.js $ICAL" node ical.mjs
show "icalendar $ICALENDAR" python/bin/python reader.py plain
show "recurring-ical-events $RECURRING" python/bin/python reader.py expanded
show "node-ical $NODE_ICAL" node node-ical.mjs

wall="PT24H 03-28T20:00 P1D 03-28T20:00 PT6H 03-28T04:00 "
exact="PT24H 03-28T21:00 P1D 03-28T21:00 PT6H 03-28T05:00 "
if [[ ${ends["ical.js $ICAL"]} == "$wall" && ${ends["icalendar $ICALENDAR"]} == "$wall" ]] &&
  [[ ${ends["recurring-ical-events $RECURRING"]} == "$wall" ]] &&
  [[ ${ends["node-ical $NODE_ICAL"]} == "$exact" ]]; then
  echo "as found: three readers take hours for days, and one takes days for hours"
else
  echo "changed: one of them tells days from hours, or has other ends"
  exit 1
fi
