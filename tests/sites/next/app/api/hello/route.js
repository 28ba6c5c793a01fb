/** A route handler that a client's script calls. */
export async function GET(request) {
  return Response.json({ hello: request.nextUrl.searchParams.get("name") ?? "world" });
}
