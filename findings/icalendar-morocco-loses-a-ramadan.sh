#!/usr/bin/env bash
# icalendar (PyPI): the VTIMEZONE that it writes for Morocco lacks Ramadan of 2027, and others.
#
# What happens: A calendar of maintenance in Casablanca is given its time zone by
# `add_missing_timezones()`. A reader that goes by the VTIMEZONE, as RFC 5545 has it, is an hour off
# from 7 February to 14 March 2027, when Morocco has its clocks set back, and again in 2032.
#
# Expected: the method's documentation: it adds all the time zone components that are required, for
#           what happens from 1970 to 2038. Each change that the tz database has in this time is one
#           of them, as RFC 5545 §3.6.5 demands of a VTIMEZONE.
# Seen:     icalendar 7.3.2 looks for the next change by steps of 64 days, and takes the offset to
#           be the same in between if it is the same at both ends. Morocco's other time lasts for
#           thirty-five days, so that it is found or not by where the step falls. Of the years
#           since 2012 it is missing in 2012 to 2016, 2019, 2024, 2027 and 2031/2032.
set -euo pipefail

ICALENDAR=7.3.2
TZDATA=2026.6

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "icalendar==$ICALENDAR" \
  "tzdata==$TZDATA"

cat >hours.py <<'PY'
import datetime
import zoneinfo

import icalendar

UTC = datetime.timezone.utc
zone = zoneinfo.ZoneInfo("Africa/Casablanca")
calendar = icalendar.Calendar.new()
days = ["2026-03-01", "2027-02-20", "2027-05-01", "2028-02-10", "2030-01-20", "2032-01-01"]
for day in days:
    noon = datetime.datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=zone)
    calendar.add_component(icalendar.Event.new(summary=day, start=noon, uid=day))
calendar.add_missing_timezones()
again = icalendar.Calendar.from_ical(calendar.to_ical())
written = again.timezones[0].to_tz(lookup_tzid=False)
for event in again.events:
    hours = []
    for tzinfo in (zone, written):
        hours.append(event.start.replace(tzinfo=tzinfo).astimezone(UTC).strftime("%H:%M"))
    print(event["SUMMARY"], "by the tz database", hours[0], "by the VTIMEZONE", hours[1])
PY
echo "icalendar $ICALENDAR, noon in Casablanca in UTC"
found=$(python/bin/python hours.py)
echo "$found"

expected='2026-03-01 by the tz database 12:00 by the VTIMEZONE 12:00
2027-02-20 by the tz database 12:00 by the VTIMEZONE 11:00
2027-05-01 by the tz database 11:00 by the VTIMEZONE 11:00
2028-02-10 by the tz database 12:00 by the VTIMEZONE 12:00
2030-01-20 by the tz database 12:00 by the VTIMEZONE 12:00
2032-01-01 by the tz database 12:00 by the VTIMEZONE 11:00'
if [[ $found == "$expected" ]]; then
  echo "as found: the file lacks the change in 2027 and in 2032"
else
  echo "changed: other hours are read"
  exit 1
fi
