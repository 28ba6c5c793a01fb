// Stands in for `cloudflare:workers`.
export class DurableObject {
  readonly ctx: unknown;
  readonly env: unknown;

  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx;
    this.env = env;
  }
}

// What a test says of the platform's traces.
export const tracing: object = {};

// What is bound to the Worker.
export const env: object = {};

// What is done behind an event; `null` while there is none.
export const behind: { work: Promise<unknown>[] | null } = { work: [] };

export function waitUntil(promise: Promise<unknown>): void {
  if (behind.work === null) throw new Error("there is no event");
  behind.work.push(promise);
}
