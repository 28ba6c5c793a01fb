#!/usr/bin/env bash
# @modelcontextprotocol/sdk: answers are judged by JSON Schema's draft 7, and good ones are refused.
#
# What happens: A tool's output schema uses what draft 2020-12 has and draft 7 has not, and names no
# draft. A tuple by `prefixItems` that fits is refused, since `items` is taken to be about all of
# it. An answer that `dependentRequired` forbids is taken.
#
# Expected: MCP 2025-11-25, Basic Protocol, which this version implements: "When a schema does not
#           include a `$schema` field, it defaults to JSON Schema 2020-12", and clients "MUST
#           validate schemas according to their declared or default dialect".
#           @modelcontextprotocol/client 2.4.0 does.
# Seen:     With 1.32.2 the client's validator is Ajv's class for draft 7.
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

const outputSchemas = {
  prefixItems: {
    type: "object",
    properties: {
      row: { type: "array", prefixItems: [{ type: "string" }], items: { type: "integer" } },
    },
  },
  dependentRequired: { type: "object", dependentRequired: { until: ["reason"] } },
};
const structures = {
  prefixItems: { row: ["web", 3, 5] },
  dependentRequired: { until: "tomorrow" },
};
const answers = {
  initialize: () => ({
    protocolVersion: "2025-11-25",
    capabilities: { tools: {} },
    serverInfo: { name: "server", version: "1" },
  }),
  "tools/list": () => ({
    tools: Object.entries(outputSchemas).map(([name, outputSchema]) => ({
      name,
      inputSchema: { type: "object" },
      outputSchema,
    })),
  }),
  "tools/call": ({ name }) => ({ content: [], structuredContent: structures[name] }),
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
await client.listTools();
for (const [name, fits] of [["prefixItems", "fits"], ["dependentRequired", "does not fit"]]) {
  const said = await client.callTool({ name, arguments: {} }).then(() => "taken", () => "refused");
  console.log(`an answer that ${fits} by ${name}: ${said}`);
}
await client.close();
server.close();
JS
node_modules/node/bin/node ask.mjs >found
echo "@modelcontextprotocol/sdk $VERSION"
cat found

expected='an answer that fits by prefixItems: refused
an answer that does not fit by dependentRequired: taken'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: a tuple that fits is refused"
else
  echo "changed: answers are judged otherwise"
  exit 1
fi
