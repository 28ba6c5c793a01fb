// Dynamic: rendered for each request.
export const dynamic = "force-dynamic";

export default function Now() {
  return <h1>Rendered for you</h1>;
}
