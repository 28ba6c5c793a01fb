// The cookies of operators' sessions, which are between Breakwater and a browser. A visitor has
// none, so that what looks for them has to cost as good as nothing.
import { rules } from "./rules.ts";

const NAMES = rules.sessionCookies.join("|");

// Of `Cookie`: a pair, with what parts it from the one before. A comma parts pairs too where
// something has joined two fields as if `Cookie` were a list.
const PAIR = new RegExp(`(^|[;,])\\s*(?:${NAMES})\\s*=[^;,]*`, "g");
// Of `Set-Cookie`: such a cookie, also in a form that some browsers have read as one.
const SET = new RegExp(`^[\\s=]*(?:${NAMES})\\s*(?:=|;|$)`);

const mayHave = (text: string): boolean => rules.sessionCookies.some((name) => text.includes(name));

// Takes them out of what is sent to an upstream.
export function withoutSessions(headers: Headers): void {
  const cookie = headers.get("cookie");
  if (cookie === null || !mayHave(cookie)) return;
  const rest = cookie.replace(PAIR, "").replace(/^[;,\s]+/, "");
  if (rest === "") headers.delete("cookie");
  else headers.set("cookie", rest);
}

// Takes them out of an upstream's answer. The other cookies stay as they are.
export function withoutSetSessions(headers: Headers): void {
  const set = headers.get("set-cookie");
  if (set === null || !mayHave(set)) return;
  const others = headers.getSetCookie().filter((cookie) => !SET.test(cookie));
  headers.delete("set-cookie");
  for (const cookie of others) headers.append("set-cookie", cookie);
}
