#!/usr/bin/env bash
# @modelcontextprotocol/sdk: the error of a tool is lost if it has a structure.
#
# What happens: A tool says by `isError` that it failed, why in a text, and the same as a structure,
# such as a problem of RFC 9457. The tool has an output schema, which says what it answers when it
# succeeds. The client throws that the structure does not match the schema. The text, by which a
# model could do better, is lost.
#
# Expected: The protocol: the errors of tools "contain actionable feedback that language models can
#           use to self-correct and retry". The client's own comment: "Only validate structured
#           content if present (not when there's an error)". @modelcontextprotocol/client 2.4.0, its
#           successor, returns the error.
# Seen:     With 1.32.2 the structure of an error is validated too.
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

const outputSchema = { type: "object", properties: { n: { type: "integer" } }, required: ["n"] };
const content = [{ type: "text", text: "expected an upstream of the site" }];
const failed = { content, isError: true };
const answers = {
  initialize: () => ({
    protocolVersion: "2025-11-25",
    capabilities: { tools: {} },
    serverInfo: { name: "server", version: "1" },
  }),
  "tools/list": () => ({
    tools: ["plain", "structured"].map((name) => ({
      name,
      inputSchema: { type: "object" },
      outputSchema,
    })),
  }),
  "tools/call": ({ name }) =>
    name === "plain" ? failed : { ...failed, structuredContent: { status: 404 } },
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
for (const name of ["plain", "structured"]) {
  const said = await client.callTool({ name, arguments: {} }).then(
    ({ content }) => `returned: ${content[0].text}`,
    (error) => `thrown: ${error.message}`,
  );
  console.log(`${name} error, ${said}`);
}
await client.close();
server.close();
JS
node_modules/node/bin/node ask.mjs >found
echo "@modelcontextprotocol/sdk $VERSION"
cat found

expected='plain error, returned: expected an upstream of the site
structured error, thrown: MCP error -32602: Structured content does not match the tool'\''s'
expected+=' output schema: data must have required property '\''n'\'
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: the structure of an error hides its text"
else
  echo "changed: an error with a structure is returned"
  exit 1
fi
