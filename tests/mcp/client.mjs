// A client of the MCP endpoint, for tests/tests/e2e/mcp.rs: the official ones, whose versions 1 and
// 2 speak the protocol with a handshake and without.
//
// It is called as `node client.mjs OPTIONS`: JSON with `packages` (where the clients are), `url`,
// `token`, `speaks` (`handshake` or `stateless`), and `calls`, each with the `name` of a tool and
// its `arguments`. It lists the tools first, so that the client checks each structure against its
// schema. The script prints what it was told as one line of JSON on stdout.
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

const options = JSON.parse(process.argv[2]);
const require = createRequire(join(options.packages, "package.json"));

function connection() {
  const url = new URL(options.url);
  const requestInit = { headers: { Authorization: `Bearer ${options.token}` } };
  const info = { name: "breakwater-tests", version: "1" };
  if (options.speaks === "handshake") {
    const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
    const transport = require("@modelcontextprotocol/sdk/client/streamableHttp.js");
    const { StreamableHTTPClientTransport } = transport;
    return [new Client(info), new StreamableHTTPClientTransport(url, { requestInit })];
  }
  const { Client, StreamableHTTPClientTransport } = require("@modelcontextprotocol/client");
  const client = new Client(info, { versionNegotiation: { mode: "auto" } });
  return [client, new StreamableHTTPClientTransport(url, { requestInit })];
}

const [client, transport] = connection();
const problems = [];
client.onerror = (error) => problems.push(String(error));
try {
  await client.connect(transport);
} catch (error) {
  console.log(JSON.stringify({ refused: String(error) }));
  process.exit();
}
const { tools } = await client.listTools();
const results = [];
for (const call of options.calls) {
  const { content, structuredContent, isError } = await client.callTool(call);
  results.push({ isError, text: content[0].text, structure: structuredContent });
}
const told = {
  version: transport.protocolVersion ?? client.getNegotiatedProtocolVersion?.(),
  server: client.getServerVersion(),
  instructions: client.getInstructions(),
  tools: tools.map(({ name }) => name),
  results,
  problems,
};
await client.close();
console.log(JSON.stringify(told));
