// Durable Objects from outside and from inside, so that Rust needs no bindings to all that a
// request is.

// An object's reply; Rust reads the field by its name.
export interface Reply {
  readonly text: string;
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
  const namespace = env[binding];
  if (namespace === undefined) throw new Error(`no objects are bound as ${binding}`);
  const stub = namespace.getByName(name, hint === undefined ? {} : { locationHint: hint });
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
  const namespace = env[binding];
  if (namespace === undefined) throw new Error(`no objects are bound as ${binding}`);
  const headers = { upgrade: "websocket", [TOLD]: told };
  return namespace.getByName(name).fetch("https://object.invalid/", { headers });
}

// An object's reply as the platform takes it.
export function reply(text: string): Response {
  return new Response(text);
}
