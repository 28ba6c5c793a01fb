#!/usr/bin/env bash
# @modelcontextprotocol/sdk: of a list of tools in pages, only the last page's answers are checked.
#
# What happens: A server lists its tools in two pages, and the client asks for both, as the protocol
# wants it. From then on the answers of the first page's tools are taken whatever they are: their
# output schemas are forgotten when the second page comes.
#
# Expected: The documentation of `callTool`: "Automatically validates structured output if the tool
#           has an outputSchema". @modelcontextprotocol/client 2.4.0 does.
# Seen:     With 1.32.2 each page replaces the schemas of the page before.
set -euo pipefail

NODE=22.23.3
VERSION=1.32.2

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "node@$NODE" "@modelcontextprotocol/sdk@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import http from "node:http";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const tool = (name) => ({
  name,
  inputSchema: { type: "object" },
  outputSchema: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] },
});
const answers = {
  initialize: () => ({
    protocolVersion: "2025-11-25",
    capabilities: { tools: {} },
    serverInfo: { name: "server", version: "1" },
  }),
  "tools/list": (params) =>
    params?.cursor ? { tools: [tool("second")] } : { tools: [tool("first")], nextCursor: "2" },
  "tools/call": () => ({ content: [], structuredContent: { n: "no number" } }),
};
const server = http.createServer(async (request, response) => {
  if (request.method !== "POST") return response.writeHead(405).end();
  let body = "";
  for await (const chunk of request) body += chunk;
  const { id, method, params } = JSON.parse(body);
  if (id === undefined) return response.writeHead(202).end();
  const result = answers[method](params);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const url = new URL(`http://127.0.0.1:${server.address().port}/mcp`);
const client = new Client({ name: "finding", version: "1" });
await client.connect(new StreamableHTTPClientTransport(url));
let cursor;
do {
  ({ nextCursor: cursor } = await client.listTools(cursor ? { cursor } : {}));
} while (cursor);
for (const name of ["first", "second"]) {
  const said = await client.callTool({ name, arguments: {} }).then(() => "taken", () => "refused");
  console.log(`an answer of the ${name} page that does not fit: ${said}`);
}
await client.close();
server.close();
JS
node_modules/node/bin/node ask.mjs >found
echo "@modelcontextprotocol/sdk $VERSION"
cat found

expected='an answer of the first page that does not fit: taken
an answer of the second page that does not fit: refused'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: answers of the first page are not checked"
else
  echo "changed: answers of the first page are checked"
  exit 1
fi
