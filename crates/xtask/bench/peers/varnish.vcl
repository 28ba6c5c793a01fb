vcl 4.1;
# Varnish with grace, a probe, and saintmode of varnish-modules: the settings that its users guide
# has for a backend that misbehaves (varnish-cache.org/docs/7.1/users-guide/vcl-grace.html).
import std;
import saintmode;

backend origin {
  .host = "127.0.0.1";
  .port = "@ORIGIN@";
  .connect_timeout = 1s;
  .first_byte_timeout = 10s;
  .between_bytes_timeout = 5s;
  .max_connections = 200;
  .probe = {
    .url = "/health/ready";
    .interval = 2s;
    .timeout = 1s;
    .window = 5;
    .threshold = 3;
    .initial = 3;
  }
}

# The backend counts as sick while ten objects of it are on the list of failures, which is sooner
# than its probe tells.
sub vcl_init {
  new sick = saintmode.saintmode(origin, 10);
}

sub vcl_recv {
  set req.backend_hint = sick.backend();
  # Pages that are the same for all visitors need no cookie. With one, Varnish would keep no copy.
  if ((req.method == "GET" || req.method == "HEAD")
      && req.url !~ "^/(account|api/me|api/cart|api/orders)") {
    unset req.http.Cookie;
  }
  # Grace as the documentation has it: short while the backend is well, and all there is while it
  # is not.
  if (req.restarts > 0 || !std.healthy(req.backend_hint)) {
    set req.grace = 24h;
  } else {
    set req.grace = 10s;
  }
}

sub vcl_backend_fetch {
  set bereq.backend = sick.backend();
}

sub vcl_backend_response {
  if (beresp.status >= 500) {
    saintmode.blacklist(5s);
    # A failed renewal must not replace the copy.
    if (bereq.is_bgfetch) {
      return (abandon);
    }
    if (bereq.method == "GET" && bereq.retries < 1) {
      return (retry);
    }
    set beresp.uncacheable = true;
    set beresp.ttl = 0s;
    set beresp.grace = 0s;
    return (deliver);
  }
  if (beresp.ttl > 0s) {
    set beresp.grace = 24h;
    set beresp.keep = 1h;
  }
  # A body that breaks off is an error and not an answer, which is known only once it is read.
  if (bereq.url !~ "^/api/stream") {
    set beresp.do_stream = false;
  }
}

sub vcl_backend_error {
  if (bereq.is_bgfetch) {
    return (abandon);
  }
  set beresp.ttl = 0s;
  set beresp.grace = 0s;
  set beresp.uncacheable = true;
  set beresp.status = 503;
  set beresp.http.Content-Type = "text/html; charset=utf-8";
  set beresp.http.Retry-After = "10";
  set beresp.http.Cache-Control = "no-store";
  synthetic({"<!doctype html><title>Back soon</title><h1>Back soon</h1>"});
  return (deliver);
}

sub vcl_deliver {
  # A failure in front of the visitor looks once more, with all the grace there is.
  if (resp.status >= 500 && req.restarts == 0 && (req.method == "GET" || req.method == "HEAD")) {
    return (restart);
  }
}
