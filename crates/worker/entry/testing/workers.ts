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
