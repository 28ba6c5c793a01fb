// Durable Objects from outside and from inside, so that Rust needs no bindings to all that a
// request is.

// What an object says; Rust reads the fields by their names.
export interface Reply {
  readonly status: number;
  readonly text: string;
}

// Asks an object: `{status, text}`. Each call makes a new stub, because a stub whose call failed
// must not be used again.
export async function ask(
  env: Readonly<Record<string, DurableObjectNamespace>>,
  binding: string,
  name: string,
  path: string,
  body: string,
): Promise<Reply> {
  const namespace = env[binding];
  if (namespace === undefined) throw new Error(`no objects are bound as ${binding}`);
  const stub = namespace.getByName(name);
  const response = await stub.fetch(`https://object.invalid/${path}`, { method: "POST", body });
  return { status: response.status, text: await response.text() };
}

// What `ask` sent, as an object's Rust half takes it: path and body.
export async function asked(request: Request): Promise<[path: string, body: string]> {
  return [new URL(request.url).pathname.slice(1), await request.text()];
}

// What an object says to it.
export function reply(status: number, text: string): Response {
  return new Response(text, { status });
}
