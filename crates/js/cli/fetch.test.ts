import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { after, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { get, lines } from "./fetch.ts";
import { trouble } from "./trouble.ts";

const running: { close: () => unknown }[] = [];
after(() => {
  for (const server of running) {
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  running.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function asked(url: string, host: string | null = null, bodyMax = 1000) {
  return { url: new URL(url), host, fields: "accept:*/*", bodyMax, isInsecure: false };
}

test("an upstream is asked by the name that the file says, as visitors come", async () => {
  const origin = await serve((request, response) => {
    response.end(JSON.stringify(request.headers));
  });
  const answer = await get(asked(`${origin}/`, "shop.example"));
  const headers = JSON.parse(Buffer.from(answer.body).toString());
  assert.equal(headers.host, "shop.example");
  assert.equal(headers["x-forwarded-host"], "shop.example");
  assert.equal(headers["x-forwarded-proto"], "https");
  assert.equal(headers.accept, "*/*");
});

test("a body is read without its coding, and counted with it", async () => {
  const page = "<p>Hello</p>".repeat(50);
  const origin = await serve((request, response) => {
    const isBrotli = request.url === "/br";
    response.setHeader("content-encoding", isBrotli ? "br" : "gzip");
    response.end(isBrotli ? brotliCompressSync(page) : gzipSync(page));
  });
  for (const path of ["/br", "/gzip"]) {
    const { body, bytes, isWhole } = await get(asked(origin + path));
    assert.equal(Buffer.from(body).toString(), page);
    assert.ok(bytes < page.length && bytes > 0);
    assert.ok(isWhole);
  }
});

test("no more of a body is read than wanted, and one that breaks off is not whole", async () => {
  const origin = await serve((request, response) => {
    if (request.url === "/cut") {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    } else {
      response.end("x".repeat(5000));
    }
  });
  const long = await get(asked(`${origin}/long`));
  assert.deepEqual([long.body.byteLength, long.isWhole], [1000, false]);
  const cut = await get(asked(`${origin}/cut`));
  assert.equal(cut.isWhole, false);
});

test("fields are joined as core reads them, and cookies are not", () => {
  const rawHeaders = ["Vary", "a", "Set-Cookie", "x=1", "vary", "b", "Set-Cookie", "y=2"];
  assert.equal(lines({ rawHeaders }), "vary:a, b\nset-cookie:x=1\nset-cookie:y=2");
});

async function troubleAt(url: string): Promise<string> {
  try {
    await get(asked(url));
  } catch (error) {
    return trouble(error, new URL(url));
  }
  return "there was an answer";
}

test("each trouble is one line that says what to do", async () => {
  const origin = await serve((_request, response) => response.end("hello"));
  const silent = createTcpServer((socket) => socket.end("SSH-2.0-OpenSSH\r\n"));
  running.push(silent);
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const port = (silent.address() as AddressInfo).port;
  for (const [url, said] of [
    ["http://127.0.0.1:9/", "nobody answers at http://127.0.0.1:9"],
    [origin.replace("http:", "https:"), "does not speak TLS: write `http://127.0.0.1"],
    [`http://127.0.0.1:${port}/`, "is no HTTP"],
    ["http://no-such-host.invalid/", "no-such-host.invalid"],
  ] as const) {
    const line = await troubleAt(url);
    assert.ok(line.includes(said), `${url}: ${line}`);
    assert.ok(!line.includes("\n"), line);
  }
});
