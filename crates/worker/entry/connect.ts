// Where a request goes that names another host than the one that is connected to.
//
// The platform's `fetch` writes `Host` from the URL and passes over a field that is set. Where both
// names are of one zone, `resolveOverride` has it connect to the one and ask for the other:
// https://developers.cloudflare.com/workers/runtime-apis/request/#the-cf-property-requestinitcfproperties
// workerd by itself knows no such thing. There, a service that is bound as `connect:` with host and
// port takes the request, whatever its URL names: an `external` server of its configuration.
import { env } from "cloudflare:workers";
import { rules } from "./rules.ts";

// Set by the build.
declare const IS_FOR_DEVELOPMENT: boolean;

const ORIGIN = /^([^:]+:\/\/)([^/?#]*)/;
const PORT = /:\d+$/;

interface Way {
  readonly url: string;
  readonly cf?: { readonly resolveOverride: string };
  readonly service?: Fetcher;
}

// The way of a request for `url` that asks for the host `name`; none is the URL's own. In
// development the site is where it is visited, at `visited`.
export function way(url: string, name: string, visited = name): Way {
  const [whole, scheme = "", authority = ""] = ORIGIN.exec(url) ?? [];
  const port = PORT.exec(authority)?.[0] ?? "";
  if (name === "" || whole === undefined || authority === name + port) return { url };
  const rest = url.slice(whole.length);
  const service = bound(`connect:${authority}`);
  if (service === undefined) {
    const resolveOverride = authority.slice(0, authority.length - port.length);
    return { url: scheme + name + port + rest, cf: { resolveOverride } };
  }
  const isSite = IS_FOR_DEVELOPMENT && rules.pseudonym === `breakwater-${name}`;
  return { url: scheme + (isSite ? visited : name) + rest, service };
}

function bound(name: string): Fetcher | undefined {
  const binding = (env as Readonly<Record<string, unknown>>)[name];
  return binding === undefined ? undefined : (binding as Fetcher);
}

// Fetches on this way. `request` is for its URL.
export function fetchOn(
  { url, cf, service }: Way,
  init: RequestInit,
  request: Request | string = url,
): Promise<Response> {
  if (service !== undefined) return service.fetch(request, init);
  return fetch(request, cf === undefined ? init : { ...init, cf });
}

// A request of ours.
export const fetchAs = (url: string, name: string, init: RequestInit): Promise<Response> =>
  fetchOn(way(url, name), init);
