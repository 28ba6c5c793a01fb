#!/usr/bin/env bash
# statuspage-prometheus-exporter: two components of one name share a gauge, and the later one wins.
#
# What happens: A status page has a component `API` in the group `Europe`, which is out of order,
# and one in the group `America`, which works. The exporter labels the gauge of a component by its
# name alone. The later one of the page overwrites the other, so that an alert on
# `statuspage_component_status == 0` does not fire while the API of Europe is down.
#
# Expected: its documentation: `statuspage_component_status` is 1 for an operational component and
#           0 for one with an outage. Statuspage tells components apart by their `id`, and their
#           groups by `group_id`; summary.json has both.
# Seen:     statuspage-prometheus-exporter 2.6.0 writes one series `API`, with 1. In the other order
#           it writes 0: the metrics depend on where the components stand on the page.
set -euo pipefail

EXPORTER=2.6.0

folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check \
  "statuspage-prometheus-exporter==$EXPORTER"

cat >serve.py <<'PY'
import http.server
import json

TIME = "2026-11-28T12:00:00.000Z"


def component(number, name, status, **more):
    return {
        "id": f"c{number}",
        "name": name,
        "status": status,
        "created_at": TIME,
        "updated_at": TIME,
        "position": number,
        "group": False,
    } | more


def summary(order):
    europe = component(1, "Europe", "major_outage", group=True, components=["c2"])
    first = component(2, "API", "major_outage", group_id="c1")
    america = component(3, "America", "operational", group=True, components=["c4"])
    second = component(4, "API", "operational", group_id="c3")
    both = [[europe, first], [america, second]]
    return {
        "page": {"id": "p", "name": "Shop", "url": "http://127.0.0.1", "updated_at": TIME},
        "components": sum(both if order == "down-first" else both[::-1], []),
        "incidents": [],
        "scheduled_maintenances": [],
        "status": {"indicator": "critical", "description": "Major Service Outage"},
    }


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(summary(self.path.split("/")[1])).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
PY
python/bin/python serve.py >port &
server=$!
for _ in {1..100}; do
  [[ -s port ]] && break
  sleep 0.1
done
port=$(<port)

found=
for order in down-first down-last; do
  mkdir "$order"
  url=http://127.0.0.1:$port/$order/api/v2/summary.json
  echo "{\"shop\": {\"url\": \"$url\", \"name\": \"Shop\"}}" >"$order/services.json"
  (cd "$order" && RUN_MODE=once "$folder/python/bin/statuspage-prometheus-exporter" >log 2>&1)
  series=$(grep '^statuspage_component_status{.*"API"' "$order/metrics/statuspage.prom")
  echo "$order: $series"
  found+="$order ${series##* }"$'\n'
done
if [[ $found == $'down-first 1.0\ndown-last 0.0\n' ]]; then
  echo "as found: one series for both, with the state of the one that stands last"
else
  echo "changed: the gauges say something else"
  exit 1
fi
