#!/usr/bin/env bash
# Miniflare, caches.default: a Range is applied to an error's copy and to a copy of another release.
#
# What happens: a visitor's download of a file breaks off, and the browser asks for the rest, with
# `Range: bytes=4-` and `If-Range` with the ETag of what it has. The copy in the cache is of a newer
# release by now. The answer is 206 with the end of the newer file, so that the visitor's file is
# one half of each. If the file is gone and the copy is its 404, the answer is 206 all the same, and
# the words of the error page become a part of the file.
#
# Expected: RFC 9110 §13.1.5: if the validator does not match, the recipient "MUST ignore the Range
#           header field", so the answer is 200 and whole. §14.2: a Range counts only if the answer
#           without it would be 200, so the answer is 404. Cloudflare's page "Range request
#           behavior" says of its own cache that a mismatch "causes Cloudflare to ignore Range".
# Seen:     miniflare 5.20261117.0-beta, which wrangler 4.164.0 brings, answers 206 twice.
set -euo pipefail

VERSION=5.20261117.0-beta

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "miniflare@$VERSION" >/dev/null

cat >worker.js <<'JS'
const FILE = "https://shop.example/file";
const GONE = "https://shop.example/gone";
const COPIES = [
  [FILE, "The newer file.", { status: 200, headers: { "ETag": '"newer"' } }],
  [GONE, "There is no such file.", { status: 404, headers: {} }],
];
export default {
  async fetch() {
    for (const [url, body, { status, headers }] of COPIES) {
      const kept = { "Cache-Control": "max-age=600", ...headers };
      await caches.default.put(url, new Response(body, { status, headers: kept }));
    }
    const lines = [];
    for (const [url, headers] of [
      [FILE, { "Range": "bytes=4-", "If-Range": '"newer"' }],
      [FILE, { "Range": "bytes=4-", "If-Range": '"older"' }],
      [GONE, {}],
      [GONE, { "Range": "bytes=4-" }],
    ]) {
      const answer = await caches.default.match(new Request(url, { headers }));
      lines.push(`${answer.status} ${await answer.text()}\n`);
    }
    return new Response(lines.join(""));
  },
};
JS
cat >run.mjs <<'JS'
import { readFileSync } from "node:fs";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
const miniflare = new Miniflare(convertV4MiniflareOptions({
  modules: true,
  script: readFileSync("worker.js", "utf8"),
  compatibilityDate: "2026-11-01",
}));
process.stdout.write(await (await miniflare.dispatchFetch("http://localhost/")).text());
await miniflare.dispose();
JS

mapfile -t answers < <(node run.mjs)
echo "miniflare $VERSION, the rest of this file: ${answers[0]}"
echo "miniflare $VERSION, the rest of another file: ${answers[1]}"
echo "miniflare $VERSION, a file that is gone: ${answers[2]}"
echo "miniflare $VERSION, the rest of a file that is gone: ${answers[3]}"

if [[ ${answers[0]} == "206 newer file." && ${answers[1]} == "206 newer file." ]] &&
  [[ ${answers[2]} == "404 There is no such file." && ${answers[3]} == "206 e is no such file." ]]
then
  echo "as found: the rest of a file is taken from another one, and from an error page"
else
  echo "changed: If-Range or the status of the copy is looked at"
  exit 1
fi
