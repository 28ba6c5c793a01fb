// What the tests use of Node. The types of all of Node would let the sources use what workerd
// lacks.

declare module "node:test" {
  interface TestContext {
    // A clock that stands still until the test moves it on.
    readonly mock: {
      readonly timers: {
        enable(options: { readonly apis: readonly "Date"[]; readonly now: number }): void;
        tick(ms: number): void;
      };
    };
  }
  export function test(name: string, body: (context: TestContext) => void | Promise<void>): void;
}

declare module "node:assert/strict" {
  interface Assert {
    (holds: unknown, message?: string): asserts holds;
    equal<T>(found: unknown, expected: T, message?: string): asserts found is T;
    deepEqual(found: unknown, expected: unknown, message?: string): void;
    throws(body: () => unknown, error?: RegExp | object): void;
    rejects(work: Promise<unknown>, error?: RegExp | object): Promise<void>;
  }
  const assert: Assert;
  export default assert;
}
