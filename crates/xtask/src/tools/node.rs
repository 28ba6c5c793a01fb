//! Node, and the packages that run on it.
//!
//! There are several sets: Node itself, for a machine whose own is too old; what runs the Worker, what
//! checks and joins its scripts, and what does so for the scripts of pages and of the npm package,
//! which everything needs; the suite for HTTP caches, which only `cargo xtask conformance` does;
//! what plays a visitor in a browser; what verifies webhooks; what reads the public state; what
//! uses the tools for models; and what a site of Next.js is built with.
