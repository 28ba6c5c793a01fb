// Durable Objects from outside and from inside, so that Rust needs no bindings to all that a
// request is.

// Asks an object: `{status, text}`. The stub is made anew for each call, as it must be after one
// that failed.
export async function ask(env, binding, name, path, body) {
  const stub = env[binding].getByName(name);
  const response = await stub.fetch(`https://object.invalid/${path}`, { method: "POST", body });
  return { status: response.status, text: await response.text() };
}

// What `ask` sent, as an object's Rust half takes it: path and body.
export async function asked(request) {
  return [new URL(request.url).pathname.slice(1), await request.text()];
}

// What an object says to it.
export function reply(status, text) {
  return new Response(text, { status });
}
