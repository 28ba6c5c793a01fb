// Whose a path is, and in which spelling it is sent: what core's `Site::resolve` decides, for when
// the wasm cannot. Vectors that core writes hold the two against each other.
import { type Entry, entries, rules, statusEntries } from "./rules.ts";

// The index of the entry, and the path that is sent.
export interface Resolved {
  readonly at: number;
  readonly path: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is there to find them.
const CONTROL = /%00|[\0-\x1f\x7f]/;
const ESCAPED_SLASH = /%2f|%5c/gi;

// The entries of the host that is meant by the authority of a URL.
export function entriesOf(authority: string): readonly Entry[] {
  const name = authority
    .replace(/:[^:]*$/, "")
    .replace(/\.$/, "")
    .toLowerCase();
  return name === rules.statusHost ? statusEntries : entries;
}

// Nothing if the path is refused.
export function resolve(entries: readonly Entry[], written: string): Resolved | undefined {
  if (CONTROL.test(written)) return undefined;
  const owner = (path: string) => entries.findIndex(({ pattern }) => pattern.test(path));
  const normalised = normalise(written);
  const at = owner(normalised);
  const entry = entries[at];
  if (entry === undefined) return undefined;
  const unescaped = written.replace(ESCAPED_SLASH, "/");
  if (unescaped !== written) {
    const decoded = normalise(unescaped);
    const there = owner(decoded);
    // A server may as well resolve dot segments first, and decode then.
    const later = owner(normalise(normalised.replace(ESCAPED_SLASH, "/")));
    const { escapedSlashes } = entry;
    if (escapedSlashes === "refuse") return undefined;
    if (escapedSlashes === "auto" && (there !== at || later !== at)) return undefined;
    if (escapedSlashes === "decode") return { at: there, path: decoded };
  }
  const isAsWritten = entry.upstream !== null && owner(written) === at;
  return { at, path: isAsWritten ? written : normalised };
}

// RFC 3986 §6.2.2, and without duplicate slashes.
function normalise(path: string): string {
  const kept: string[] = [];
  let isDirectory = false;
  for (const segment of path.split("/").map(decoded)) {
    isDirectory = ["", ".", ".."].includes(segment);
    if (segment === "..") kept.pop();
    else if (!isDirectory) kept.push(segment);
  }
  return `/${kept.join("/")}${isDirectory && kept.length > 0 ? "/" : ""}`;
}

function decoded(segment: string): string {
  return segment.replace(/%([0-9a-f]{2})?/gi, (written: string, digits: string | undefined) => {
    if (digits === undefined) return "%25";
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return /[-.~\w]/.test(character) ? character : written.toUpperCase();
  });
}
