import { posts } from "../../lib/posts";

export const revalidate = 5;

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

export async function GET() {
  const items = (await posts()).map(
    ({ slug, title }) => `<item><title>${escaped(title)}</title><link>http://next.example/posts/${slug}</link></item>`,
  );
  const channel = `<title>The Next site</title><link>http://next.example/</link>${items.join("")}`;
  const body = `<?xml version="1.0"?><rss version="2.0"><channel>${channel}</channel></rss>`;
  return new Response(body, { headers: { "content-type": "application/rss+xml" } });
}
