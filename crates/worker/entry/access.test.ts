import "./testing/platform.ts";

import assert from "node:assert/strict";
import { test } from "node:test";

import { isSignedBy } from "./access.ts";

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const SIGNED = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0";

const made = async () => {
  const pair = (await crypto.subtle.generateKey(RSA, true, ["sign", "verify"])) as CryptoKeyPair;
  const { n, e } = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as JsonWebKey;
  const signed = await crypto.subtle.sign(RSA, pair.privateKey, new TextEncoder().encode(SIGNED));
  // As core writes it.
  const jwk = `{"kty":"RSA","alg":"RS256","n":"${n}","e":"${e}"}`;
  return { jwk, signature: new Uint8Array(signed) };
};

test("a signature is that of its key and of its text", async () => {
  const [own, other] = [await made(), await made()];
  assert.equal(await isSignedBy(own.jwk, SIGNED, own.signature), true);
  assert.equal(await isSignedBy(own.jwk, `${SIGNED}.`, own.signature), false);
  assert.equal(await isSignedBy(other.jwk, SIGNED, own.signature), false);
  const changed = own.signature.slice();
  changed[0] = (changed[0] ?? 0) ^ 1;
  assert.equal(await isSignedBy(own.jwk, SIGNED, changed), false);
  assert.equal(await isSignedBy(own.jwk, SIGNED, new Uint8Array()), false);
});

test("what is no key is no reason to believe", async () => {
  const { signature } = await made();
  for (const jwk of ["{}", "", '{"kty":"oct","k":"YQ"}']) {
    await assert.rejects(isSignedBy(jwk, SIGNED, signature));
  }
});
