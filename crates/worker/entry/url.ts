// The URL of a request, which both modules have to read alike.

// What the platform writes otherwise when it sends a URL on.
const REWRITTEN = /[\\"<>^`{}\u0080-\uffff]|\/\.|%2e/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is there to find them.
const CONTROL = /[\0-\x1f\x7f]/;

// The URL of a request as the platform would send it on. One with control characters is left for
// core to refuse.
export function urlOf({ url }: Request): string {
  return REWRITTEN.test(url) && !CONTROL.test(url) ? new URL(url).href : url;
}
