// The floor of `cargo xtask bench edge`: a proxy that does nothing but forward.
import { DurableObject } from "cloudflare:workers";

export class UpstreamDo extends DurableObject {}

export default {
  fetch(request) {
    const [, rest] = request.url.split("://");
    return fetch(`http://127.0.0.1:18788${rest.slice(rest.indexOf("/"))}`, request);
  },
};
