// Durable Objects from outside and from inside, so that Rust needs no bindings to all that a
// request is.

// An object's reply; Rust reads the field by its name.
export interface Reply {
  readonly text: string;
}

// How often this isolate has asked objects, by their binding, since that was last taken. Both
// modules ask through here.
const calls = new Map<string, number>();

function namespaceOf(
  env: Readonly<Record<string, DurableObjectNamespace>>,
  binding: string,
): DurableObjectNamespace {
  const namespace = env[binding];
  if (namespace === undefined) throw new Error(`no objects are bound as ${binding}`);
  calls.set(binding, (calls.get(binding) ?? 0) + 1);
  return namespace;
}

// Takes the number of calls to the objects of a binding.
export function takeCalls(binding: string): number {
  const taken = calls.get(binding) ?? 0;
  calls.delete(binding);
  return taken;
}

// Asks an object, which the platform makes near `hint` if it is new. Each call makes a new stub,
// because a stub whose call failed must not be used again.
export async function ask(
  env: Readonly<Record<string, DurableObjectNamespace>>,
  binding: string,
  name: string,
  body: string,
  hint?: DurableObjectLocationHint,
): Promise<Reply> {
  const place = hint === undefined ? {} : { locationHint: hint };
  const stub = namespaceOf(env, binding).getByName(name, place);
  const response = await stub.fetch("https://object.invalid/", { method: "POST", body });
  return { text: await response.text() };
}

// The field by which an object that takes a WebSocket is told about it.
export const TOLD = "breakwater-told";

// Has an object take a WebSocket, and tells it `told`. The platform passes the answer, which holds
// the visitor's end of it, on as it is.
export function connect(
  env: Readonly<Record<string, DurableObjectNamespace>>,
  binding: string,
  name: string,
  told: string,
): Promise<Response> {
  const headers = { upgrade: "websocket", [TOLD]: told };
  const stub = namespaceOf(env, binding).getByName(name);
  return stub.fetch("https://object.invalid/", { headers });
}

// An object's reply as the platform takes it.
export function reply(text: string): Response {
  return new Response(text);
}
