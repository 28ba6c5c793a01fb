// What receivers of webhooks do, for tests/tests/e2e/webhooks.rs.
//
// It is called as `node verify.mjs OPTIONS`: JSON with `packages` (where standardwebhooks is) and
// `cases`, each with `secret`, `headers` and `body`. The script prints which of them verify, as one
// line of JSON on stdout.
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";

const options = JSON.parse(process.argv[2]);
const require = createRequire(join(options.packages, "package.json"));
const { Webhook, WebhookVerificationError } = require("standardwebhooks");

const verified = options.cases.map(({ secret, headers, body }) => {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
});
console.log(JSON.stringify(verified));
