// Serves the built console with a site that never was, for measuring and for looking at it.
//
// It plays the control plane as far as the console sees it: the page with its policy, the API, and
// the WebSocket by which news come. Orders are taken and answered, and change nothing.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

import { site } from "./site.mjs";

// RFC 6455, section 1.3.
const ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** `assets` are the built `page.js` and `page.css`; `html` is the page with its holes. */
export async function serve({
  assets,
  html,
  policy,
  needs,
  isLive = true,
  role = "admin",
  ...size
}) {
  const answers = site(size);
  answers["/session"].role = role;
  const texts = new Map(Object.entries(answers).map(([path, it]) => [path, JSON.stringify(it)]));
  const sockets = new Set();
  const asked = [];
  const page = html
    .replaceAll("{{site}}", "StolenTee")
    .replace("{{style}}", "/_breakwater/console/assets/page.css")
    .replace("{{script}}", "/_breakwater/console/assets/page.js")
    .replace("{{needs}}", JSON.stringify(needs).replaceAll('"', "&quot;"));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = pathname.replace("/_breakwater", "");
    const send = (status, type, body, fields = {}) => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store", ...fields });
      response.end(body);
    };
    if (path === "/console/assets/page.js") return send(200, "text/javascript", assets["page.js"]);
    if (path === "/console/assets/page.css") return send(200, "text/css", assets["page.css"]);
    if (path.startsWith("/console")) {
      return send(200, "text/html; charset=utf-8", page, { "content-security-policy": policy });
    }
    asked.push({ at: Date.now(), method: request.method, path, fields: request.headers });
    if (request.method !== "GET") {
      const known = texts.get(
        path.replace(
          /\/(override|run|pause|update|note|edit|resolve|reopen|acknowledge|postmortem)$/,
          "",
        ),
      );
      return send(200, "application/json", known ?? '{"circuits":[]}');
    }
    const text = texts.get(decodeURIComponent(path));
    if (text === undefined) {
      const problem = { title: "Not Found", status: 404, detail: `nothing at \`${pathname}\`` };
      return send(404, "application/problem+json", JSON.stringify(problem));
    }
    send(200, "application/json", text);
  });
  server.on("upgrade", (request, socket) => {
    if (!isLive) return socket.destroy();
    const key = createHash("sha1")
      .update(request.headers["sec-websocket-key"] + ACCEPT)
      .digest("base64");
    socket.write(
      "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n" +
        `sec-websocket-accept: ${key}\r\n\r\n`,
    );
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    // A frame of a browser is masked; the only text that it sends is `ping`.
    socket.on("data", (data) => {
      if ((data[0] & 15) === 1) socket.write(frame("pong"));
    });
    socket.write(frame(JSON.stringify({ lasts_ms: 3_600_000, news: [] })));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/_breakwater/console`,
    asked,
    sockets,
    /** Sets what a path answers from now on. */
    answer: (path, it) => texts.set(path, JSON.stringify(it)),
    tell: (news) => {
      for (const socket of sockets) socket.write(frame(JSON.stringify({ news })));
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A text as a frame that is not masked, as servers send it. */
function frame(text) {
  const body = Buffer.from(text);
  const head =
    body.length < 126 ? [0x81, body.length] : [0x81, 126, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from(head), body]);
}
