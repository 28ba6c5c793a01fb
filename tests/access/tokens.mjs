// Makes keys and tokens as Cloudflare Access does, and some that it never would. Prints the set of
// keys, and each token by its name.
import { createHmac, createSign, generateKeyPairSync } from "node:crypto";

const { team, audience, now } = JSON.parse(process.argv[2]);
const encode = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

const pair = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const [own, other] = [pair(), pair()];
const jwk = { ...own.publicKey.export({ format: "jwk" }), kid: "key-1", alg: "RS256", use: "sig" };

const header = { alg: "RS256", kid: "key-1", typ: "JWT" };
const claims = {
  iss: `https://${team}.cloudflareaccess.com`,
  aud: [audience],
  email: "Kim@shop.example",
  exp: now + 3600,
  iat: now - 5,
  nbf: now - 5,
  type: "app",
  sub: "7335d417-61da-459d-899c-0a01c76a2f94",
};

const rs256 = (signed, key = own.privateKey) =>
  createSign("RSA-SHA256").update(signed).sign(key).toString("base64url");

function token(changedClaims = {}, changedHeader = {}, sign = rs256) {
  const head = encode({ ...header, ...changedHeader });
  const signed = `${head}.${encode({ ...claims, ...changedClaims })}`;
  return `${signed}.${sign(signed)}`;
}

// A public key that is taken for a shared secret.
const pem = own.publicKey.export({ format: "pem", type: "spki" });
const hs256 = (signed) => createHmac("sha256", pem).update(signed).digest("base64url");

const good = token();
const [head, , signature] = good.split(".");

process.stdout.write(
  JSON.stringify({
    keys: { keys: [jwk] },
    tokens: {
      good,
      lou: token({ email: "lou@shop.example" }),
      viewer: token({ email: "someone@agency.example" }),
      "another audience": token({ aud: ["0123456789abcdef0123456789abcdef"] }),
      "another issuer": token({ iss: "https://evil.cloudflareaccess.com" }),
      "no person": token({ email: undefined }),
      expired: token({ exp: now - 61, iat: now - 3600 }),
      "from the future": token({ iat: now + 600, nbf: now + 600 }),
      "no algorithm": token({}, { alg: "none" }, () => ""),
      "no algorithm, a signature": token({}, { alg: "none" }),
      "a shared secret": token({}, { alg: "HS256" }, hs256),
      "another key of this name": token({}, {}, (signed) => rs256(signed, other.privateKey)),
      "an unknown key": token({}, { kid: "key-2" }, (signed) => rs256(signed, other.privateKey)),
      "other claims": `${head}.${encode({ ...claims, email: "root@shop.example" })}.${signature}`,
      "no token": "a.b.c",
    },
  }),
);
