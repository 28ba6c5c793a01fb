import { revalidatePath } from "next/cache";

/** What a CMS calls when content has changed. */
export async function POST(request) {
  const path = request.nextUrl.searchParams.get("path");
  revalidatePath(path);
  return Response.json({ revalidated: path });
}
