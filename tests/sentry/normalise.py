"""What Sentry's own intake makes of envelopes: for the end to end tests, which want it to keep all
that operators need.

It reads JSON on stdin, `{"envelopes": [TEXT, …]}`, and prints one line of JSON on stdout,
`{"envelopes": [{"head": …, "items": [{"type", "errors", "changed", "kept"}, …]}, …]}`. Events and
transactions go through Relay's `StoreNormalizer` and then through its default scrubbing, as in a
new project. `errors` is what it complains of, `kept` is what it keeps, and `changed` has the paths
at which that is no longer what was sent; a time may have another form. Other items have no
normaliser: their `kept` is what was sent. The package is found through PYTHONPATH.
"""

import datetime
import json
import sys

from sentry_relay.processing import (
    StoreNormalizer,
    convert_datascrubbing_config,
    pii_strip_event,
)

NORMALISED = ("event", "transaction")
SCRUBBING = {
    "scrubData": True,
    "scrubDefaults": True,
    "scrubIpAddresses": True,
    "sensitiveFields": [],
    "excludeFields": [],
}


def framed(envelope):
    """The first line of an envelope, and each item's line and payload."""
    rest = envelope.encode()
    head, _, rest = rest.partition(b"\n")
    items = []
    while rest:
        line, _, rest = rest.partition(b"\n")
        line = json.loads(line)
        if "length" in line:
            length = line["length"]
            payload, end, rest = rest[:length], rest[length : length + 1], rest[length + 1 :]
            if len(payload) != length or end not in (b"", b"\n"):
                raise ValueError("an item does not have its length")
        else:
            # Browsers end items with their lines.
            payload, _, rest = rest.partition(b"\n")
        items.append((line, json.loads(payload)))
    return json.loads(head), items


def seconds(value):
    """A time in seconds, whichever of its forms it has."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        except ValueError:
            return None
    return None


def is_same(meant, kept):
    if meant == kept:
        return True
    one, other = seconds(meant), seconds(kept)
    return one is not None and other is not None and abs(one - other) < 0.0005


def pairs(value):
    """Lists of pairs, such as tags and fields of a request, as an object."""
    is_pair = lambda it: isinstance(it, list) and len(it) == 2 and isinstance(it[0], str)
    if isinstance(value, list) and value and all(is_pair(it) for it in value):
        return dict((name.lower(), it) for name, it in value)
    return value


def changed(meant, kept, path=""):
    """The paths at which what was meant was not kept."""
    if isinstance(meant, dict):
        kept = pairs(kept)
        if not isinstance(kept, dict):
            return [] if not meant and kept in (None, []) else [path]
        found = []
        for name, value in meant.items():
            if path == "" and name == "message":
                # Relay keeps it where it belongs since version 7 of the protocol.
                value, kept_value = {"formatted": value}, kept.get("logentry")
            else:
                kept_value = kept.get(name)
            found += changed(value, kept_value, f"{path}.{name}")
        return found
    if isinstance(meant, list) and isinstance(kept, list) and len(meant) == len(kept):
        found = []
        for index, value in enumerate(meant):
            found += changed(value, kept[index], f"{path}[{index}]")
        return found
    return [] if is_same(meant, kept) or (meant == [] and kept is None) else [path]


def normalised(event, now):
    """What is kept of an event, and what the normaliser complains of."""
    normaliser = StoreNormalizer(
        project_id=1, protocol_version="7", received_at=now, sent_at=now, client="breakwater"
    )
    kept = normaliser.normalize_event(event)
    config = convert_datascrubbing_config(SCRUBBING)
    kept = pii_strip_event(config, kept)
    return kept, kept.get("errors") or []


def read(envelope):
    head, items = framed(envelope)
    now = head["sent_at"]
    answers = []
    for line, payload in items:
        answer = {"type": line["type"], "errors": [], "changed": [], "kept": payload}
        if line["type"] in NORMALISED:
            answer["kept"], answer["errors"] = normalised(payload, now)
            answer["changed"] = changed(payload, answer["kept"])
        answers.append(answer)
    return {"head": head, "items": answers}


def main():
    envelopes = json.load(sys.stdin)["envelopes"]
    json.dump({"envelopes": [read(envelope) for envelope in envelopes]}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
