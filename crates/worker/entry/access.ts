// The signatures of Cloudflare Access, by the platform's own cryptography. Which key it has to be,
// and what is signed, is decided in Rust.

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;

// Resolves to whether a signature is that of the key (RFC 7518 §3.3). Rejects if the key is none.
export async function isSignedBy(
  jwk: string,
  signed: string,
  signature: Uint8Array,
): Promise<boolean> {
  const key = await crypto.subtle.importKey("jwk", JSON.parse(jwk), RS256, false, ["verify"]);
  return crypto.subtle.verify(RS256, key, signature, new TextEncoder().encode(signed));
}
