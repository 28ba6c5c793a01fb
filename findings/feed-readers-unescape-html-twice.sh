#!/usr/bin/env bash
# @rowanmanning/feed-parser, @extractus/feed-extractor: text of HTML content is unescaped once more.
#
# What happens: An update says `Answers with 200 <= status and status > 299 are bad.` A feed has it
# as HTML in XML, so that each `<` is escaped twice. The readers unescape it twice while they read
# the XML. The one returns HTML in which the comparison is broken markup, and the other, which
# removes markup, has lost what stood between the two signs. Atom and RSS are read alike.
#
# Expected: RFC 4287 §4.1.3.3 and §3.1.1.2: content of the type `html` is HTML after the escapes of
#           XML, and no others, were taken off. rss-parser 3.13.0 and feedsmith 3.0.1 return that.
# Seen:     @rowanmanning/feed-parser 2.1.5 returns `200 <= status` where the HTML has
#           `200 &lt;= status`; @extractus/feed-extractor 8.0.3 returns `Answers with 200  299`.
set -euo pipefail

ROWANMANNING=2.1.5
EXTRACTUS=8.0.3
RSS_PARSER=3.13.0
FEEDSMITH=3.0.1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "@rowanmanning/feed-parser@$ROWANMANNING" \
  "@extractus/feed-extractor@$EXTRACTUS" "rss-parser@$RSS_PARSER" "feedsmith@$FEEDSMITH" >/dev/null

cat >read.mjs <<'JS'
import { extractFromXml } from "@extractus/feed-extractor";
import { parseFeed } from "@rowanmanning/feed-parser";
import { parseFeed as smith } from "feedsmith";
import RssParser from "rss-parser";
const text = "Answers with 200 <= status and status > 299 are bad.";
const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const html = escaped(`<p>${escaped(text)}</p>`);
const atom = `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>https://shop.example/feed.atom</id>
<title>Shop status</title><updated>2026-11-28T12:03:00Z</updated><author><name>Shop</name></author>
<entry><id>tag:shop.example,2026-11-28:1</id><title>Slow</title>
<link href="https://shop.example/1"/><updated>2026-11-28T12:03:00Z</updated>
<content type="html">${html}</content></entry></feed>`;
const rss = `<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Shop status</title><link>https://shop.example/</link>
<description>Incidents</description><item><title>Slow</title><link>https://shop.example/1</link>
<guid isPermaLink="false">1</guid><description>${html}</description></item></channel></rss>`;
for (const [form, feed] of Object.entries({ atom, rss })) {
  const { content, description } = parseFeed(feed).items[0];
  const item = (smith(feed).feed.entries ?? smith(feed).feed.items)[0];
  const found = {
    "rss-parser": (await new RssParser().parseString(feed)).items[0].content,
    feedsmith: item.content?.value ?? item.description,
    "@rowanmanning/feed-parser": content ?? description,
    "@extractus/feed-extractor": extractFromXml(feed).entries[0].description,
  };
  for (const [name, read] of Object.entries(found)) console.log(`${form}, ${name}: ${read}`);
}
JS
found=$(node read.mjs)
echo "$found"

expected=
for form in atom rss; do
  expected+="$form, rss-parser: <p>Answers with 200 &lt;= status and status &gt; 299 are bad.</p>
$form, feedsmith: <p>Answers with 200 &lt;= status and status &gt; 299 are bad.</p>
$form, @rowanmanning/feed-parser: <p>Answers with 200 <= status and status > 299 are bad.</p>
$form, @extractus/feed-extractor: Answers with 200  299 are bad.
"
done
if [[ $found == "${expected%$'\n'}" ]]; then
  echo "as found: two readers unescape the text of the HTML too, and one of them loses a part of it"
else
  echo "changed: the readers find another text"
  exit 1
fi
