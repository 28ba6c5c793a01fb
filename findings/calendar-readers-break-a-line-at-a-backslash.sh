#!/usr/bin/env bash
# node-ical, ical (npm) and ics (PyPI): they read `C:\new` as `C:\`, a line break and `ew`.
#
# What happens: The description of a maintenance names a path with a backslash before an `n`, which
# a calendar escapes as two backslashes. The readers replace `\n` by a line break first, wherever it
# stands, also behind a backslash that is escaped itself. So paths of Windows, patterns and names
# such as `SHOP\nightly` are torn.
#
# Expected: RFC 5545 §3.3.11: `\\` is a backslash, and `\n` a line break. Read from left to right,
#           `\\n` is a backslash and an `n`. ical.js, ts-ics, icalendar and vobject read it so.
# Seen:     node-ical 0.27.2, ical 0.8.0 and ics 0.7.3 find a line break. cal-parser 1.0.2 drops the
#           backslash, and ical-library 0.2.3 leaves every escape as it stands in the file.
set -euo pipefail

NODE_ICAL=0.27.2
ICAL=0.8.0
CAL_PARSER=1.0.2
ICAL_JS=2.2.1
TS_ICS=2.4.6
ICS=0.7.3
ICAL_LIBRARY=0.2.3
ICALENDAR=7.3.2
VOBJECT=0.9.9

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "node-ical@$NODE_ICAL" "ical@$ICAL" "cal-parser@$CAL_PARSER" \
  "ical.js@$ICAL_JS" "ts-ics@$TS_ICS" >/dev/null
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "ics==$ICS" \
  "ical-library==$ICAL_LIBRARY" "icalendar==$ICALENDAR" "vobject==$VOBJECT"

printf '%s\r\n' BEGIN:VCALENDAR VERSION:2.0 PRODID:-//findings//EN BEGIN:VEVENT \
  UID:move@shop.example DTSTAMP:20261101T000000Z DTSTART:20261205T230000Z \
  DTEND:20261206T023000Z SUMMARY:Maintenance 'DESCRIPTION:C:\\new is moved.' \
  END:VEVENT END:VCALENDAR >calendar.ics

cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import cal from "cal-parser";
import ical from "ical";
import ICAL from "ical.js";
import nodeIcal from "node-ical";
import { convertIcsCalendar } from "ts-ics";
const text = readFileSync("calendar.ics", "utf8");
const event = (read) => Object.values(read).find((it) => it.type === "VEVENT");
const component = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent");
const found = {
  "node-ical": event(nodeIcal.sync.parseICS(text)).description,
  ical: event(ical.parseICS(text)).description,
  "cal-parser": cal.parseString(text).events[0].description.value,
  "ical.js": new ICAL.Event(component).description,
  "ts-ics": convertIcsCalendar(undefined, text).events[0].description,
};
for (const [name, read] of Object.entries(found)) console.log(`${name}: ${JSON.stringify(read)}`);
JS
cat >read.py <<'PY'
import json

import icalendar
import ics
import vobject
from ical_library import client

text = open("calendar.ics", newline="").read()
for name, read in (
    ("ics", next(iter(ics.Calendar(text).events)).description),
    ("ical-library", client.parse_lines_into_calendar(text).events[0].description.value),
    ("icalendar", str(icalendar.Calendar.from_ical(text).events[0]["DESCRIPTION"])),
    ("vobject", vobject.readOne(text).vevent.description.value),
):
    print(f"{name}: {json.dumps(read)}")
PY
echo 'DESCRIPTION:C:\\new is moved. as readers have it, as JSON'
found=$(node read.mjs && python/bin/python read.py)
echo "$found"

expected='node-ical: "C:\\\new is moved."
ical: "C:\\\new is moved."
cal-parser: "C: ew is moved."
ical.js: "C:\\new is moved."
ts-ics: "C:\\new is moved."
ics: "C:\\\new is moved."
ical-library: "C:\\\\new is moved."
icalendar: "C:\\new is moved."
vobject: "C:\\new is moved."'
if [[ $found == "$expected" ]]; then
  echo "as found: three readers break the line, and two others change the path"
else
  echo "changed: the readers find another text"
  exit 1
fi
