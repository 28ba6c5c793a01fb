#!/usr/bin/env bash
# structured-headers: a decimal that is rounded to a whole number is written as `0.` or `2.`.
#
# What happens: A number is put into a structured field, say a share of errors of 0.0004, or a
# duration of 2.0001 seconds. The field then reads `share=0.`, which is no structured field. By the
# standard a reader throws the whole field away, with everything else in it. With most numbers all
# is well, so it is met on a good day, when the share of errors is small.
#
# Expected: RFC 9651 §4.1.5: the number is rounded to three digits after the point, and if nothing
#           is left of them, a "0" is appended: `0.0`, `2.0`.
# Seen:     structured-headers 2.1.0 writes `0.` and `2.`. Neither its own parser nor the one of
#           structured-field-values 2.0.4 takes that.
set -euo pipefail

VERSION=2.1.0
OTHER=2.0.4

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "structured-headers@$VERSION" "structured-field-values@$OTHER" >/dev/null

cat >write.mjs <<'JS'
import * as other from "structured-field-values";
import { parseDictionary, serializeDictionary } from "structured-headers";
const read = (parse, field) => {
  try {
    parse(field);
    return "read";
  } catch {
    return "thrown away";
  }
};
for (const share of [0.25, 0.001, 0.0004, 2.0001]) {
  const field = serializeDictionary({ share, requests: 2500 });
  const readers = [read(parseDictionary, field), read(other.decodeDict, field)];
  console.log(`${share}: ${field} -> ${readers.join(", ")}`);
}
JS
node write.mjs >found
echo "structured-headers $VERSION, read by itself and by structured-field-values $OTHER"
cat found

expected='0.25: share=0.25, requests=2500 -> read, read
0.001: share=0.001, requests=2500 -> read, read
0.0004: share=0., requests=2500 -> thrown away, thrown away
2.0001: share=2., requests=2500 -> thrown away, thrown away'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: some decimals are written without a digit after the point"
else
  echo "changed: each decimal has a digit after the point"
  exit 1
fi
