// One request, as Breakwater would send it: by a name of our choice, with its own fields, and
// without following redirects. `fetch` is of no use here: it sends no other `Host`.
import type { IncomingMessage } from "node:http";
import { request as plain } from "node:http";
import { request as secure } from "node:https";
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

export type Asked = Readonly<{
  url: URL;
  // The name to ask by, if it is not the URL's.
  host: string | null;
  // The fields, each `name:value` in a line.
  fields: string;
  // The most bytes of the body that are read.
  bodyMax: number;
  isInsecure: boolean;
}>;

export type Answer = Readonly<{
  status: number;
  // The fields, each `name:value` in a line.
  fields: string;
  // The body without its coding.
  body: Uint8Array;
  // The bytes of the body as they came.
  bytes: number;
  // Whether the body ended.
  isWhole: boolean;
  // How long it took until the fields were there, in milliseconds.
  took: number;
}>;

// How long an answer may take, in milliseconds: twice the longest `patience` that most sites set.
const ANSWER_TIMEOUT = 20_000;

// How long a body may take, in milliseconds. What takes longer is a stream.
const BODY_TIMEOUT = 10_000;

export function get(asked: Asked): Promise<Answer> {
  const { url, host, isInsecure } = asked;
  // So a server says how long it keeps idle connections.
  const headers: Record<string, string> = { connection: "keep-alive" };
  for (const line of asked.fields.split("\n").filter((line) => line !== "")) {
    const at = line.indexOf(":");
    headers[line.slice(0, at)] = line.slice(at + 1);
  }
  if (host !== null) {
    headers["host"] = host;
    // As Breakwater does for visitors, who come by https.
    headers["x-forwarded-host"] = host;
    headers["x-forwarded-proto"] = isNameOfThisMachine(host) ? "http" : "https";
  }
  const begun = performance.now();
  const send = url.protocol === "https:" ? secure : plain;
  return new Promise((resolve, reject) => {
    const options = { headers, agent: false as const, rejectUnauthorized: !isInsecure };
    const sent = send(url, options, (response) => {
      clearTimeout(timer);
      const took = performance.now() - begun;
      read(response, asked.bodyMax).then(
        (body) =>
          resolve({ status: response.statusCode ?? 0, fields: lines(response), took, ...body }),
        reject,
      );
    });
    const timer = setTimeout(() => {
      sent.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
    }, ANSWER_TIMEOUT);
    sent.once("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    sent.end();
  });
}

function isNameOfThisMachine(host: string): boolean {
  return !host.includes(".") || /^[\d.]+$/.test(host);
}

// The fields in the form that core reads: one line each, joined by commas but for `Set-Cookie`.
export function lines(response: Pick<IncomingMessage, "rawHeaders">): string {
  const found = new Map<string, string>();
  const cookies: string[] = [];
  for (let at = 0; at + 1 < response.rawHeaders.length; at += 2) {
    const name = (response.rawHeaders[at] ?? "").toLowerCase();
    const value = (response.rawHeaders[at + 1] ?? "").replace(/[\r\n]/g, " ");
    const before = found.get(name);
    if (name === "set-cookie") {
      cookies.push(`set-cookie:${value}`);
    } else {
      found.set(name, before === undefined ? value : `${before}, ${value}`);
    }
  }
  return [...[...found].map(([name, value]) => `${name}:${value}`), ...cookies].join("\n");
}

type Body = Pick<Answer, "body" | "bytes" | "isWhole">;

function read(response: IncomingMessage, most: number): Promise<Body> {
  const decoder = decoderOf(response.headers["content-encoding"]);
  const source = decoder === undefined ? response : response.pipe(decoder);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  let length = 0;
  if (decoder !== undefined) {
    response.on("data", (chunk: Uint8Array) => {
      bytes += chunk.byteLength;
    });
  }
  return new Promise((resolve) => {
    const end = (isWhole: boolean): void => {
      clearTimeout(timer);
      response.destroy();
      resolve({ body: Buffer.concat(chunks).subarray(0, most), bytes, isWhole });
    };
    const timer = setTimeout(() => end(false), BODY_TIMEOUT);
    source.on("data", (chunk: Uint8Array) => {
      chunks.push(chunk);
      length += chunk.byteLength;
      bytes += decoder === undefined ? chunk.byteLength : 0;
      if (length > most) {
        end(false);
      }
    });
    source.once("end", () => end(response.complete));
    source.once("error", () => end(false));
    response.once("error", () => end(false));
    response.once("aborted", () => end(false));
  });
}

function decoderOf(coding: string | undefined): Transform | undefined {
  switch (coding?.trim().toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return createGunzip();
    case "br":
      return createBrotliDecompress();
    case "deflate":
      return createInflate();
    default:
      return undefined;
  }
}
