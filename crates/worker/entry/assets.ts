// What pages load from the Worker itself: scripts, styles and pictures. Rust asks for them by name.
import { FILES } from "./asset_files.ts";

// A file that pages load, as the build writes it down.
export interface AssetFile {
  // Where it comes from, in `www`, by what it has become: `status/page.css`.
  readonly path: string;
  // What it is called in addresses, with the hash of its content.
  readonly name: string;
  readonly type: string;
  readonly text?: string;
  readonly base64?: string;
}

// A file as it is sent; Rust reads the fields by their names.
export interface Asset {
  readonly type: string;
  readonly body: string | Uint8Array;
}

// Returns the file that has this name in addresses.
export function asset(name: string): Asset | undefined {
  const file = FILES.find((file) => file.name === name);
  if (file === undefined) return undefined;
  const { type, text, base64 = "" } = file;
  // Pictures are asked for so rarely that they are decoded only then.
  return { type, body: text ?? Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)) };
}

// Returns what the file of this path is called in addresses.
export function assetName(path: string): string | undefined {
  return FILES.find((file) => file.path === path)?.name;
}
