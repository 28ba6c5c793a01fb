"""What prometheus-client reads on a page of metrics, for tests/tests/e2e/metrics.rs.

It reads JSON on stdin: `page`, and `openmetrics`, whether the page is of that format. Its parser of
OpenMetrics is strict; a page that it refuses ends the script with an error. It prints one line of
JSON on stdout: each family with its type, its unit and its samples. The package is found through
PYTHONPATH.
"""

import json
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

given = json.load(sys.stdin)
reader = openmetrics if given["openmetrics"] else parser
families = [
    {
        "name": family.name,
        "type": family.type,
        "unit": family.unit,
        "samples": [
            {"name": sample.name, "labels": sample.labels, "value": sample.value}
            for sample in family.samples
        ],
    }
    for family in reader.text_string_to_metric_families(given["page"])
]
print(json.dumps(families))
