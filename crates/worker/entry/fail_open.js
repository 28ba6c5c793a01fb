// What visitors get while the wasm cannot answer: the upstream, by the rules that core wrote down.
import { forward, isBodyless, read, wasSent } from "./exchange.js";
import { resolve } from "./path.js";
import { rules, upstream } from "./rules.js";

export const unavailable = () => problem([503, "Service Unavailable"], { "retry-after": "1" });

function problem([status, title], fields) {
  const headers = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    // It is the same for every visitor, and no secret.
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Retry-After",
    ...fields,
  };
  return Response.json({ title, status }, { status, headers });
}

const ADDRESS = /^([^:]+):\/\/([^/?#]*)([^?#]*)([^#]*)/;

// `own` answers for the paths of Breakwater's own.
export async function failOpen(request, env, own) {
  const [method, address, , via, size] = read(request).split("\n");
  const [, scheme, host, path, query] = ADDRESS.exec(address);
  const resolved = resolve(rules.entries, path || "/");
  if (resolved === undefined) return problem(rules.refused.path);
  const { upstream: target } = rules.entries[resolved.at];
  if (address.length > rules.urlMax) return problem(rules.refused.url);
  if (Number(size) > rules.fieldsMax) return problem(rules.refused.fields);
  if (hasBeenHere(via)) return problem(rules.refused.again);
  if (target === null) return own(request, env);
  if (!maySend(request, method)) return unavailable();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), target.timeout);
  try {
    const to = (upstream(env, target.name) || target.origin) + resolved.path + query;
    return passed(await forward(request, to, host, scheme, deadline.signal));
  } catch (error) {
    console.error("breakwater: failing open:", error);
    return unavailable();
  } finally {
    clearTimeout(timer);
  }
}

// A call may have reached the upstream already, or a body may have been read in part.
function maySend(request, method) {
  if (isBodyless(request)) return !wasSent(request) || rules.safeMethods.includes(method);
  return !wasSent(request) && !request.bodyUsed && !request.body.locked;
}

// Members are `version received-by comment?` (RFC 9110 §7.6.3).
function hasBeenHere(via) {
  return via.split(",").some((member) => member.trim().split(/\s+/)[1] === rules.pseudonym);
}

// An upstream's answer that Rust has not shaped. One with another status than these carries a
// WebSocket, and none can be made of it.
export function passed(response) {
  if (response.status < 200) return response;
  const answer = new Response(response.body, response);
  for (const name of rules.droppedFromAnswers) answer.headers.delete(name);
  return answer;
}
