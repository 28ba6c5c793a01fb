import Link from "next/link";
import { posts } from "../lib/posts";

// Incremental static regeneration: rendered again in the background, at most every few seconds.
export const revalidate = 5;

export default async function Home() {
  const all = await posts();
  return (
    <>
      <h1>All posts</h1>
      <ul>
        {all.map(({ slug, title }) => (
          <li key={slug}>
            <Link href={`/posts/${slug}`}>{title}</Link>
          </li>
        ))}
      </ul>
    </>
  );
}
