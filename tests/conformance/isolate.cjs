// Loaded before the suite's server, so that no test disturbs another: all share the Worker's
// connections to it, and workerd has no way to give each its own.
const http = require("node:http");

// Like any server of Node's it closes connections that are idle for five seconds. A request that
// crosses such a close on its way is lost (RFC 9112 §9.3.1).
const { createServer } = http;
http.createServer = (...args) => Object.assign(createServer(...args), { keepAliveTimeout: 0 });

// Some tests say a `Content-Length` that is not the body's. What is left over would be taken for the
// answer to whatever request comes next on that connection.
const { end } = http.ServerResponse.prototype;
http.ServerResponse.prototype.end = function (content = "", ...rest) {
  const length = this.getHeader("content-length") ?? Buffer.byteLength(content);
  if (Number(length) !== Buffer.byteLength(content)) this.shouldKeepAlive = false;
  return end.call(this, content, ...rest);
};
