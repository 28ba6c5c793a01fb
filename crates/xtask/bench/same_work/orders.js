// What operators have purged. It is learned behind an answer, and before a copy is served if it is
// too old for that. Breakwater asks its object where the colo's cache has nothing newer; there is
// none here, and no purge.

const KEY = "https://fleet.invalid/peer/orders";
const KNOWN_FOR = 20_000;
const TRUSTED_FOR = 35_000;

let orders = { asked: 0, purges: [] };
let learning = false;

export function learnIfDue(ctx, now) {
  if (now - orders.asked >= KNOWN_FOR && !learning) ctx.waitUntil(learn());
}

export async function trust(now) {
  if (now - orders.asked >= TRUSTED_FOR) await learn();
}

// The number of purges that hit this path: what was kept before is found under another key.
export const epoch = (path) =>
  orders.purges.filter((pattern) => path.startsWith(pattern)).length;

async function learn() {
  learning = true;
  try {
    const found = await caches.default.match(KEY);
    const kept = found && (await found.json());
    if (kept && Date.now() - kept.asked < KNOWN_FOR) {
      orders = kept;
      return;
    }
    orders = { ...orders, asked: Date.now() };
    const headers = { "cache-control": "public, max-age=86400" };
    await caches.default.put(KEY, Response.json(orders, { headers }));
  } finally {
    learning = false;
  }
}
