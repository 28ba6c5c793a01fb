#!/usr/bin/env bash
# Four readers of feeds (npm feedparser among them): a title of plain text is taken for HTML.
#
# What happens: An incident is called `Slow <select> & &lt;b&gt;`, of which an Atom feed has a title
# of the type `text`, once said and once by default. The readers take it for HTML in their own ways:
# a word is gone, what was no markup becomes markup, or the title has the characters of the escapes.
#
# Expected: RFC 4287 §3.1.1.1: content of the type `text` is for people to read as it is, after the
#           escapes of XML; the type is `text` where none is given. rss-parser, feedsmith, and
#           feedparser and atoma from PyPI have the title as it was written.
# Seen:     npm feedparser 2.6.0 removes `<select>`; @rowanmanning/feed-parser 2.1.5 and
#           @extractus/feed-extractor 8.0.3 unescape once more; feedparser-rs 0.7.1 has it right
#           where the type is said, and takes it for HTML where it is not.
set -euo pipefail

FEEDPARSER_NPM=2.6.0
ROWANMANNING=2.1.5
EXTRACTUS=8.0.3
RSS_PARSER=3.13.0
FEEDSMITH=3.0.1
FEEDPARSER_RS=0.7.1
FEEDPARSER=6.0.14
ATOMA=0.0.17

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "feedparser@$FEEDPARSER_NPM" "@rowanmanning/feed-parser@$ROWANMANNING" \
  "@extractus/feed-extractor@$EXTRACTUS" "rss-parser@$RSS_PARSER" "feedsmith@$FEEDSMITH" >/dev/null
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check "feedparser-rs==$FEEDPARSER_RS" \
  "feedparser==$FEEDPARSER" "atoma==$ATOMA"

cat >feed.atom <<'XML'
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>https://shop.example/status/feed.atom</id>
<title>Shop status</title>
<updated>2026-11-28T12:03:00Z</updated>
<author><name>Shop</name></author>
<entry>
<id>tag:shop.example,2026-11-28:status/1</id>
<title type="text">Slow &lt;select&gt; &amp; &amp;lt;b&amp;gt;</title>
<link rel="alternate" type="text/html" href="https://shop.example/status/incidents/1"/>
<updated>2026-11-28T12:03:00Z</updated>
<content type="html">&lt;p&gt;We look into it.&lt;/p&gt;</content>
</entry>
<entry>
<id>tag:shop.example,2026-11-28:status/2</id>
<title>Slow &lt;select&gt; &amp; &amp;lt;b&amp;gt;</title>
<link rel="alternate" type="text/html" href="https://shop.example/status/incidents/1"/>
<updated>2026-11-28T12:03:00Z</updated>
<content type="html">&lt;p&gt;We look into it.&lt;/p&gt;</content>
</entry>
</feed>
XML
cat >read.mjs <<'JS'
import { readFileSync } from "node:fs";
import { extractFromXml } from "@extractus/feed-extractor";
import { parseFeed } from "@rowanmanning/feed-parser";
import FeedParser from "feedparser";
import { parseFeed as smith } from "feedsmith";
import RssParser from "rss-parser";
const text = readFileSync("feed.atom", "utf8");
const items = await new Promise((resolve, reject) => {
  const found = [];
  const parser = new FeedParser({ feedurl: "https://shop.example/status/feed.atom" });
  parser.on("error", reject);
  parser.on("data", (item) => found.push(item));
  parser.on("end", () => resolve(found));
  parser.end(text);
});
const found = {
  "npm feedparser": items.map((item) => item.title),
  "@rowanmanning/feed-parser": parseFeed(text).items.map((item) => item.title),
  "@extractus/feed-extractor": extractFromXml(text).entries.map((entry) => entry.title),
  "rss-parser": (await new RssParser().parseString(text)).items.map((item) => item.title),
  feedsmith: smith(text).feed.entries.map((entry) => entry.title.value),
};
for (const [name, titles] of Object.entries(found)) console.log(`${name}: ${titles.join(" | ")}`);
JS
cat >read.py <<'PY'
import atoma
import feedparser
import feedparser_rs

raw = open("feed.atom", "rb").read()
for name, entries in (
    ("feedparser-rs", feedparser_rs.parse(raw).entries),
    ("PyPI feedparser", feedparser.parse(raw).entries),
):
    print(f"{name}: {' | '.join(entry.title for entry in entries)}")
print(f"atoma: {' | '.join(entry.title.value for entry in atoma.parse_atom_bytes(raw).entries)}")
PY
echo 'the title `Slow <select> & &lt;b&gt;`, with its type and without, as readers have it'
found=$(node read.mjs && python/bin/python read.py)
echo "$found"

expected='npm feedparser: Slow  & &lt;b&gt; | Slow  & &lt;b&gt;
@rowanmanning/feed-parser: Slow <select> & <b> | Slow <select> & <b>
@extractus/feed-extractor: Slow <select> & <b> | Slow <select> & <b>
rss-parser: Slow <select> & &lt;b&gt; | Slow <select> & &lt;b&gt;
feedsmith: Slow <select> & &lt;b&gt; | Slow <select> & &lt;b&gt;
feedparser-rs: Slow <select> & &lt;b&gt; | Slow  &amp; &lt;b&gt;
PyPI feedparser: Slow <select> & &lt;b&gt; | Slow <select> & &lt;b&gt;
atoma: Slow <select> & &lt;b&gt; | Slow <select> & &lt;b&gt;'
if [[ $found == "$expected" ]]; then
  echo "as found: four of eight readers have another title than was written"
else
  echo "changed: the readers have other titles"
  exit 1
fi
