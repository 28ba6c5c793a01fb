// Copies as the colo's cache holds them. The cache acts on fields of answers (`Vary`, `Set-Cookie`,
// ranges, conditions, expiry), and none of an upstream's shall move it: they are packed into one.

const ABOUT = "breakwater-copy";
const FIELDS = "breakwater-fields";
const SIGNPOST = "breakwater-signpost";

export function copy(
  about: string,
  fields: string,
  body: BodyInit | null,
  seconds: number,
): Response {
  const packed = encodeURIComponent(fields);
  return new Response(body, { headers: { ...lasting(seconds), [ABOUT]: about, [FIELDS]: packed } });
}

export function signpost(text: string, seconds: number): Response {
  return new Response("", { headers: { ...lasting(seconds), [SIGNPOST]: text } });
}

const lasting = (seconds: number) => ({ "cache-control": `public, max-age=${seconds}` });

// What a signpost says; empty if it is none.
export const signpostOf = (response: Response): string => response.headers.get(SIGNPOST) ?? "";

// What a copy says about itself, and its fields, a line each; empty if it is none.
export function copyOf({ headers }: Response): string {
  const about = headers.get(ABOUT);
  return about === null ? "" : `${about}\n${decodeURIComponent(headers.get(FIELDS) ?? "")}`;
}
