// Static: made when the site is built, and never again.
export default function About() {
  return <h1>About this site</h1>;
}
