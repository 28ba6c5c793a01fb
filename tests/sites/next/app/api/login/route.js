/** Signs a visitor in, and leads to the account. */
export async function POST(request) {
  const form = await request.formData();
  const name = encodeURIComponent(String(form.get("name")));
  const cookie = `session=${name}; Path=/; HttpOnly; SameSite=Lax`;
  const headers = { location: "/account", "set-cookie": cookie };
  return new Response(null, { status: 303, headers });
}
