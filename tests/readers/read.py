"""What programs in Python read in the machine-readable forms of the public state, for
tests/tests/e2e/status_readers.rs.

It reads JSON on stdin: `folder`, which has each form below its path on a status page, and `url`,
the address of the page. It prints what was read as one line of JSON on stdout. The packages are
found through PYTHONPATH.
"""

import contextlib
import datetime
import email.utils
import functools
import http.server
import json
import os
import pathlib
import sys
import tempfile
import threading
import xml.etree.ElementTree as tree

import feedparser
import icalendar
import recurring_ical_events

UTC = datetime.timezone.utc
ATOM = "{http://www.w3.org/2005/Atom}"
SUMMARY = "api/v2/summary.json"


def shown(time):
    """A time in UTC, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed(path):
    feed = feedparser.parse(path.read_bytes())
    if feed.bozo:
        raise ValueError(f"{path}: {feed.bozo_exception}")
    return [
        {
            "id": entry.id,
            "title": entry.title,
            "url": entry.link,
            "published": shown(datetime.datetime(*entry.published_parsed[:6], tzinfo=UTC)),
        }
        for entry in feed.entries
    ]


def absolute(address, where):
    if not address.startswith(("https://", "http://")):
        raise ValueError(f"{where}: `{address}` is no absolute address")


def valid_atom(path, own):
    """Checks what RFC 4287 demands of a feed and its entries, and readers besides."""
    feed = tree.parse(path).getroot()
    for name in ("id", "title", "updated"):
        if len(feed.findall(ATOM + name)) != 1:
            raise ValueError(f"{path}: a feed has one {name}")
    links = {link.get("rel"): link.get("href") for link in feed.findall(ATOM + "link")}
    if links["self"] != own:
        raise ValueError(f"{path}: it says that it is {links['self']}")
    ids = [entry.findtext(ATOM + "id") for entry in feed.findall(ATOM + "entry")]
    if len(set(ids)) < len(ids):
        raise ValueError(f"{path}: an id stands twice")
    updated = datetime.datetime.fromisoformat(feed.findtext(ATOM + "updated"))
    for entry in feed.findall(ATOM + "entry"):
        for name in ("id", "title", "updated", "published", "content", "link"):
            if len(entry.findall(ATOM + name)) != 1:
                raise ValueError(f"{path}: an entry has one {name}")
        if datetime.datetime.fromisoformat(entry.findtext(ATOM + "updated")) > updated:
            raise ValueError(f"{path}: an entry is younger than the feed")
        if entry.find(ATOM + "content").get("type") != "html":
            raise ValueError(f"{path}: content that is no HTML")
        absolute(entry.find(ATOM + "link").get("href"), path)


def valid_rss(path, own):
    """Checks what RSS 2.0 demands of a channel and its items, and readers besides."""
    channel = tree.parse(path).getroot().find("channel")
    for name in ("title", "link", "description", "lastBuildDate"):
        if len(channel.findall(name)) != 1:
            raise ValueError(f"{path}: a channel has one {name}")
    if channel.find(ATOM + "link").get("href") != own:
        raise ValueError(f"{path}: it says that it is another one")
    guids = [item.findtext("guid") for item in channel.findall("item")]
    if len(set(guids)) < len(guids):
        raise ValueError(f"{path}: a guid stands twice")
    for item in channel.findall("item"):
        absolute(item.findtext("link"), path)
        if item.find("guid").get("isPermaLink") != "false":
            raise ValueError(f"{path}: a guid that is taken for an address")
        if email.utils.parsedate_to_datetime(item.findtext("pubDate")).tzinfo is None:
            raise ValueError(f"{path}: a date without a zone")


def feeds(folder, url):
    found = {}
    for path in sorted(folder.rglob("feed.*")):
        name = path.relative_to(folder).as_posix()
        valid = valid_atom if path.suffix == ".atom" else valid_rss
        valid(path, f"{url}/{name}")
        found[name] = parsed(path)
    return found


def calendar(folder):
    """The events, and of each whether it is found when one asks what is on in its middle."""
    read = icalendar.Calendar.from_ical((folder / "maintenance.ics").read_bytes())
    if read.errors:
        raise ValueError(read.errors)
    query = recurring_ical_events.of(read)
    found = []
    for event in read.events:
        if event.errors:
            raise ValueError(event.errors)
        middle = event.start + (event.end - event.start) / 2
        found.append(
            {
                "uid": str(event.uid),
                "start": shown(event.start),
                "end": shown(event.end),
                "summary": str(event["summary"]),
                "description": str(event["description"]),
                "sequence": event.sequence,
                "is_found": event.uid in [other.uid for other in query.at(middle)],
            }
        )
    return found


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing about it."""

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder):
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def exporter(folder):
    """What statuspage-prometheus-exporter makes metrics of."""
    with tempfile.TemporaryDirectory() as work, served(folder) as address:
        service = {"url": f"{address}/{SUMMARY}", "name": "Shop"}
        services = pathlib.Path(work) / "services.json"
        services.write_text(json.dumps({"shop": service}))
        # It reads its configuration when it is imported, and keeps a cache in the current folder.
        os.environ["SERVICES_JSON_PATH"] = str(services)
        os.chdir(work)
        from statuspage_prometheus_exporter import service_checker

        result = service_checker.check_service_status("shop", service)
        os.chdir(folder)
        result.pop("response_time")
        return result


options = json.load(sys.stdin)
root = pathlib.Path(options["folder"]).resolve()
print(
    json.dumps(
        {
            "feeds": feeds(root, options["url"]),
            "calendar": calendar(root),
            "exporter": exporter(root),
        }
    )
)
