#!/usr/bin/env bash
# APScheduler: a job at midnight misses the day after summer time begins, and the first of April.
#
# What happens: A backup runs each midnight. On the Monday after the clocks went forward it does not
# run. One that runs each Monday at midnight is left out for two weeks, and one on the first of each
# month never runs on the first of April, in any year. All is well in a zone without summer time.
#
# Expected: APScheduler's documentation warns of times that do not exist or are repeated when the
#           clocks change. Midnight is neither in Berlin nor in New York, and on 29 March or
#           1 April 2027 the clocks do not change. cronsim has these runs.
# Seen:     APScheduler 3.11.3, CronTrigger: to reach the next day or month it adds the difference
#           between two times on the wall, but counts it in UTC. Over the change that leads to 01:00
#           instead of 00:00, which is past the time asked for, so that it goes on to the next day
#           that fits. Each run is asked for with the one before it, as the scheduler does.
set -euo pipefail

APSCHEDULER=3.11.3
CRONSIM=2.8
TZDATA=2026.6

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "apscheduler==$APSCHEDULER" \
  "cronsim==$CRONSIM" "tzdata==$TZDATA"

cat >runs.py <<'PY'
import datetime
import zoneinfo

from apscheduler.triggers.cron import CronTrigger
from cronsim import CronSim

UTC = datetime.timezone.utc
LATER = datetime.timedelta(milliseconds=10)
START = datetime.datetime(2027, 2, 10, 12, tzinfo=UTC)
END = datetime.datetime(2027, 6, 10, 12, tzinfo=UTC)


def apscheduler_runs(expression, zone):
    trigger = CronTrigger.from_crontab(expression, zone)
    run = trigger.get_next_fire_time(None, START.astimezone(zone))
    while run < END:
        yield run.strftime("%d %b")
        now = (run.astimezone(UTC) + LATER).astimezone(zone)
        run = trigger.get_next_fire_time(run, now)


def cronsim_runs(expression, zone):
    for run in CronSim(expression, START.astimezone(zone)):
        if run >= END:
            return
        yield run.strftime("%d %b")


for name in ("Europe/Berlin", "America/New_York", "Asia/Tokyo"):
    for expression in ("0 0 * * *", "0 0 * * MON", "0 0 1 * *", "0 1 * * *"):
        zone = zoneinfo.ZoneInfo(name)
        seen = list(apscheduler_runs(expression, zone))
        due = list(cronsim_runs(expression, zone))
        missed = [day for day in due if day not in seen]
        more = [day for day in seen if day not in due]
        print(f"{name}, {expression}: {len(due)} due, missed: {missed}, more: {more}")
PY
echo "APScheduler $APSCHEDULER, compared with cronsim $CRONSIM, from February to June 2027"
found=$(python/bin/python runs.py)
echo "$found"

expected="Europe/Berlin, 0 0 * * *: 120 due, missed: ['29 Mar'], more: []
Europe/Berlin, 0 0 * * MON: 17 due, missed: ['29 Mar'], more: []
Europe/Berlin, 0 0 1 * *: 4 due, missed: ['01 Apr'], more: []
Europe/Berlin, 0 1 * * *: 120 due, missed: [], more: []
America/New_York, 0 0 * * *: 120 due, missed: ['15 Mar'], more: []
America/New_York, 0 0 * * MON: 17 due, missed: ['15 Mar'], more: []
America/New_York, 0 0 1 * *: 4 due, missed: ['01 Apr'], more: []
America/New_York, 0 1 * * *: 120 due, missed: [], more: []
Asia/Tokyo, 0 0 * * *: 120 due, missed: [], more: []
Asia/Tokyo, 0 0 * * MON: 17 due, missed: [], more: []
Asia/Tokyo, 0 0 1 * *: 4 due, missed: [], more: []
Asia/Tokyo, 0 1 * * *: 120 due, missed: [], more: []"
if [[ $found == "$expected" ]]; then
  echo "as found: the midnight after the change, and that of 1 April, is left out"
else
  echo "changed: other runs are missed"
  exit 1
fi
