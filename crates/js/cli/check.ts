// `check`: is the site file one, and do its upstreams answer?
import type { Command } from "./command.ts";
import { isOn, text } from "./command.ts";
import { EXIT, type ExitCode } from "./complaint.ts";
import { check as checkFile } from "./core.ts";
import { get } from "./fetch.ts";
import { readSiteFile, SITE_FILE } from "./files.ts";
import type { Checked, Upstream } from "./shapes.ts";
import { trouble } from "./trouble.ts";

// The beginning of a body is enough to see that there is an answer.
const BODY_MAX = 1024;

export const check: Command = {
  name: "check",
  summary: "say whether the site file is right, and whether its upstreams answer",
  help: `Usage: npx breakwater check [--config FILE] [--offline] [--insecure] [--json]

  --config FILE  the site file [default: ${SITE_FILE}]
  --offline      look at the file alone, and ask no upstream
  --insecure     take any certificate
  --json         print the result as JSON

Exit code 0: all is well. 1: the file is refused, or an upstream does not answer.`,
  options: {
    config: { type: "string" },
    offline: { type: "boolean" },
    insecure: { type: "boolean" },
    json: { type: "boolean" },
  },
  words: 0,
  run: async (given, out): Promise<ExitCode> => {
    const file = text(given, "config") ?? SITE_FILE;
    const checked: Checked = JSON.parse(checkFile(file, readSiteFile(file)));
    if (checked.state === "refused") {
      out.line(isOn(given, "json") ? JSON.stringify(checked) : checked.error);
      return EXIT.failed;
    }
    const asked = isOn(given, "offline") ? [] : checked.upstreams;
    const isInsecure = isOn(given, "insecure");
    const troubles = await Promise.all(asked.map((upstream) => troubleOf(upstream, isInsecure)));
    const found = troubles.flatMap((said) => said ?? []);
    if (isOn(given, "json")) {
      out.line(JSON.stringify({ ...checked, troubles: found }));
    } else {
      const { routes, circuits, upstreams } = checked;
      const counts = `${upstreams.length} upstreams, ${circuits} circuits, ${routes} routes`;
      out.line(`${file} is right: ${counts} for ${checked.host}`);
      for (const { upstream, what } of found) {
        out.line(`upstreams.${upstream}: ${what}`);
      }
    }
    return found.length === 0 ? EXIT.done : EXIT.failed;
  },
};

type Trouble = Readonly<{ upstream: string; what: string }>;

async function troubleOf(upstream: Upstream, isInsecure: boolean): Promise<Trouble | undefined> {
  const url = new URL(upstream.origin + (upstream.probe ?? "/"));
  const say = (what: string): Trouble => ({ upstream: upstream.name, what });
  try {
    const fields = "accept:*/*\nuser-agent:Breakwater-Check";
    const answer = await get({ url, host: upstream.host, fields, bodyMax: BODY_MAX, isInsecure });
    if (answer.status >= 500) {
      return say(`${url} answers ${answer.status}: the upstream is sick, or its probe is`);
    }
    const location = /^location:(.*)$/m.exec(answer.fields)?.[1];
    if (location !== undefined && leadsBack(location, url, upstream.host)) {
      return say(
        upstream.host === null
          ? `${url} redirects to itself: \`host = "site"\` lets it see the name that visitors use`
          : `${url} redirects to itself: its server has to believe \`X-Forwarded-Proto\``,
      );
    }
    if (answer.status === 400 || answer.status === 421) {
      const name = upstream.host ?? url.host;
      return say(`${url} answers ${answer.status} when asked as ${name}: does it know that name?`);
    }
    return undefined;
  } catch (error) {
    return say(await trouble(error, url));
  }
}

// Whether visitors who follow this would ask for the same again.
function leadsBack(location: string, asked: URL, host: string | null): boolean {
  if (!URL.canParse(location, asked.href)) {
    return false;
  }
  const to = new URL(location, asked);
  const isSameHost = to.hostname === (host ?? asked.hostname) || to.host === asked.host;
  return isSameHost && to.pathname === asked.pathname && to.search === asked.search;
}
