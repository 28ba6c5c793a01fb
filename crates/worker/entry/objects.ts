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

// An object's reply as the platform takes it.
export function reply(text: string): Response {
  return new Response(text);
}
