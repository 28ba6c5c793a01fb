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
const signpostOf = ({ headers }: Response): string => headers.get(SIGNPOST) ?? "";

// What a copy says about itself, and its fields, a line each; empty if it is none.
function copyOf({ headers }: Response): string {
  const about = headers.get(ABOUT);
  return about === null ? "" : `${about}\n${decodeURIComponent(headers.get(FIELDS) ?? "")}`;
}

// What stands under a key; Rust reads the fields by their names.
export interface Found {
  readonly response: Response;
  // Empty if it is no signpost.
  readonly signpost: string;
  // Empty if it is no copy.
  readonly copy: string;
  // What the signpost under the other key says; empty if there is none.
  readonly changed: string;
}

// Looks up what stands under `key`, and beside it a signpost under `other`, if that is not empty.
// Nothing if nothing stands under `key`, or if this takes longer than `limit` milliseconds. A cache
// that fails is a cache without copies.
export function lookUp(key: string, other: string, limit: number): Promise<Found | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limit, undefined);
    const end = (found: Found | undefined) => {
      clearTimeout(timer);
      resolve(found);
    };
    const cache = caches.default;
    const looking = cache.match(key);
    const beside = other === "" ? undefined : cache.match(other).then(textOf, () => "");
    looking
      .then(async (response) => response && foundIn(response, (await beside) ?? ""))
      .then(end, () => end(undefined));
  });
}

const textOf = (response: Response | undefined): string => (response ? signpostOf(response) : "");

function foundIn(response: Response, changed: string): Found {
  const signpost = signpostOf(response);
  return { response, signpost, copy: signpost === "" ? copyOf(response) : "", changed };
}
