// The site's content lies in a folder that the environment names, as that of a headless CMS lies
// elsewhere: it changes while the server runs.
import { promises as fs } from "node:fs";
import { join } from "node:path";

const folder = () => process.env.SITE_DATA ?? "/nowhere";

/** All posts, the latest first; none while the site is built. */
export async function posts() {
  try {
    return JSON.parse(await fs.readFile(join(folder(), "posts.json"), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

export async function post(slug) {
  return (await posts()).find((it) => it.slug === slug);
}

/** Keeps a file of a visitor's, and returns its size. */
export async function keep(name, bytes) {
  await fs.writeFile(join(folder(), name), bytes);
  return bytes.length;
}
