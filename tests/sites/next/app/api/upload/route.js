import { createHash } from "node:crypto";
import { keep } from "../../../lib/posts";

/** Keeps an uploaded file, and tells what came of it. */
export async function POST(request) {
  const file = (await request.formData()).get("file");
  const bytes = Buffer.from(await file.arrayBuffer());
  const size = await keep("upload.bin", bytes);
  return Response.json({ size, sha256: createHash("sha256").update(bytes).digest("hex") });
}
