#!/usr/bin/env bash
# hishel and requests-cache: a copy in English answers the visitor who asks for German.
#
# What happens: A server has a page in two languages, both from one deployment, so with the same
# Last-Modified, and says `Vary: Accept-Language`. The English page is in the cache. The visitor
# who asks for the German one gets a 304 from the server, and by it the English page.
#
# Expected: RFC 9111 §4.3.4: a 304 freshens those stored responses that could have been chosen for
#           the request, which §4.1 rules out where a field that Vary names differs. So the German
#           page is fetched, as CacheControl does it.
# Seen:     hishel 2.0.0, which follows RFC 9111 with `rfc=True`, sends If-Modified-Since from the
#           English copy for the German page, each time, although that copy is fresh, and takes the
#           304 for a leave to use it. requests-cache 1.3.3 with `cache_control=True` does so where
#           the page says `no-cache`, and goes on to keep the English page as the German one. The
#           server answers rightly: the German page was not modified since the date it was given.
set -euo pipefail

HISHEL=2.0.0
HTTPX=0.28.1
REQUESTS_CACHE=1.3.3
CACHECONTROL=0.14.4
REQUESTS=2.34.2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "hishel[httpx]==$HISHEL" \
  "httpx==$HTTPX" "requests-cache==$REQUESTS_CACHE" "cachecontrol==$CACHECONTROL" \
  "requests==$REQUESTS"

cat >pages.py <<'PY'
import http.server
import threading

import cachecontrol
import hishel
import hishel.httpx
import requests
import requests_cache

STAMP = "Sun, 01 Nov 2026 08:00:00 GMT"


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        is_known = self.headers.get("If-Modified-Since") == STAMP
        body = b"" if is_known else self.headers["Accept-Language"].encode()
        self.send_response(304 if is_known else 200)
        self.send_header("Vary", "Accept-Language")
        self.send_header("Last-Modified", STAMP)
        self.send_header("Cache-Control", self.path.rpartition("/")[2])
        if not is_known:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
threading.Thread(target=server.serve_forever, daemon=True).start()
storage = hishel.SqliteStorage(database_path="hishel.db")
clients = {
    "hishel": hishel.httpx.CacheClient(storage=storage, rfc=True),
    "requests-cache": requests_cache.CachedSession(backend="memory", cache_control=True),
    "CacheControl": cachecontrol.CacheControl(requests.Session()),
}
for name, client in clients.items():
    for directive in ("max-age=600", "no-cache"):
        url = f"http://127.0.0.1:{server.server_port}/{name}/{directive}"
        asked = ["en", "de", "en", "de"]
        seen = [client.get(url, headers={"Accept-Language": word}).text for word in asked]
        print(f"{name}, {directive}: asked for {' '.join(asked)}, got {' '.join(seen)}")
    client.close()
server.shutdown()
PY
echo "hishel $HISHEL, requests-cache $REQUESTS_CACHE, CacheControl $CACHECONTROL"
found=$(python/bin/python pages.py)
echo "$found"

expected='hishel, max-age=600: asked for en de en de, got en en en en
hishel, no-cache: asked for en de en de, got en en en en
requests-cache, max-age=600: asked for en de en de, got en de en de
requests-cache, no-cache: asked for en de en de, got en en en en
CacheControl, max-age=600: asked for en de en de, got en de en de
CacheControl, no-cache: asked for en de en de, got en de en de'
if [[ $found == "$expected" ]]; then
  echo "as found: the German page is English"
else
  echo "changed: other pages are answered"
  exit 1
fi
