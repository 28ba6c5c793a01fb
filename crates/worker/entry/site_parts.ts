// What Rust reads of the compiled site.
import { form, parts } from "./site.js";
import { FORM } from "./site_form.ts";

// It ends the start, which the platform tries before it takes a deployment.
if (form !== FORM) {
  throw new Error(
    `site.js has form ${form}, and this code reads form ${FORM}: compile both by one version`,
  );
}

export function sitePart(name: string): string {
  const part = (parts as Readonly<Record<string, string>>)[name];
  if (part === undefined) throw new Error(`site.js has no part ${name}`);
  return part;
}
