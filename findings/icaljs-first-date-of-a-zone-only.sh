#!/usr/bin/env bash
# ical.js: of a time zone whose changes are a list of dates it takes the first alone, an hour off.
#
# What happens: A calendar of maintenance is written with PyPI icalendar, which adds the VTIMEZONE
# that the file needs by `add_missing_timezones()`, the changes as lists of dates. ical.js, given
# that VTIMEZONE, reads noon in summer as an hour later than it is, in Berlin as in New York.
#
# Expected: RFC 5545 §3.8.5.2: RDATE is a list, of one or more dates, and stands for each of them;
#           §3.6.5 allows it in the parts of a VTIMEZONE. With a line for each date, which means the
#           same, ical.js finds the right hour. icalendar reads its own file rightly.
# Seen:     ical.js 2.2.1 takes from each RDATE line of a VTIMEZONE the first value, and leaves the
#           others. With icalendar 7.3.2 that is 1971 or 1981, after which it is winter for ever.
set -euo pipefail

ICAL=2.2.1
ICALENDAR=7.3.2
TZDATA=2026.6

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "icalendar==$ICALENDAR" \
  "tzdata==$TZDATA"
npm init -y >/dev/null
npm install --silent "ical.js@$ICAL" >/dev/null

cat >write.py <<'PY'
import datetime
import zoneinfo

import icalendar

UTC = datetime.timezone.utc
calendar = icalendar.Calendar.new()
for name in ("Europe/Berlin", "America/New_York"):
    zone = zoneinfo.ZoneInfo(name)
    for month in (1, 7):
        noon = datetime.datetime(2027, month, 15, 12, tzinfo=zone)
        summary = f"{name} 2027-{month:02}-15"
        event = icalendar.Event.new(summary=summary, start=noon, uid=summary)
        calendar.add_component(event)
calendar.add_missing_timezones()
text = calendar.to_ical()
open("lists.ics", "wb").write(text)
again = icalendar.Calendar.from_ical(text)
zones = {zone.tz_name: zone.to_tz(lookup_tzid=False) for zone in again.timezones}
for event in again.events:
    zone = zones[event["SUMMARY"].split()[0]]
    print(event["SUMMARY"], event.start.replace(tzinfo=zone).astimezone(UTC).strftime("%H:%M"))

unfolded = text.decode().replace("\r\n ", "").split("\r\n")
lines = []
for line in unfolded:
    name, _, value = line.partition(":")
    lines += [f"RDATE:{date}" for date in value.split(",")] if name == "RDATE" else [line]
open("lines.ics", "w", newline="").write("\r\n".join(lines))
PY
cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import ICAL from "ical.js";
const calendar = new ICAL.Component(ICAL.parse(readFileSync(process.argv[2], "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
for (const component of calendar.getAllSubcomponents("vevent")) {
  const { summary, startDate } = new ICAL.Event(component);
  const utc = startDate.convertToZone(ICAL.Timezone.utcTimezone).toString();
  console.log(summary, utc.slice(11, 16));
}
JS
own=$(python/bin/python write.py)
lists=$(node read.mjs lists.ics)
lines=$(node read.mjs lines.ics)
echo "noon in UTC, read by icalendar $ICALENDAR from its own VTIMEZONE"
echo "$own"
echo "by ical.js $ICAL, the dates in a list"
echo "$lists"
echo "by ical.js $ICAL, each date in a line"
echo "$lines"

right='Europe/Berlin 2027-01-15 11:00
Europe/Berlin 2027-07-15 10:00
America/New_York 2027-01-15 17:00
America/New_York 2027-07-15 16:00'
wrong='Europe/Berlin 2027-01-15 11:00
Europe/Berlin 2027-07-15 11:00
America/New_York 2027-01-15 17:00
America/New_York 2027-07-15 17:00'
if [[ $own == "$right" && $lines == "$right" && $lists == "$wrong" ]]; then
  echo "as found: with a list of dates ical.js is an hour off in summer"
else
  echo "changed: they agree, or find other hours"
  exit 1
fi
