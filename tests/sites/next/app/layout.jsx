import Link from "next/link";

export const metadata = { title: "The Next site", alternates: { types: { "application/rss+xml": "/feed.xml" } } };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <nav>
          <Link href="/">Home</Link> <Link href="/contact">Contact</Link> <Link href="/stream">Stream</Link>
        </nav>
        <main>{children}</main>
      </body>
    </html>
  );
}
