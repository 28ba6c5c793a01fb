import { Suspense } from "react";

export const dynamic = "force-dynamic";

/** How long the slow part of the page takes, in milliseconds. */
const SLOW = 1500;

async function Slow() {
  await new Promise((resolve) => setTimeout(resolve, SLOW));
  return <p>The slow part</p>;
}

export default function Stream() {
  return (
    <>
      <h1>The fast part</h1>
      <Suspense fallback={<p>Please wait</p>}>
        <Slow />
      </Suspense>
    </>
  );
}
