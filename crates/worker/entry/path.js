// Whose a path is, and in which spelling it is sent: what core's `Site::resolve` decides, for when
// the wasm cannot. A test holds the two against each other.

const CONTROL = /%00|[\0-\x1f\x7f]/;
const ESCAPED_SLASH = /%2f|%5c/gi;

// The index of the entry, and the path that is sent; nothing if the path is refused.
export function resolve(entries, written) {
  if (CONTROL.test(written)) return undefined;
  const owner = (path) => entries.findIndex(({ pattern }) => matches(pattern, path));
  const normalised = normalise(written);
  const at = owner(normalised);
  const unescaped = written.replace(ESCAPED_SLASH, "/");
  if (unescaped !== written) {
    const decoded = normalise(unescaped);
    const there = owner(decoded);
    // A server may as well resolve dot segments first, and decode then.
    const later = owner(normalise(normalised.replace(ESCAPED_SLASH, "/")));
    const { escapedSlashes } = entries[at];
    if (escapedSlashes === "refuse") return undefined;
    if (escapedSlashes === "auto" && (there !== at || later !== at)) return undefined;
    if (escapedSlashes === "decode") return { at: there, path: decoded };
  }
  const isAsWritten = entries[at].upstream !== null && owner(written) === at;
  return { at, path: isAsWritten ? written : normalised };
}

function matches(pattern, path) {
  if (!pattern.endsWith("/*")) return path === pattern;
  const prefix = pattern.slice(0, -2);
  return prefix === "" || path === prefix || path.startsWith(`${prefix}/`);
}

// RFC 3986 §6.2.2, and without duplicate slashes.
function normalise(path) {
  const kept = [];
  let isDirectory = false;
  for (const segment of path.split("/").map(decoded)) {
    isDirectory = ["", ".", ".."].includes(segment);
    if (segment === "..") kept.pop();
    else if (!isDirectory) kept.push(segment);
  }
  return `/${kept.join("/")}${isDirectory && kept.length > 0 ? "/" : ""}`;
}

function decoded(segment) {
  return segment.replace(/%([0-9a-f]{2})?/gi, (escape, digits) => {
    if (digits === undefined) return "%25";
    const character = String.fromCharCode(parseInt(digits, 16));
    return /[-.~\w]/.test(character) ? character : escape.toUpperCase();
  });
}
