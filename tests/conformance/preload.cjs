// Loaded before the suite's server and its client, so that no test disturbs another.
const http = require("node:http");

// All tests share the Worker's connections to the server. Like every server of Node's, it closes
// connections that are idle for five seconds, and a request that is on its way at that moment is
// lost (RFC 9112 §9.3.1).
const { createServer } = http;
http.createServer = (...args) => Object.assign(createServer(...args), { keepAliveTimeout: 0 });

// Some tests send a `Content-Length` that is not the body's length. The bytes that are left over
// would be taken for the answer to the next request on that connection.
const { end } = http.ServerResponse.prototype;
http.ServerResponse.prototype.end = function (content = "", ...rest) {
  const length = this.getHeader("content-length") ?? Buffer.byteLength(content);
  if (Number(length) !== Buffer.byteLength(content)) this.shouldKeepAlive = false;
  return end.call(this, content, ...rest);
};

// The other way round, workerd closes connections that a client leaves idle for as long.
http.globalAgent = new http.Agent({ keepAlive: false });

// The package's client waits for ever, so a single request without an answer would hide all
// results.
const PATIENCE = 30_000;
const { request } = http;
http.request = (...args) => {
  const sent = request(...args);
  const late = () => sent.destroy(new Error(`silent for ${PATIENCE / 1000} s`));
  return sent.setTimeout(PATIENCE, late);
};
