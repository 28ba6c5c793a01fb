#!/usr/bin/env bash
# hdrhistogram (PyPI): p99 of sixty values, one of them slow, is a fast one; JavaScript says slow.
#
# What happens: A check runs each minute. Fifty-nine of an hour's checks take 20 ms, one takes ten
# seconds. The histogram is written by Python and read by JavaScript, as its format is made for. The
# p99 is 20 ms for the one and ten seconds for the other, so that an alert depends on who reads it.
# The minimum is lost as well: once an hour without any value is added, it is 0.
#
# Expected: HdrHistogram, whose ports both call themselves: the value at percentile 99 is the
#           largest value that 1% of all values are larger than or equal to. One of sixty is 1.67%,
#           so it is the slow one. And the least of 20 and of an empty histogram is 20.
# Seen:     hdrhistogram 0.10.8 rounds the rank, 59.4, to the nearest, 59, where hdr-histogram-js
#           3.0.1 rounds it up. It is off by one for each percentile whose rank has a fraction below
#           a half. `add` asks the empty histogram for its minimum too, which is 0.
set -euo pipefail

HDRHISTOGRAM=0.10.8
HDR_HISTOGRAM_JS=3.0.1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "hdrhistogram==$HDRHISTOGRAM"
npm init -y >/dev/null
npm install --silent "hdr-histogram-js@$HDR_HISTOGRAM_JS" >/dev/null

cat >write.py <<'PY'
from hdrh.histogram import HdrHistogram

hour = HdrHistogram(1, 60_000, 3)
hour.record_value(20, 59)
hour.record_value(10_000)
open("hour", "wb").write(hour.encode())
merged = HdrHistogram.decode(open("hour", "rb").read())
merged.add(HdrHistogram(1, 60_000, 3))
values = [hour.get_value_at_percentile(percentile) for percentile in (50, 98, 99, 99.9)]
print(values, "least", hour.get_min_value(), "after an empty one", merged.get_min_value())
PY
cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import hdr from "hdr-histogram-js";
const read = () => hdr.decodeFromCompressedBase64(readFileSync("hour", "utf8"));
const hour = read();
const merged = read();
merged.add(hdr.build({ numberOfSignificantValueDigits: 3, highestTrackableValue: 60_000 }));
const values = [50, 98, 99, 99.9].map((percentile) => hour.getValueAtPercentile(percentile));
const least = `least ${hour.minNonZeroValue} after an empty one ${merged.minNonZeroValue}`;
console.log(`[${values.join(", ")}] ${least}`);
JS
echo "sixty values, one of them slow: p50, p98, p99, p99.9"
python=$(python/bin/python write.py)
javascript=$(node read.mjs)
echo "hdrhistogram $HDRHISTOGRAM  $python"
echo "hdr-histogram-js $HDR_HISTOGRAM_JS  $javascript"

if [[ $python == "[20, 20, 20, 10007] least 20 after an empty one 0" &&
  $javascript == "[20, 20, 10007, 10007] least 20 after an empty one 20" ]]; then
  echo "as found: the p99 is fast in Python and slow in JavaScript"
else
  echo "changed: they agree, or read other values"
  exit 1
fi
