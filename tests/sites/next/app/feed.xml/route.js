import { posts } from "../../lib/posts";

export const revalidate = 5;

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

export async function GET() {
  const item = ({ slug, title }) => {
    const link = `http://next.example/posts/${slug}`;
    return `<item><title>${escaped(title)}</title><link>${link}</link></item>`;
  };
  const items = (await posts()).map(item);
  const channel = `<title>The Next site</title><link>http://next.example/</link>${items.join("")}`;
  const body = `<?xml version="1.0"?><rss version="2.0"><channel>${channel}</channel></rss>`;
  return new Response(body, { headers: { "content-type": "application/rss+xml" } });
}
