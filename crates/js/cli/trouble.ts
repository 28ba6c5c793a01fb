// Why a request brought no answer, in one line that says what to do.
import { connect } from "node:net";
import { codeOf, messageOf } from "./complaint.ts";

// Ports on which development servers listen, the most usual first.
const USUAL_PORTS = [3000, 8000, 8080, 5173, 4321, 4000, 5000, 8888, 80];

// How long a port of this machine has to answer, in milliseconds.
const PORT_TIMEOUT = 200;

const SELF_SIGNED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
]);

export async function trouble(error: unknown, url: URL): Promise<string> {
  const at = url.origin;
  const code = codeOf(error);
  if (code === "ECONNREFUSED") {
    return `nobody answers at ${at}: is the site running, and is that its port?${await others(url)}`;
  }
  if (code === "ENOTFOUND") {
    return `there is no host ${url.hostname}: is it spelled right?`;
  }
  if (code === "EAI_AGAIN" || code === "ENETUNREACH" || code === "EHOSTUNREACH") {
    return `${url.hostname} cannot be reached: is this machine offline?`;
  }
  if (code === "ETIMEDOUT" || code === "ECONNABORTED") {
    return `${at} does not answer in time: is the site overloaded, or behind a firewall?`;
  }
  if (SELF_SIGNED.has(code)) {
    return `the certificate of ${at} is signed by nobody whom this machine knows: get one that browsers accept, or look with \`--insecure\``;
  }
  if (code === "CERT_HAS_EXPIRED") {
    return `the certificate of ${at} has expired: renew it, or look with \`--insecure\``;
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `the certificate of ${at} is for another host: use the name that it is for, or look with \`--insecure\``;
  }
  const isPlain = url.protocol === "http:";
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) {
    return `${at} does not speak TLS: write \`http://${url.host}\``;
  }
  if (code.startsWith("HPE_") && isPlain) {
    return `what answers at ${at} is no HTTP: is it TLS (\`https://\`), or another service's port?`;
  }
  if (code === "ECONNRESET" || code === "EPIPE") {
    const hint = isPlain ? " is it TLS (`https://`)?" : " does it speak TLS?";
    return `${at} ends the connection without an answer:${hint}`;
  }
  return `${at} cannot be asked: ${messageOf(error)}`;
}

// What else listens on this machine, where the site is said to be on it.
async function others(url: URL): Promise<string> {
  if (!["localhost", "127.0.0.1", "[::1]"].includes(url.hostname)) {
    return "";
  }
  const open: number[] = [];
  await Promise.all(
    USUAL_PORTS.map(async (port) => {
      if (await listens(url.hostname.replace(/^\[|\]$/g, ""), port)) {
        open.push(port);
      }
    }),
  );
  if (open.length === 0) {
    return "";
  }
  open.sort((a, b) => USUAL_PORTS.indexOf(a) - USUAL_PORTS.indexOf(b));
  return ` Something listens on port ${open.join(", ")}`;
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: PORT_TIMEOUT });
    const end = (does: boolean): void => {
      socket.destroy();
      resolve(does);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
