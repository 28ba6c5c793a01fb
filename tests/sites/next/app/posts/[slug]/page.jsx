import { notFound } from "next/navigation";
import { post } from "../../../lib/posts";

export const revalidate = 5;

/** No page is made before it is asked for, since the content is elsewhere then. */
export const generateStaticParams = () => [];

export default async function Post({ params }) {
  const { slug } = await params;
  const found = await post(slug);
  if (!found) notFound();
  return (
    <article>
      <h1>{found.title}</h1>
      <p>{found.body}</p>
    </article>
  );
}
