// A server that needs nothing of `node_modules`: what one puts into a container.
export default { output: "standalone", outputFileTracingRoot: import.meta.dirname };
