#!/usr/bin/env bash
# undici, RetryAgent: after a connection lost between head and body, a whole answer is refused.
#
# What happens: A server process dies after it has sent the head of its answer and before the first
# byte of the body. The agent sends the request again, without a range, and gets the whole answer
# from the next process. It throws that away, and the caller gets "Content-Range mismatch" for an
# answer that has no range and needs none. Lost a moment earlier, before the head, the same request
# ends well, and so it does if the lost answer was to come in chunks.
#
# Expected: The documentation of `RetryHandler`: it "automatically retries a request when it
#           fails", and resumes with `Range` when the response was partially consumed. Here nothing
#           was consumed, so the second answer is what the caller asked for.
# Seen:     With 8.12.4 the request fails with `UND_ERR_REQ_RETRY` if the lost answer had a
#           `Content-Length`: the second one is compared with it as if it were a range of it.
set -euo pipefail

NODE=22.23.3
VERSION=8.12.4

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm init -y >/dev/null
npm install --silent "node@$NODE" "undici@$VERSION" >/dev/null

cat >ask.mjs <<'JS'
import { createServer } from "node:net";
import { Agent, RetryAgent, request } from "undici";
const ways = {
  "before the head": "",
  "after the head, with a length": "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n",
  "after the head, with chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
};
for (const [way, head] of Object.entries(ways)) {
  const heard = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      heard.push(/\r\nrange:/i.test(bytes) ? "with a range" : "whole");
      if (heard.length > 1) {
        return socket.end("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\npage");
      }
      socket.write(head);
      setTimeout(() => socket.destroy(), 200);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const dispatcher = new RetryAgent(new Agent(), { minTimeout: 100 });
  const url = `http://127.0.0.1:${server.address().port}`;
  const ask = async () => {
    const { statusCode, body } = await request(url, { dispatcher });
    return `${statusCode} ${await body.text()}`;
  };
  const told = await ask().catch((error) => `${error.code}, ${error.message}`);
  console.log(`lost ${way}: asked ${heard.join(", ")}; ${told}`);
  server.close();
}
process.exit();
JS
node_modules/node/bin/node ask.mjs >found
echo "undici $VERSION"
cat found

mismatch='UND_ERR_REQ_RETRY, Content-Range mismatch'
expected="lost before the head: asked whole, whole; 200 page
lost after the head, with a length: asked whole, whole; $mismatch
lost after the head, with chunks: asked whole, whole; 200 page"
if [[ $(cat found) == "$expected" ]]; then
  echo "as found: the whole answer of the second try is refused"
else
  echo "changed: the second try gives the answer, or there is none"
  exit 1
fi
