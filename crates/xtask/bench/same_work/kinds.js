// Kinds of visitors, and which fields of a request may shape an answer that is kept for others.

const lookUp = (groups) =>
  new Map(Object.entries(groups).flatMap(([kind, types]) => types.map((type) => [type, kind])));

const TYPES = lookUp({
  anything: ["*/*", "application/signed-exchange"],
  page: ["text/html", "application/xhtml+xml", "application/xml", "text/xml"],
  avif: ["image/avif"],
  webp: ["image/webp"],
  image: ["image/*", "image/apng", "image/png", "image/jpeg", "image/gif", "image/svg+xml"],
  style: ["text/css"],
  json: ["application/json", "text/json", "text/plain", "text/javascript"],
  media: ["video/*", "video/webm", "video/ogg", "video/mp4", "audio/*", "audio/webm", "audio/ogg"],
  font: ["font/*", "font/woff2", "font/woff", "application/font-woff2", "application/font-woff"],
});
const PICTURES = ["image", "webp", "avif"];

function wanted(accept) {
  if (accept.length > 512) return "unusual";
  let found = "anything";
  for (const member of accept.split(",")) {
    const [type, ...parameters] = member.split(";");
    const one = TYPES.get(type.trim());
    if (one === undefined) return "unusual";
    if (parameters.some((it) => !/^\s*(q=|v=b3$)/.test(it))) return "unusual";
    if (one === "anything" || one === found) continue;
    if (found === "anything") found = one;
    else if (found === "page" && PICTURES.includes(one)) continue;
    else if (PICTURES.includes(found) && (PICTURES.includes(one) || one === "media")) {
      if (PICTURES.indexOf(one) > PICTURES.indexOf(found)) found = one;
    } else return "unusual";
  }
  return found;
}

function agent(name) {
  if (name === "" || name === "Peer-Refresh") return "unnamed";
  if (!name.startsWith("Mozilla/5.0 (") || name.includes("compatible")) return "program";
  return name.includes("Mobi") ? "mobile" : "desktop";
}

const isCountry = (code) => /^[A-Z1]{2}$/.test(code);

// The kind of the visitor who sends these fields, as it stands in keys.
export function kindOf(headers) {
  const country = headers.get("cf-ipcountry");
  const [accept, name] = [headers.get("accept") ?? "*/*", headers.get("user-agent") ?? ""];
  const kind = `${wanted(accept)}-${agent(name)}`;
  return country !== null && isCountry(country) ? `${kind}-${country}` : kind;
}

const words = (text) => new Set(text.split(" "));
const AGENTS = words(
  "Android AppleWebKit Bingbot CPU Chrome Chromium CriOS CrOS Edg EdgA EdgiOS Fedora " +
    "Firefox FxiOS GSA Gecko Go Googlebot HeadlessChrome Intel K KHTML Linux Mac Macintosh " +
    "Mobile Mozilla NT OPR OS Presto Refresh Safari SamsungBrowser Tablet Ubuntu Version " +
    "Vivaldi WOW64 Wget Win64 Windows X X11 YaBrowser aarch64 arm axios bitinn bingbot bot " +
    "client com compatible curl fetch github google html http https i686 iPad iPhone iPod " +
    "like node okhttp python requests rv undici wv www x64",
);
const BRANDS = words(
  "A Android Brand Brave Browser Chrome Chromium Edge Google HeadlessChrome Linux " +
    "Microsoft Not OS Opera Samsung Internet Unknown Vivaldi WebView Windows Yandex iOS " +
    "macOS v",
);
const isNumber = (word) =>
  word.length <= 16 && /^[\w.]*\d[\w.]*$/.test(word) && word.replace(/[^a-z]/gi, "").length <= 1;
const isMadeOf = (known) => {
  const isWord = (word) => word === "" || known.has(word) || isNumber(word);
  const isCompound = (word) => isWord(word) || word.split(/[._]/).every(isWord);
  return (text) => text.length <= 400 && text.split(/[ /();,:"\-+=?]/).every(isCompound);
};

const LANGUAGE = /^([a-z]{2,3}|\*)(-([a-z]{2}|\d{3}|arab|cyrl|han[st]|latn))*(;[\dq=. ]*)?$/i;
const isLanguages = (text) =>
  text.length <= 400 && text.split(/,\s*/).every((it) => LANGUAGE.test(it));
const isOneOf = (text) => {
  const known = words(text);
  return (value) => known.has(value);
};
const isDirectives = (text) => text.split(",").every((it) => DIRECTIVE.test(it.trim()));
const DIRECTIVE =
  /^(max-age|max-stale|min-fresh|no-cache|no-store|no-transform|only-if-cached)(=\d*)?$/;
const free = () => true;
const spoils = () => false;

// The fields that browsers send by themselves, each with the values that shape no answer but as the
// kind of visitor says.
const ORDINARY = new Map(
  Object.entries({
    accept: (value) => wanted(value) !== "unusual",
    "accept-language": isLanguages,
    "cache-control": isDirectives,
    "cdn-loop": (value) => /^cloudflare(; (loops|subreqs)=\d{1,3})?$/.test(value),
    "cf-ipcountry": isCountry,
    priority: (value) => /^[u=\d, i?]{1,8}$/.test(value),
    "sec-ch-ua": isMadeOf(BRANDS),
    "sec-ch-ua-mobile": (value, kind) => (value === "?1") === kind.includes("-mobile"),
    "sec-ch-ua-platform": isMadeOf(BRANDS),
    "sec-fetch-dest": isOneOf(
      "audio audioworklet document embed empty fencedframe font frame iframe image json " +
        "manifest object paintworklet report script serviceworker sharedworker style track " +
        "video worker xslt",
    ),
    "sec-fetch-mode": isOneOf("cors navigate no-cors same-origin websocket"),
    "sec-fetch-site": isOneOf("cross-site none same-origin same-site"),
    "sec-fetch-user": isOneOf("?1"),
    "upgrade-insecure-requests": isOneOf("1"),
    "user-agent": isMadeOf(AGENTS),
  }),
);
for (const name of words(
  "accept-encoding cf-connecting-ip cf-connecting-ipv6 cf-ew-via cf-ray cf-visitor cf- " +
    "worker connection cookie expect forwarded host if-modified-since if-none-match keep- " +
    "alive proxy-authorization proxy-connection range te traceparent true-client-ip " +
    "x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-prefix x-forwarded-proto " +
    "x-forwarded-scheme x-forwarded-server x-http-method x-http-method-override x-method- " +
    "override x-original-url x-real-ip x-request-id x-rewrite-url",
)) {
  ORDINARY.set(name, free);
}
// A cache asks without these.
const SHED = words("pragma purpose referer sec-purpose");

// Whether a request carries what no key of its answer's copy holds.
export function carriesUnkeyed(headers, kind, vary) {
  for (const [name, value] of headers) {
    if (!(ORDINARY.get(name) ?? spoils)(value, kind) && !vary.includes(name)) return true;
  }
  return false;
}

// The fields of a request without which a cache asks.
export function shedBy(headers) {
  const shed = [];
  for (const [name, value] of headers) {
    if (SHED.has(name) || (name === "cache-control" && !isDirectives(value))) shed.push(name);
  }
  return shed;
}
