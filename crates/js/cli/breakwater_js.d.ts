// What the package's Rust exports, as wasm-bindgen binds it (`crates/js/src`). JSON is in the
// shapes of `shapes.ts`.
export function initSync(module: { module: WebAssembly.Module }): unknown;
export function check(file: string, text: string): string;
export function compileSite(file: string, text: string, pageSources: string): string;

export class Survey {
  constructor(url: string, host?: string, framework?: string);
  readonly origin: string;
  next(): string | undefined;
  answer(status: number, fields: string, body: Uint8Array): void;
  fail(): void;
  finish(): string | undefined;
}

export class Walk {
  constructor(file: string, text: string, upstream: string | undefined, pagesMax: number);
  static bodyMax(): number;
  addPage(path: string): boolean;
  addSitemap(path: string): void;
  step(now: number): string;
  answer(
    id: number,
    status: number,
    fields: string,
    body: Uint8Array,
    bytes: number,
    isWhole: boolean,
    took: number,
    now: number,
  ): void;
  fail(id: number, reason: string): void;
  explained(): string | undefined;
  isByLinks(): boolean;
  progress(): Uint32Array;
  summary(): string;
}
